"""The sample holds what it promises, whatever the database and whoever else writes to it."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text

from answers import Answers, covering, name_of, ways_to_execute
from generated import make_project
from servers import connected, new_database, server_url
from workload import PROGRAMS

GENRES = str(PROGRAMS / "genres.py")
COLLATIONS = text(
    "SELECT table_name, table_collation FROM information_schema.tables"
    " WHERE table_schema = database()"
)
LEVELS = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
# What runs without `--full`.
QUICK = {"level": LEVELS[0], "layer": "orm", "execution": "sync", "database": "postgresql"}


def parameters() -> list[object]:
    """Return ways to execute statements and isolation levels, by pairs; one without `--full`."""
    ways: list[Answers] = [*ways_to_execute()]
    ways += [{"mapping": "classic", **way} for way in ways if {"orm", "sync"} <= {*way.values()}]
    cases = [
        {"level": level, **way}
        for way in ways
        for level in (LEVELS if way["database"] != "sqlite" else LEVELS[2:])
    ]
    chosen = [QUICK, *(case for case in covering(2, cases) if case != QUICK)]
    return [
        pytest.param(case, id=name_of(case), marks=() if case == QUICK else pytest.mark.full)
        for case in chosen
    ]


@pytest.mark.parametrize("case", parameters())
def test_books_that_need_the_same_new_genres(template: Path, tmp_path: Path, case: Answers) -> None:
    answers = {"package_name": "my_app", **case}
    level = answers.pop("level")
    project = make_project(template, tmp_path / "made", answers)
    with new_database(answers, tmp_path) as url:
        program = ("uv", "run", "--quiet", "python", GENRES)
        output = project.run(*program, DATABASE_URL=url, DATABASE_ISOLATION_LEVEL=level)
    # asyncmy logs what the server ignored when the tables were made.
    found = json.loads(output.splitlines()[-1])
    assert found["errors"] == []
    assert found["unsorted"] == []
    assert found["books"] == [8] * 40
    # MySQL compares without the spaces at the end of a text, as its unique keys do.
    assert found["with_space"] == (40 if answers["database"] == "mysql" else 41)


def test_the_revision_makes_tables_for_any_text(template: Path, tmp_path: Path) -> None:
    answers = {"layer": "core", "database": "mysql", "package_name": "my_app"}
    server, name = server_url(answers), f"latin_{uuid4().hex}"
    assert server
    project = make_project(template, tmp_path / "made", answers)
    with connected(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET latin1"))
        try:
            url = make_url(server).set(database=name).render_as_string(hide_password=False)
            project.run("uv", "run", "alembic", "upgrade", "head", DATABASE_URL=url)
            with connected(url) as made:
                collations = {row[0]: row[1] for row in made.execute(COLLATIONS)}
        finally:
            connection.execute(text(f"DROP DATABASE {name}"))
    del collations["alembic_version"]
    assert set(collations.values()) == {"utf8mb4_bin"}, collations
