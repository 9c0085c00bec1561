"""What the README of a project tells its owner to do first is done, and the project is green."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from answers import Answers, covering, name_of, ways_to_execute
from documents import SAMPLE, Block, blocks, check, section
from generated import Project, commit_all, make_project, needs_no_server, run
from servers import connected, new_database, server_url

# The answers name the start, a license may speak of libraries, and uv writes the lock.
NOT_OURS = {".copier-answers.yml", "LICENSE", "uv.lock"}

# It would stop and start a server in a container; here the database is a new one anyway.
CONTAINER = re.compile(r"^docker compose .*\n", re.MULTILINE)

# Each kind of models and of sessions once, on SQLite.
KINDS: list[Answers] = [
    {"layer": "core"},
    {"mapping": "declarative", "web": "flask"},
    {"layer": "core", "execution": "async", "web": "fastapi", "migrations": False},
    {"mapping": "dataclass", "execution": "async", "web": "litestar"},
    {"mapping": "classic", "session": "scoped_session", "migrations": False},
]
QUICK = KINDS[:2]


def parametrize(start: str) -> pytest.MarkDecorator:
    """Call a test with two projects; in full with all kinds, and half of the pairs on servers."""
    served = covering(
        2,
        [
            way | {"migrations": migrations}
            for way in ways_to_execute()
            for migrations in (True, False)
            if way["database"] != "sqlite"
        ],
    )
    parameters = [
        pytest.param(
            answers | {"start": start},
            id=name_of(answers),
            marks=() if answers in QUICK else pytest.mark.full,
        )
        for answers in KINDS + served[start == "empty" :: 2]
    ]
    return pytest.mark.parametrize("project", parameters, indirect=True)


@pytest.fixture
def project(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Project]:
    """A new project in a git repository, with its server where it has one."""
    answers: Answers = {"package_name": "my_app", **request.param}
    project = make_project(template, tmp_path / "my-app", answers)
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(project.environment))
    project.run("uv", "sync")
    run("git", "init", "--quiet", cwd=project.path)
    commit_all(project.path)
    if server := server_url(project.answers):
        monkeypatch.setenv("TEST_DATABASE_URL", server)
    with new_database(project.answers, tmp_path) as url:
        if not needs_no_server(project.answers):
            monkeypatch.setenv("DATABASE_URL", url)
        yield project


def follow(project: Project, block: Block) -> None:
    """Do what a block of the README says: write a file, or run commands."""
    match block.language:
        case "python":
            (project.path / block.path).write_text(block.text, encoding="utf-8")
        case "sh":
            project.run("bash", "-e", "-c", CONTAINER.sub("", block.text))
        case "console":
            check(project.path, block.text)


def assert_green(project: Project) -> None:
    """Check lint, format, types and tests."""
    for command in ("ruff check", "ruff format --check", "mypy", "pytest"):
        project.run("uv", "run", *command.split())


@parametrize("library")
def test_the_sample_is_taken_out(project: Project) -> None:
    project.run("uv", "run", "python", "-m", "my_app")
    readme = project.read("README.md")
    for block in blocks(section(readme, "Taking the sample out")):
        follow(project, block)
    [headings] = re.findall("and the sections (.*) of this README", readme)
    for heading in re.findall('"(.+?)"', headings):
        readme = readme.replace(f"## {heading}\n{section(readme, heading)}", "")
    (project.path / "README.md").write_text(readme, encoding="utf-8")
    assert_green(project)
    assert_nothing_names_the_sample(project)


@parametrize("empty")
def test_the_first_table_is_made(project: Project, tmp_path: Path) -> None:
    assert_nothing_names_the_sample(project)
    assert_green(project)
    for block in blocks(section(project.read("README.md"), "Your first table in five steps")):
        follow(project, block)
    assert_green(project)
    if not project.answers["migrations"]:
        assert_a_database_of_others_is_refused(project, tmp_path)


@pytest.mark.parametrize(
    "project",
    [
        {"migrations": False},
        pytest.param(
            {"layer": "core", "execution": "async", "database": "postgresql", "migrations": False},
            marks=pytest.mark.full,
        ),
    ],
    ids=["sqlite", "postgresql"],
    indirect=True,
)
def test_migrations_are_turned_on_later(project: Project, tmp_path: Path) -> None:
    project.run("uv", "run", "python", "-m", "my_app")
    run("git", "add", "uv.lock", cwd=project.path)
    commit_all(project.path)
    text = section(project.read("docs/migrations.md"), "When you have data to keep: migrations")
    with new_database(project.answers, tmp_path) as empty:
        for block in blocks(text.replace("<URL of an empty database>", empty)):
            follow(project, block)
    assert_green(project)
    assert "No new upgrade operations detected" in project.run("uv", "run", "alembic", "check")


def assert_a_database_of_others_is_refused(project: Project, folder: Path) -> None:
    """Check that the program of the owner says in a line that the tables are not its own."""
    program = ("uv", "run", "--quiet", "python", "-m", "my_app", "Ada")
    with new_database(project.answers, folder) as url:
        with connected(url) as connection:
            connection.exec_driver_sql("CREATE TABLE stranger (id INTEGER PRIMARY KEY)")
        output = project.run(*program, succeeds=False, DATABASE_URL=url)
    assert output.startswith("the database has tables, but none that "), output
    assert output.count("\n") == 1, output


def assert_nothing_names_the_sample(project: Project) -> None:
    """Check that no file of the repository has a word of the sample."""
    listing = project.run("git", "ls-files", "--cached", "--others", "--exclude-standard")
    for name in set(listing.splitlines()) - NOT_OURS:
        found = (project.path / name).exists() and SAMPLE.search(project.read(name))
        assert not found, f"{name} has {found}"
