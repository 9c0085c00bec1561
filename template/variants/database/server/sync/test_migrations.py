from collections.abc import Generator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from {{ package_name }}.schema import alembic_config

from .databases import new_database


@pytest.fixture
def empty() -> Generator[Connection]:
    """A connection to a database without tables."""
    with new_database() as engine, engine.connect() as connection:
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
