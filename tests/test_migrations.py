"""Migrations on every database: up, down, drift, and a revision for what has changed."""

import subprocess
from pathlib import Path

import pytest

from answers import Answers, name_of, ways_to_execute
from generated import Project, make_project
from servers import new_database, server_url

# A column for the table of books, and the line of the models or tables that it follows.
NEW_COLUMNS = {
    "orm": ("    title: Mapped[str]\n", "    subtitle: Mapped[str | None]\n"),
    "core": (
        "    title: Named[str] = Column(String(255))\n",
        "    subtitle: Named[str | None] = Column(String(255))\n",
    ),
}
DRIFT = "New upgrade operations detected"


def parameters() -> list[object]:
    """Return every way to execute statements; servers and async code are for the full run."""
    return [
        pytest.param(
            answers,
            id=name_of(answers),
            marks=() if name_of(answers).endswith("-sync-sqlite") else pytest.mark.full,
        )
        for answers in ways_to_execute()
    ]


@pytest.mark.parametrize("answers", parameters())
def test_life_of_a_schema(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    data = {"package_name": "my_app", **answers}
    project = make_project(template, tmp_path / "made", data)
    if url := server_url(answers):
        monkeypatch.setenv("TEST_DATABASE_URL", url)

    def alembic(*command: str, succeeds: bool = True) -> str:
        return project.run("uv", "run", "alembic", *command, succeeds=succeeds)

    with new_database(answers, tmp_path) as database:
        monkeypatch.setenv("DATABASE_URL", database)
        assert "CREATE TABLE book_genre" in alembic("upgrade", "head", "--sql")
        for command in ["upgrade", "head"], ["check"], ["downgrade", "base"], ["upgrade", "head"]:
            alembic(*command)
        add_column(project)
        assert DRIFT in alembic("check", succeeds=False)
        tests = ("uv", "run", "pytest", "-q")
        assert DRIFT in project.run(*tests, "tests/test_migrations.py", succeeds=False)
        alembic("revision", "--autogenerate", "-m", "subtitles of books")
        alembic("upgrade", "head")
        alembic("check")
        project.run(*tests)
        for lint in "ruff check", "ruff format --check", "mypy":
            project.run("uv", "run", *lint.split())
        alembic("downgrade", "base")


def add_column(project: Project) -> None:
    """Add a column to the table of books, as an owner would."""
    layer = project.answers["layer"]
    path = project.path / "src" / "my_app" / {"orm": "models.py", "core": "tables.py"}[layer]
    before, new = NEW_COLUMNS[layer]
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, before + new), encoding="utf-8")


HALF_DONE = '''"""Fails after its first statement."""

from alembic import op

revision = "half_done"
down_revision = "6f0c2d4b9a17"


def upgrade() -> None:
    op.execute("CREATE TABLE half_done (id INTEGER)")
    op.execute("SELECT * FROM nowhere")


def downgrade() -> None:
    pass
'''


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_migration_that_fails_leaves_nothing(
    template: Path, tmp_path: Path, database: str
) -> None:
    answers = {"package_name": "my_app", "layer": "core", "database": database}
    project = make_project(template, tmp_path / "made", answers)
    revision = project.path / "migrations" / "versions" / "half_done.py"
    with new_database(answers, tmp_path) as url:
        project.run("uv", "run", "alembic", "upgrade", "head", DATABASE_URL=url)
        revision.write_text(HALF_DONE, encoding="utf-8")
        alembic = ("uv", "run", "alembic")
        project.run(*alembic, "upgrade", "head", succeeds=False, DATABASE_URL=url)
        assert "6f0c2d4b9a17" in project.run(*alembic, "current", DATABASE_URL=url)
        # It would fail at its first statement if the table were there.
        output = project.run(*alembic, "upgrade", "head", succeeds=False, DATABASE_URL=url)
        assert "nowhere" in output
        assert "already exists" not in output


def test_a_wrong_url_is_said_without_traceback_or_password(template: Path, tmp_path: Path) -> None:
    project = make_project(template, tmp_path / "made", {"package_name": "my_app"})
    url = "other://me:secret@host/database"
    output = project.run(
        "uv", "run", "alembic", "upgrade", "head", succeeds=False, DATABASE_URL=url
    )
    assert "DATABASE_URL is not a URL such as sqlite:///" in output
    assert "secret" not in output
    assert "Traceback" not in output


def test_the_first_revision_is_frozen(template: Path) -> None:
    (revision,) = (template / "template" / "project" / "migrations" / "versions").iterdir()
    command = ["git", "hash-object", str(revision)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == FIRST_REVISION


FIRST_REVISION = "2d395c0a4aff850fc59e8093a85e9b07ad00b0d8"
