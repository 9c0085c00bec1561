"""Fixtures that isolate the tests by rollback."""

from collections.abc import AsyncGenerator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_{{ session }}

from {{ package_name }}.session import make_session_factory

pytest_plugins = [{{ '"tests.databases", "tests.statements"' if start != 'empty' else '"tests.databases"' }}]


@pytest.fixture
async def make_session(engine: AsyncEngine) -> AsyncGenerator[async_{{ session }}[AsyncSession]]:
    """The factory of the application; what its sessions commit is rolled back after the test."""
    make_session = make_session_factory(engine)
    async with engine.connect() as connection, connection.begin() as transaction:
        # Sessions begin savepoints inside the outer transaction, and commit only these.
        make_session.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield make_session
        await transaction.rollback()


@pytest.fixture
async def session(make_session: async_{{ session }}[AsyncSession]) -> AsyncGenerator[AsyncSession]:
    """A session {{ 'beside that of the scope' if session == 'scoped_session' else 'of its own' }}, closed after the test."""
    async with make_session{{ '.session_factory' if session == 'scoped_session' }}() as session:
        yield session
