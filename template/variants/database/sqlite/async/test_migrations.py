from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from alembic import command, op
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.schema import alembic_config


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncGenerator[AsyncConnection]:
    """A connection to a database without tables."""
    engine = make_engine(Settings(database_url=make_url(f"sqlite:///{tmp_path}/empty.db")))
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest.fixture
async def family(own_engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A connection to a database with a row that refers to another."""
    async with own_engine.connect() as connection:
        async with connection.begin():
            await connection.execute(text("INSERT INTO scratch_note VALUES (1, 'parent', NULL)"))
            await connection.execute(text("INSERT INTO scratch_note VALUES (2, 'child', 1)"))
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


def migrate(connection: Connection, statement: str = "SELECT 1") -> None:
    """Do what a revision would that recreates a table and then executes a statement."""

    def upgrade(*_: object) -> list[object]:
        with op.batch_alter_table("scratch_note", recreate="always"):
            pass
        op.execute(statement)
        return []

    script = ScriptDirectory.from_config(alembic_config())
    with EnvironmentContext(alembic_config(connection), script, fn=upgrade):
        script.run_env()


async def test_children_outlive_a_table_that_is_recreated(family: AsyncConnection) -> None:
    await family.run_sync(migrate)
    async with family.begin():
        assert await family.scalar(text("SELECT count(*) FROM scratch_note")) == 2
        assert await family.scalar(text("PRAGMA foreign_keys")) == 1
        with pytest.raises(CommandError, match="inside a transaction"):
            await family.run_sync(migrate)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT * FROM nowhere", "no such table"),
        ("DELETE FROM scratch_note WHERE id = 1", "a row of scratch_note would refer"),
    ],
)
async def test_a_migration_that_fails_leaves_nothing(
    family: AsyncConnection, statement: str, reason: str
) -> None:
    everything = text("SELECT sql FROM sqlite_master UNION ALL SELECT text FROM scratch_note")
    async with family.begin():
        before = (await family.scalars(everything)).all()
    with pytest.raises((OperationalError, CommandError), match=reason):
        await family.run_sync(migrate, statement)
    async with family.begin():
        assert (await family.scalars(everything)).all() == before
