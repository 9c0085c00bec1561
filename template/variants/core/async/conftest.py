"""Fixtures that isolate the tests by rollback."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

pytest_plugins = [{{ '"tests.databases", "tests.statements"' if start != 'empty' else '"tests.databases"' }}]


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
    """The `engine.begin` of a test: it commits a savepoint, which is rolled back after the test."""

    @asynccontextmanager
    async def begin() -> AsyncGenerator[AsyncConnection]:
        async with connection.begin_nested():
            yield connection

    return begin
