"""Transactions that keep the tests apart."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

pytest_plugins = ["tests.databases"]


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
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", record)
