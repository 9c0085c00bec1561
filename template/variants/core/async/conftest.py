"""Transactions that keep the tests apart."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

pytest_plugins = ["tests.databases"{{ ', "tests.statements"' if start == 'library' }}]


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
