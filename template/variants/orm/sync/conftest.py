{% from 'template/facts.jinja' import db with context %}
"""Databases for the tests, and transactions that keep the tests apart."""

from collections.abc import Generator
{% if database == 'sqlite' %}
from pathlib import Path
{% endif %}

import pytest
from sqlalchemy import Connection, Engine, {{ 'event, make_url' if database == 'sqlite' else 'delete, event' }}
from sqlalchemy.orm import Session, {{ session }}

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.models import Base
from {{ package_name }}.session import make_session_factory
{% if database != 'sqlite' %}

from .databases import find_server, new_database
{% endif %}


@pytest.fixture(scope="session", autouse=True)
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep the settings of the developer, and of the developer's `.env`, out of the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        yield


{% if database == 'sqlite' %}
def make_database(url: str) -> Engine:
    """Return an engine for a new database with every table."""
    engine = make_engine(Settings(database_url=make_url(url)))
    Base.metadata.create_all(engine)
    return engine


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Generator[Engine]:
    """The database that most tests share; nothing is ever committed to it."""
    engine = make_database(f"sqlite:///{tmp_path_factory.mktemp('database')}/test.db")
    yield engine
    engine.dispose()


@pytest.fixture
def own_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Engine]:
    """A database of its own, for a test that commits or uses several connections."""
    engine = make_database(getattr(request, "param", f"sqlite:///{tmp_path}/test.db"))
    yield engine
    engine.dispose()


{% else %}
def pytest_sessionstart(session: pytest.Session) -> None:
    """Have a server for the tests before the first of them."""
    if not session.config.option.collectonly:
        find_server(session.config)


@pytest.fixture(scope="session")
def engine() -> Generator[Engine]:
    """The database that most tests of a process share; nothing is ever committed to it."""
    with new_database() as engine:
        Base.metadata.create_all(engine)
        yield engine


@pytest.fixture
def own_engine(engine: Engine) -> Generator[Engine]:
    """The same database, for a test that commits or uses several connections; emptied after it."""
    own_engine = make_engine(Settings(database_url=engine.url))
    yield own_engine
    with own_engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))
    own_engine.dispose()


{% endif %}
@pytest.fixture
def impatient_engine(own_engine: Engine) -> Generator[Engine]:
    """Another engine for the database of `own_engine`, which hardly waits for a lock."""
{% if database == 'sqlite' %}
    engine = make_engine(Settings(database_url=own_engine.url, database_timeout=0.01))
{% else %}
    timeouts = {"database_timeout": 0.01, "database_statement_timeout": 0.5}
    engine = make_engine(Settings.model_validate({"database_url": own_engine.url, **timeouts}))
{% endif %}
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
    """A session {{ 'beside those of the threads' if session == 'scoped_session' else 'of its own' }}, closed after the test."""
    with make_session{{ '.session_factory' if session == 'scoped_session' }}() as session:
        yield session


@pytest.fixture
def statements(engine: Engine) -> Generator[list[str]]:
    """The statements sent so far, but for those that control transactions."""
    statements: list[str] = []

    def record(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(({{ db.control_statements | map('to_json') | join(', ') }})):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine, "before_cursor_execute", record)
