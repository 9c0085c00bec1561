"""Migrations on every database: up, down, drift, and a revision for what has changed."""

import subprocess
from pathlib import Path

import pytest

from answers import Answers, ways_to_execute
from generated import Project, make_project, parametrize_by_pairs
from servers import new_database, server_url

# A column for the table of books, and the line of the models or tables that it follows.
NEW_COLUMNS = {
    "orm": ("    title: Mapped[str]\n", "    subtitle: Mapped[str | None]\n"),
    "core": (
        "    title: Named[str] = Column(String(255))\n",
        "    subtitle: Named[str | None] = Column(String(255))\n",
    ),
}
# What a revision has to say of changes that Alembic overlooks by default, or writes with the types
# of the application.
CHANGES = {
    'server_default="2"': ('server_default="1"', 'server_default="2"'),
    "ck_book_copies_counted": ('name="copies_not_negative"', 'name="copies_counted"'),
}
NEW_MOMENTS = {
    "orm": ("    price: Mapped[Decimal]\n", "    sold_at: Mapped[datetime | None]\n"),
    "core": (
        "    price: Named[Decimal] = Column(Numeric(10, 2))\n",
        "    sold_at: Named[datetime | None] = Column(UtcDateTime)\n",
    ),
}
DRIFT = "New upgrade operations detected"


@parametrize_by_pairs(ways_to_execute())
def test_life_of_a_schema(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    data = {"package_name": "my_app", **answers}
    project = make_project(template, tmp_path / "made", data)
    if url := server_url(answers):
        monkeypatch.setenv("TEST_DATABASE_URL", url)

    def alembic(*command: str, succeeds: bool = True) -> str:
        return project.run("uv", "run", "alembic", *command, succeeds=succeeds)

    before, new = NEW_COLUMNS[answers["layer"]]
    with new_database(answers, tmp_path) as database:
        monkeypatch.setenv("DATABASE_URL", database)
        assert "CREATE TABLE book_genre" in alembic("upgrade", "head", "--sql")
        for command in ["upgrade", "head"], ["check"], ["downgrade", "base"], ["upgrade", "head"]:
            alembic(*command)
        replace(project, before, before + new)
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


# Async projects have the same settings of Alembic.
@parametrize_by_pairs([way for way in ways_to_execute() if way["execution"] == "sync"])
def test_a_revision_has_all_that_has_changed(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    project = make_project(template, tmp_path / "made", {"package_name": "my_app", **answers})
    before, new = NEW_MOMENTS[answers["layer"]]
    with new_database(answers, tmp_path) as database:
        monkeypatch.setenv("DATABASE_URL", database)
        project.run("uv", "run", "alembic", "upgrade", "head")
        for change in [(before, before + new), *CHANGES.values()]:
            replace(project, *change)
        project.run("uv", "run", "alembic", "revision", "--autogenerate", "-m", "more of books")
        (path,) = project.path.glob("migrations/versions/*_more_of_books.py")
        revision = path.read_text(encoding="utf-8")
        for wanted in "sa.DateTime(timezone=True)", *CHANGES:
            assert wanted in revision.replace("'", '"'), revision
        assert "my_app" not in revision
        for command in ["upgrade", "head"], ["check"], ["downgrade", "base"]:
            project.run("uv", "run", "alembic", *command)


def replace(project: Project, before: str, after: str) -> None:
    """Change the models or tables, as an owner would."""
    name = {"orm": "models.py", "core": "tables.py"}[project.answers["layer"]]
    path = project.path / "src" / "my_app" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")


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


def test_a_revision_is_written_by_hand(template: Path, tmp_path: Path) -> None:
    project = make_project(template, tmp_path / "made", {"package_name": "my_app"})
    alembic = ("uv", "run", "alembic")
    project.run(*alembic, "upgrade", "head")
    project.run(*alembic, "revision", "--message=by hand")
    [revision] = (project.path / "migrations" / "versions").glob("*_by_hand.py")
    text = revision.read_text(encoding="utf-8")
    revision.write_text(text.replace("pass", 'op.execute("SELECT 1")'), encoding="utf-8")
    project.run(*alembic, "upgrade", "head")
    project.run("uv", "run", "ruff", "check")


def test_the_first_revision_is_frozen(template: Path) -> None:
    versions = template / "template" / "project" / "migrations" / "versions"
    (revision,) = versions.glob("*_library.py.jinja")
    command = ["git", "hash-object", str(revision)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == FIRST_REVISION


FIRST_REVISION = "2d395c0a4aff850fc59e8093a85e9b07ad00b0d8"
