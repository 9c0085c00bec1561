"""Databases for the tests, and transactions that keep the tests apart."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.orm import Session, {{ session }}

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.models import Base
from {{ package_name }}.session import make_session_factory


def make_database(folder: Path) -> Engine:
    """Return an engine for a new file in `folder`, with every table."""
    engine = make_engine(Settings(database_url=URL.create("sqlite", database=f"{folder}/test.db")))
    Base.metadata.create_all(engine)
    return engine


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Generator[Engine]:
    """The database that most tests share; nothing is ever committed to it."""
    engine = make_database(tmp_path_factory.mktemp("database"))
    yield engine
    engine.dispose()


@pytest.fixture
def own_engine(tmp_path: Path) -> Generator[Engine]:
    """A database of its own, for a test that commits or uses several connections."""
    engine = make_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def make_session(engine: Engine) -> Generator[{{ session }}[Session]]:
    """The factory of the application; whatever its sessions commit is undone after the test."""
    make_session = make_session_factory(engine)
    with engine.connect() as connection, connection.begin() as transaction:
        # Sessions begin savepoints inside the outer transaction: these are what they commit.
        make_session.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield make_session
{% if session == 'scoped_session' %}
        make_session.remove()
{% endif %}
        transaction.rollback()


@pytest.fixture
def session(make_session: {{ session }}[Session]) -> Generator[Session]:
    """A session, closed after the test."""
    with make_session() as session:
        yield session


@pytest.fixture
def statements(engine: Engine) -> Generator[list[str]]:
    """The statements sent so far, but for those that control transactions."""
    statements: list[str] = []

    def record(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine, "before_cursor_execute", record)
