"""A database that is there already, with tables of others: nothing is written, nothing lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from answers import Answers, ways_to_execute
from failures import failures_of
from generated import Project, make_project, parametrize_by_pairs
from servers import connected, new_database, rows

CUSTOMERS = (
    "CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(50))",
    "INSERT INTO customer VALUES (1, 'Ada')",
)
# With the package of Alembic, or without.
REASONS = {
    True: "the database has the table customer, which no revision made: ",
    False: "the database has tables, but none that ",
}
NO_REVISION = "would drop the table customer, which no revision made"
TYPES = sql(
    "SELECT column_name, column_type FROM information_schema.columns"
    " WHERE table_schema = database() AND column_name IN ('sold_at', 'opens_at')"
)
DRIFT = "New upgrade operations detected"


def parametrize(
    *,
    migrations: tuple[bool, ...] = (True, False),
    layers: tuple[str, ...] = ("orm", "core"),
    executions: tuple[str, ...] = ("sync", "async"),
) -> pytest.MarkDecorator:
    """Call a test with ways to execute statements, with and without migrations."""
    ways = [
        {"migrations": has_migrations, **way}
        for way in ways_to_execute()
        for has_migrations in migrations
        if way["layer"] in layers and way["execution"] in executions
    ]
    return parametrize_by_pairs(ways)


@pytest.fixture
def project(template: Path, tmp_path: Path, answers: Answers) -> Project:
    """A new project."""
    return make_project(template, tmp_path / "made", {"package_name": "my_app", **answers})


@pytest.fixture
def url(tmp_path: Path, answers: Answers) -> Iterator[str]:
    """An empty database for it."""
    with new_database(answers, tmp_path) as url:
        yield url


def execute(url: str, *statements: str) -> None:
    """Do what others do with their database."""
    with connected(url) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def take_tour(project: Project, url: str, *, succeeds: bool = True) -> str:
    """Take the tour; return what it says."""
    tour = ("uv", "run", "--quiet", "python", "-m", "my_app")
    return project.run(*tour, succeeds=succeeds, DATABASE_URL=url)


@parametrize()
def test_the_tour_writes_nothing_to_a_database_of_others(
    project: Project, url: str, answers: Answers
) -> None:
    execute(url, *CUSTOMERS)
    before = rows(url)
    output = take_tour(project, url, succeeds=False)
    assert len(output.splitlines()) == 1, output
    assert output.startswith(REASONS[answers["migrations"]])
    assert rows(url) == before == {"customer": [(1, "Ada")]}


@parametrize()
def test_the_tour_goes_on_where_the_tables_are_its_own(
    project: Project, url: str, answers: Answers
) -> None:
    execute(url, "CREATE VIEW stock AS SELECT 1 AS n")
    take_tour(project, url)
    execute(url, *CUSTOMERS)
    before = rows(url)
    take_tour(project, url)
    if answers["migrations"]:
        execute(url, "DROP TABLE alembic_version")
        assert "`uv run alembic stamp head`" in take_tour(project, url, succeeds=False)
        project.run("uv", "run", "alembic", "stamp", "head", DATABASE_URL=url)
        take_tour(project, url)
    assert rows(url) == before


@parametrize(layers=("core",))
def test_scenes(project: Project, url: str) -> None:
    assert failures_of("existing.py", project, arguments=[url]) == {}


# Async projects have the same settings of Alembic; what a call of it does is a scene.
@parametrize(migrations=(True,), executions=("sync",))
def test_autogenerate_does_not_drop_all_tables(project: Project, url: str) -> None:
    def alembic(*command: str, succeeds: bool = True) -> str:
        return project.run("uv", "run", "alembic", *command, succeeds=succeeds, DATABASE_URL=url)

    revise = ("revision", "--autogenerate", "-m", "customers")
    execute(url, *CUSTOMERS)
    alembic("stamp", "head")
    output = alembic(*revise, succeeds=False)
    assert NO_REVISION in output.splitlines()[-1]
    assert "Traceback" not in output
    assert not revisions(project, "customers")
    assert DRIFT in alembic("check", succeeds=False)
    # Where its own tables are there, a table of others is a change like any other.
    alembic("stamp", "base")
    alembic("upgrade", "head")
    alembic(*revise)
    [revision] = revisions(project, "customers")
    dropped = revision.read_text(encoding="utf-8").partition("def downgrade")[0]
    assert dropped.count("op.drop_table") == 1


def revisions(project: Project, message: str) -> list[Path]:
    """Return the revisions of a project with this message."""
    return [*project.path.glob(f"migrations/versions/*_{message}.py")]


def test_autogenerate_where_nobody_has_tables(template: Path, tmp_path: Path) -> None:
    answers = {"package_name": "my_app", "start": "empty", "database": "sqlite"}
    project = make_project(template, tmp_path / "made", answers)
    with new_database(answers, tmp_path) as url:
        for message in "first", "second":
            revise = ("uv", "run", "alembic", "revision", "--autogenerate", "-m", message)
            project.run(*revise, DATABASE_URL=url)
            project.run("uv", "run", "alembic", "upgrade", "head", DATABASE_URL=url)
        execute(url, *CUSTOMERS)
        assert NO_REVISION in project.run(*revise, succeeds=False, DATABASE_URL=url)


# A moment, and a time of a day that means the same in every zone; what they follow.
TIMES = {
    "orm": (
        "    title: Mapped[str]\n",
        "    sold_at: Mapped[datetime | None]\n"
        "    opens_at: Mapped[datetime | None] = mapped_column(DateTime)\n",
    ),
    "core": (
        "    title: Named[str] = Column(String(255))\n",
        "    sold_at: Named[datetime | None] = Column(UtcDateTime)\n"
        "    opens_at: Named[datetime | None] = Column(DateTime)\n",
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("layer", ["orm", "core"])
def test_mysql_keeps_the_microseconds_of_moments_alone(
    template: Path, tmp_path: Path, layer: str
) -> None:
    answers = {"package_name": "my_app", "layer": layer, "database": "mysql"}
    project = make_project(template, tmp_path / "made", answers)
    path = project.path / "src" / "my_app" / {"orm": "models.py", "core": "tables.py"}[layer]
    text = path.read_text(encoding="utf-8")
    above, new = TIMES[layer]
    imports = "from sqlalchemy import "
    for before in above, imports:
        assert text.count(before) == 1
    text = text.replace(imports, f"{imports}DateTime\n{imports}")
    path.write_text(text.replace(above, above + new), encoding="utf-8")
    with new_database(answers, tmp_path) as url:
        for command in (
            ("upgrade", "head"),
            ("revision", "--autogenerate", "-m", "times"),
            ("upgrade", "head"),
            ("check",),
        ):
            project.run("uv", "run", "alembic", *command, DATABASE_URL=url)
        with connected(url) as connection:
            found = connection.execute(TYPES)
            assert {row[0]: row[1] for row in found} == {
                "sold_at": "datetime(6)",
                "opens_at": "datetime",
            }
