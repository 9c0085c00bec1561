from collections.abc import Generator

import pytest
from alembic import command, op
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from {{ package_name }}.schema import alembic_config


@pytest.fixture
def scratch(own_engine: Engine) -> Generator[Connection]:
    """A connection to a database of its own, with an author and a biography."""
    with own_engine.connect() as connection:
        with connection.begin():
            connection.execute(text("INSERT INTO author VALUES (1, 'Lem')"))
            connection.execute(text("INSERT INTO biography VALUES (1, 1, 'Born in Lviv.')"))
        yield connection


def test_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_down_and_up_without_drift(scratch: Connection) -> None:
    command.downgrade(alembic_config(scratch), "base")
    with scratch.begin():
        assert inspect(scratch).get_table_names() == ["alembic_version"]
    command.upgrade(alembic_config(scratch), "head")
    command.check(alembic_config(scratch))


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


def test_children_outlive_a_table_that_is_recreated(scratch: Connection) -> None:
    migrate(scratch)
    with scratch.begin():
        assert scratch.scalar(text("SELECT count(*) FROM biography")) == 1
        assert scratch.scalar(text("PRAGMA foreign_keys")) == 1
        with pytest.raises(CommandError, match="inside a transaction"):
            migrate(scratch)


@pytest.mark.parametrize("statement", ["SELECT * FROM nowhere", "DELETE FROM author"])
def test_a_migration_that_fails_leaves_nothing(scratch: Connection, statement: str) -> None:
    everything = text("SELECT sql FROM sqlite_master UNION ALL SELECT name FROM author")
    with scratch.begin():
        before = scratch.scalars(everything).all()
    with pytest.raises((OperationalError, CommandError), match=r"no such table|is not there"):
        migrate(scratch, statement)
    with scratch.begin():
        assert scratch.scalars(everything).all() == before
