from collections.abc import AsyncGenerator

import pytest
from alembic import command, op
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from {{ package_name }}.schema import alembic_config


@pytest.fixture
async def scratch(own_engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A connection to a database of its own, with an author and a biography."""
    async with own_engine.connect() as connection:
        async with connection.begin():
            await connection.execute(text("INSERT INTO author VALUES (1, 'Lem')"))
            await connection.execute(text("INSERT INTO biography VALUES (1, 1, 'Born in Lviv.')"))
        yield connection


def test_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


async def test_down_and_up_without_drift(scratch: AsyncConnection) -> None:
    def down_and_up(connection: Connection) -> None:
        command.downgrade(alembic_config(connection), "base")
        with connection.begin():
            assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(alembic_config(connection), "head")
        command.check(alembic_config(connection))

    await scratch.run_sync(down_and_up)


def migrate(connection: Connection, statement: str = "SELECT 1") -> None:
    """Do what a revision would that recreates a table and then executes a statement."""

    def upgrade(*_: object) -> list[object]:
        with op.batch_alter_table("author", recreate="always"):
            pass
        op.execute(statement)
        return []

    script = ScriptDirectory.from_config(alembic_config())
    with EnvironmentContext(alembic_config(connection), script, fn=upgrade):
        script.run_env()


async def test_children_outlive_a_table_that_is_recreated(scratch: AsyncConnection) -> None:
    await scratch.run_sync(migrate)
    async with scratch.begin():
        assert await scratch.scalar(text("SELECT count(*) FROM biography")) == 1
        assert await scratch.scalar(text("PRAGMA foreign_keys")) == 1
        with pytest.raises(CommandError, match="inside a transaction"):
            await scratch.run_sync(migrate)


@pytest.mark.parametrize("statement", ["SELECT * FROM nowhere", "DELETE FROM author"])
async def test_a_migration_that_fails_leaves_nothing(
    scratch: AsyncConnection, statement: str
) -> None:
    everything = text("SELECT sql FROM sqlite_master UNION ALL SELECT name FROM author")
    async with scratch.begin():
        before = (await scratch.scalars(everything)).all()
    with pytest.raises((OperationalError, CommandError), match=r"no such table|is not there"):
        await scratch.run_sync(migrate, statement)
    async with scratch.begin():
        assert (await scratch.scalars(everything)).all() == before
