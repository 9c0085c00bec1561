{% from 'template/facts.jinja' import db with context %}
"""Databases for the tests, and transactions that keep the tests apart."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
{% if database == 'sqlite' %}
from pathlib import Path
{% endif %}

import pytest
from sqlalchemy import Connection, {{ 'event, make_url' if database == 'sqlite' else 'delete, event' }}
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.tables import metadata
{% if database != 'sqlite' %}

from .databases import find_server, new_database
{% endif %}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run every test and fixture in one event loop of asyncio."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep the settings of the developer, and of the developer's `.env`, out of the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        yield


{% if database == 'sqlite' %}
async def make_database(url: str) -> AsyncEngine:
    """Return an engine for a new database with every table."""
    engine = make_engine(Settings(database_url=make_url(url)))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return engine


@pytest.fixture(scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[AsyncEngine]:
    """The database that most tests share; nothing is ever committed to it."""
    engine = await make_database(f"sqlite:///{tmp_path_factory.mktemp('database')}/test.db")
    yield engine
    await engine.dispose()


@pytest.fixture
async def own_engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[AsyncEngine]:
    """A database of its own, for a test that commits or uses several connections."""
    engine = await make_database(getattr(request, "param", f"sqlite:///{tmp_path}/test.db"))
    yield engine
    await engine.dispose()


{% else %}
def pytest_sessionstart(session: pytest.Session) -> None:
    """Have a server for the tests before the first of them."""
    if not session.config.option.collectonly:
        find_server(session.config)


@pytest.fixture(scope="session")
async def engine() -> AsyncGenerator[AsyncEngine]:
    """The database that most tests of a process share; nothing is ever committed to it."""
    async with new_database() as engine:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        yield engine


@pytest.fixture
async def own_engine(engine: AsyncEngine) -> AsyncGenerator[AsyncEngine]:
    """The same database, for a test that commits or uses several connections; emptied after it."""
    own_engine = make_engine(Settings(database_url=engine.url))
    yield own_engine
    async with own_engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(delete(table))
    await own_engine.dispose()


{% endif %}
@pytest.fixture
async def impatient_engine(own_engine: AsyncEngine) -> AsyncGenerator[AsyncEngine]:
    """Another engine for the database of `own_engine`, which hardly waits for a lock."""
{% if database == 'sqlite' %}
    engine = make_engine(Settings(database_url=own_engine.url, database_timeout=0.01))
{% else %}
    timeouts = {"database_timeout": 0.01, "database_statement_timeout": 0.5}
    engine = make_engine(Settings.model_validate({"database_url": own_engine.url, **timeouts}))
{% endif %}
    yield engine
    await engine.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A connection in a transaction that is rolled back after the test: do not commit it."""
    async with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        await transaction.rollback()


@pytest.fixture
def begin(
    connection: AsyncConnection,
) -> Callable[[], AbstractAsyncContextManager[AsyncConnection]]:
    """The `engine.begin` of a test: what it commits is a savepoint, undone after the test."""

    @asynccontextmanager
    async def begin() -> AsyncGenerator[AsyncConnection]:
        async with connection.begin_nested():
            yield connection

    return begin


@pytest.fixture
def statements(engine: AsyncEngine) -> Generator[list[str]]:
    """The statements sent so far, but for those that control transactions."""
    statements: list[str] = []

    def record(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(({{ db.control_statements | map('to_json') | join(', ') }})):
            statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", record)
