"""Migrations on SQLite that make a table anew, and what they must not lose or overlook."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from answers import Answers
from generated import Project, make_project
from workload import PROGRAMS

INDEX = "uq_author_lower_name"
REVISION = '''"""{name}."""

import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = "{before}"


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''
CREATE_INDEX = f'op.create_index("{INDEX}", "author", [sa.text("lower(name)")], unique=True)'
DROP_INDEX = f'op.drop_index("{INDEX}", "author")'
MAKE_ANEW = """with op.batch_alter_table("{table}", recreate="always"):
        pass"""
DELETE_PARENT = 'op.execute("DELETE FROM author WHERE id = 1")'
# The same index for the models, whose migration a revision is.
IN_MODELS = f"""
from sqlalchemy import Index, func

Index("{INDEX}", func.lower(Author.name), unique=True)
"""
SYNC_AND_ASYNC = [  # which have a migration environment each
    pytest.param({"layer": "orm", "execution": "sync"}, id="sync"),
    pytest.param({"layer": "core", "execution": "async"}, id="async", marks=pytest.mark.full),
]


class Database:
    """A project, its migrations, and a file that they have made."""

    def __init__(self, template: Path, folder: Path, answers: Answers) -> None:
        """Make the project and the file."""
        data = {"package_name": "my_app", **answers}
        self.project: Project = make_project(template, folder / "made", data)
        self.path = folder / "library.db"
        self.versions = self.project.path / "migrations" / "versions"
        (first,) = self.versions.glob("*.py")
        (self.head,) = re.findall(r'^revision.* = "(\w+)"', first.read_text("utf-8"), re.MULTILINE)
        self.alembic("upgrade", "head")

    def alembic(self, *command: str) -> None:
        """Run Alembic."""
        command = ("uv", "run", "--quiet", "alembic", *command)
        self.project.run(*command, DATABASE_URL=f"sqlite:///{self.path}")

    def reason_to_stop(self, *command: str) -> str:
        """Run Alembic; return the last line that it prints where it fails, else nothing."""
        try:
            self.alembic(*command)
        except AssertionError as error:
            output = str(error)
        else:
            return ""
        assert "Traceback" not in output, output
        return output.strip().splitlines()[-1]

    def add_revision(self, name: str, upgrade: str, downgrade: str = "pass") -> None:
        """Write a revision that follows the others."""
        text = REVISION.format(name=name, before=self.head, upgrade=upgrade, downgrade=downgrade)
        (self.versions / f"{name}.py").write_text(text, encoding="utf-8")
        self.head = name

    def take_back(self) -> None:
        """Delete the last revision, which was not applied."""
        path = self.versions / f"{self.head}.py"
        (self.head,) = re.findall(
            r'^down_revision = "(\w+)"', path.read_text("utf-8"), re.MULTILINE
        )
        path.unlink()

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Execute a statement as SQLite does by itself, without foreign keys."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            return connection.execute(statement).fetchall()

    def schema(self) -> list[tuple[object, ...]]:
        """Return all that is defined, and at which revision that is."""
        tables = self.execute("SELECT sql FROM sqlite_master ORDER BY name")
        return tables + self.execute("SELECT version_num FROM alembic_version")


def test_an_index_on_an_expression_is_not_lost(template: Path, tmp_path: Path) -> None:
    database = Database(template, tmp_path, {"layer": "orm"})
    models = database.project.path / "src" / "my_app" / "models.py"
    with models.open("a", encoding="utf-8") as file:
        file.write(IN_MODELS)
    database.add_revision("lower_names", CREATE_INDEX, DROP_INDEX)
    database.add_revision("book_anew", MAKE_ANEW.format(table="book"))
    database.alembic("upgrade", "head")
    database.alembic("check")
    database.project.run("uv", "run", "pytest", "-q", "tests/test_migrations.py")

    before = database.schema()
    database.add_revision("author_anew", MAKE_ANEW.format(table="author"))
    if reason := database.reason_to_stop("upgrade", "head"):
        assert "author" in reason, reason
        assert INDEX in reason, reason
        assert database.schema() == before
        # The way out: the index goes, and comes back when the table is there.
        database.take_back()
        steps = [DROP_INDEX, MAKE_ANEW.format(table="author"), CREATE_INDEX]
        database.add_revision("index_and_author_anew", "\n    ".join(steps))
        database.alembic("upgrade", "head")
    assert any(INDEX in str(sql) for (sql,) in database.schema())
    database.alembic("check")
    database.add_revision("no_index", DROP_INDEX)
    database.alembic("upgrade", "head")
    assert not any(INDEX in str(sql) for (sql,) in database.schema())


@pytest.mark.parametrize("answers", SYNC_AND_ASYNC)
def test_only_new_orphans_are_in_the_way(template: Path, tmp_path: Path, answers: Answers) -> None:
    database = Database(template, tmp_path, answers)
    database.execute("INSERT INTO author (id, name) VALUES (1, 'Lem')")
    orphan, child = "(99, 'of nobody')", "(1, 'Born in Lviv.')"
    database.execute(f"INSERT INTO biography (id, text) VALUES {orphan}")
    database.alembic("check")
    database.alembic("current")
    database.add_revision("all_anew", MAKE_ANEW.format(table="biography"))
    database.alembic("upgrade", "head")

    database.execute(f"INSERT INTO biography (id, text) VALUES {child}")
    before = database.schema()
    database.add_revision("no_parents", DELETE_PARENT)
    reason = database.reason_to_stop("upgrade", "head")
    assert "biography" in reason, reason
    assert database.schema() == before
    assert database.execute("SELECT count(*) FROM author") == [(1,)]


# A connection, as the tests of a project give it to Alembic, before and inside of a transaction.
BY_CONNECTION = """
import twins
from alembic import command
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.schema import alembic_config

def migrate(connection):
    command.upgrade(alembic_config(connection), "head")
    print("foreign keys:", connection.exec_driver_sql("PRAGMA foreign_keys").scalar())
    command.upgrade(alembic_config(connection), "head")

async def main():
    async with twins.enter(make_engine(Settings()).connect()) as connection:
        await connection.run_sync(migrate) if twins.IS_ASYNC else migrate(connection)

twins.run(main())
"""


@pytest.mark.parametrize("answers", SYNC_AND_ASYNC)
def test_children_outlive_a_table_that_is_made_anew(
    template: Path, tmp_path: Path, answers: Answers
) -> None:
    database = Database(template, tmp_path, answers)
    database.execute("INSERT INTO author (id, name) VALUES (1, 'Lem')")
    database.execute("INSERT INTO biography (id, text) VALUES (1, 'Born in Lviv.')")
    database.add_revision("author_anew", MAKE_ANEW.format(table="author"))
    output = database.project.run(
        *("uv", "run", "--quiet", "python", "-c", BY_CONNECTION),
        succeeds=False,
        DATABASE_URL=f"sqlite:///{database.path}",
        PYTHONPATH=str(PROGRAMS),
    )
    assert "foreign keys: 1" in output
    assert "cannot be turned off inside a transaction" in output
    assert database.execute("SELECT count(*) FROM biography") == [(1,)]
    before = database.schema()
    steps = [MAKE_ANEW.format(table="book"), 'op.execute("SELECT * FROM nowhere")']
    database.add_revision("half_done", "\n    ".join(steps))
    with pytest.raises(AssertionError, match="no such table"):
        database.alembic("upgrade", "head")
    assert database.schema() == before
