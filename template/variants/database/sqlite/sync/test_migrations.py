from collections.abc import Generator
from pathlib import Path

import pytest
from alembic import command, op
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.schema import alembic_config


@pytest.fixture
def empty(tmp_path: Path) -> Generator[Connection]:
    """A connection to a database without tables."""
    engine = make_engine(Settings(database_url=make_url(f"sqlite:///{tmp_path}/empty.db")))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def family(own_engine: Engine) -> Generator[Connection]:
    """A connection to a database with a row that refers to another."""
    with own_engine.connect() as connection:
        with connection.begin():
            connection.execute(text("INSERT INTO scratch_note VALUES (1, 'parent', NULL)"))
            connection.execute(text("INSERT INTO scratch_note VALUES (2, 'child', 1)"))
        yield connection


def test_at_most_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) <= 1


def test_up_and_down_without_drift(empty: Connection) -> None:
    for _ in range(2):
        command.upgrade(alembic_config(empty), "head")
        command.check(alembic_config(empty))
        empty.rollback()
        command.downgrade(alembic_config(empty), "base")
        assert inspect(empty).get_table_names() == ["alembic_version"]
        empty.rollback()


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


def test_children_outlive_a_table_that_is_recreated(family: Connection) -> None:
    migrate(family)
    with family.begin():
        assert family.scalar(text("SELECT count(*) FROM scratch_note")) == 2
        assert family.scalar(text("PRAGMA foreign_keys")) == 1
        with pytest.raises(CommandError, match="inside a transaction"):
            migrate(family)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT * FROM nowhere", "no such table"),
        ("DELETE FROM scratch_note WHERE id = 1", "a row of scratch_note would refer"),
    ],
)
def test_a_migration_that_fails_leaves_nothing(
    family: Connection, statement: str, reason: str
) -> None:
    everything = text("SELECT sql FROM sqlite_master UNION ALL SELECT text FROM scratch_note")
    with family.begin():
        before = family.scalars(everything).all()
    with pytest.raises((OperationalError, CommandError), match=reason):
        migrate(family, statement)
    with family.begin():
        assert family.scalars(everything).all() == before
