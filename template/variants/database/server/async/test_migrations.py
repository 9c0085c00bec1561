from collections.abc import AsyncGenerator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from {{ package_name }}.schema import alembic_config

from .databases import new_database


@pytest.fixture
async def empty() -> AsyncGenerator[AsyncConnection]:
    """A connection to a database without tables."""
    async with new_database() as engine, engine.connect() as connection:
        yield connection


def test_at_most_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) <= 1


async def test_up_and_down_without_drift(empty: AsyncConnection) -> None:
    def up_and_down(connection: Connection) -> None:
        for _ in range(2):
            command.upgrade(alembic_config(connection), "head")
            command.check(alembic_config(connection))
            connection.rollback()
            command.downgrade(alembic_config(connection), "base")
            assert inspect(connection).get_table_names() == ["alembic_version"]
            connection.rollback()

    await empty.run_sync(up_and_down)
