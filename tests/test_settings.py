"""What the settings promise, and what is said where the database is away."""

from pathlib import Path

import pytest

from answers import Answers, name_of
from failures import failures_of
from generated import Project, make_project
from own_servers import free_port
from servers import new_database

PASSWORD = "hunter2"
# Each driver with one of the layers; the tour, which is tried too, differs by layer and execution.
WAYS: list[Answers] = [
    {"layer": "orm", "execution": "sync", "database": "sqlite"},
    {"layer": "core", "execution": "async", "database": "sqlite"},
    {"layer": "core", "execution": "sync", "database": "postgresql"},
    {"layer": "orm", "execution": "async", "database": "postgresql", "driver": "asyncpg"},
    {"layer": "core", "execution": "async", "database": "postgresql", "driver": "psycopg"},
    {"layer": "orm", "execution": "sync", "database": "mysql"},
    {"layer": "core", "execution": "async", "database": "mysql"},
]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            way,
            id=name_of(way),
            marks=[
                pytest.mark.xdist_group(f"settings-{name_of(way)}"),
                *([] if way["database"] == "sqlite" else [pytest.mark.full]),
            ],
        )
        for way in WAYS
    ],
)
def project(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A project for each driver."""
    answers = {"package_name": "my_app", **request.param}
    return make_project(template, tmp_path_factory.mktemp("made") / "my-app", answers)


def urls_that_are_away(project: Project, folder: Path) -> list[str]:
    """Return URLs that lead to no database, though they are right."""
    if project.answers["database"] != "sqlite":
        scheme = project.answers["database"]
        return [f"{scheme}://lem:{PASSWORD}@127.0.0.1:{free_port()}/library"]
    text = folder / "text.db"
    text.write_text("Solaris, by Lem, is not a database.\n" * 100, encoding="utf-8")
    return [f"sqlite:///{folder}/nowhere/library.db", f"sqlite:///{text}"]


def test_what_is_promised(project: Project, tmp_path: Path) -> None:
    away = urls_that_are_away(project, tmp_path)
    with new_database(project.answers, tmp_path) as url:
        assert failures_of("settings.py", project, arguments=[url, *away]) == {}


def test_the_tour_says_in_one_sentence_that_the_database_is_away(
    project: Project, tmp_path: Path
) -> None:
    for url in urls_that_are_away(project, tmp_path):
        tour = ("uv", "run", "--quiet", "python", "-m", "my_app")
        output = project.run(*tour, succeeds=False, DATABASE_URL=url, DATABASE_TIMEOUT="1")
        assert len(output.strip().splitlines()) == 1, output
        assert PASSWORD not in output
