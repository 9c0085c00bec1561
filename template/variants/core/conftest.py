"""Databases for the tests, and transactions that keep the tests apart."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, event

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.tables import metadata


def make_database(folder: Path) -> Engine:
    """Return an engine for a new file in `folder`, with every table."""
    engine = make_engine(Settings(database_url=URL.create("sqlite", database=f"{folder}/test.db")))
    metadata.create_all(engine)
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
def connection(engine: Engine) -> Generator[Connection]:
    """A connection in a transaction that is rolled back after the test."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def begin(connection: Connection) -> Callable[[], AbstractContextManager[Connection]]:
    """The `engine.begin` of a test: what it commits is a savepoint, undone after the test."""

    @contextmanager
    def begin() -> Generator[Connection]:
        with connection.begin_nested():
            yield connection

    return begin


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
