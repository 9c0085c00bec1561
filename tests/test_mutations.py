"""The tests of a project can fail: each of these changes for the worse turns them red."""

import re
from pathlib import Path

import pytest

from generated import Project, make_project

pytestmark = pytest.mark.full

# What is broken, in which file, the text there and the text instead.
BOTH = [
    ("foreign keys off", "engine", "foreign_keys = ON", "foreign_keys = OFF"),
    ("writers begin without the lock", "engine", "BEGIN IMMEDIATE", "BEGIN DEFERRED"),
    ("readers take the lock", "engine", "BEGIN DEFERRED", "BEGIN IMMEDIATE"),
    ("readers may write", "engine", "query_only = {readonly}", "query_only = OFF"),
    ("readers wait for writers", "engine", "journal_mode = WAL", "journal_mode = DELETE"),
    ("memory has many connections", "engine", "pool_size=1 if in_memory else 5", "pool_size=5"),
    ("the isolation level is ignored", "engine", "settings.database_isolation_level", "None"),
    ("passwords are shown", "config", "PlainSerializer(repr)", "PlainSerializer(tuple)"),
    ("a host is ignored", "config", " and not url.host", ""),
    ("a failed BEGIN is forgotten", "engine", "connection.close()", "pass"),
    ("wrong values are shown", "config", "hide_input_in_errors=True", ""),
    ("any database will do", "config", 'url.drivername in {"sqlite", "sqlite+pysqlite"}', "True"),
    ("moments are naive", "column_types", "value.replace(tzinfo=UTC)", "value"),
    ("moments are local", "column_types", "value.astimezone(UTC)", "value.replace(tzinfo=UTC)"),
    ("naive moments are guessed", "column_types", "value.tzinfo is None", "value.year < 0"),
    ("a row is inserted for each book", "queries", "if rows:", "for rows in rows:"),
    ("a page begins with the last book again", "queries", "id > after_id", "id >= after_id"),
    ("nothing is tried again", "retry", '"SQLITE_BUSY"', '"NOTHING"'),
    ("everything is tried again", "retry", "if not getattr", "if not error and not getattr"),
    ("once too often", "retry", "range(1, attempts)", "range(attempts)"),
    (
        "a failed COMMIT is final",
        "retry",
        "if not getattr",
        "if not error.statement or not getattr",
    ),
    ("prices are not compared", "queries", "func.min(", "func.max("),
    ("the tour writes twice", "__main__", ") is None:", ") or True:"),
]
ORM = [
    ("loaded books are not read again", "queries", "populate_existing=True)\n    )", ")\n    )"),
    ("the last copy is lent twice", "queries", "copies -= 1", "copies -= 0"),
    ("no savepoint", "conftest", '"create_savepoint"', '"rollback_only"'),
    ("tests commit", "conftest", "transaction.rollback()", "transaction.commit()"),
    (
        "books come one by one",
        "queries",
        "selectinload(Author.books)",
        "joinedload(Author.biography)",
    ),
    ("genres come one by one", "queries", "selectinload(Book.genres)", "joinedload(Book.author)"),
    ("lazy loading", "models", 'lazy="raise_on_sql"', 'lazy="select"'),
    ("orphans", "models", "all, delete-orphan", "save-update"),
    (
        "no cascade to books",
        "models",
        'ForeignKey(Author.id, ondelete="CASCADE")',
        "ForeignKey(Author.id)",
    ),
    ("two biographies", "models", '"CASCADE"), unique=True', '"CASCADE")'),
    ("a title twice", "models", 'UniqueConstraint("author_id", "title"),', ""),
    ("negative prices", "models", "price >= 0", "price >= -9"),
    ("negative copies", "models", "copies >= 0", "copies >= -9"),
    ("objects expire", "session", "expire_on_commit=False", "expire_on_commit=True"),
    ("isolation level of the factory", "session", "is not None", "is None"),
]
CLASSIC = [
    ("every moment is the same", "models", "datetime.now(UTC)", "datetime(2000, 1, 1, tzinfo=UTC)"),
    ("any author", "queries", ".filter(Author.name == name)\n        .options", ".options"),
    ("any order", "queries", ".order_by(Book.title, Book.id)", ""),
    ("no limit", "queries", ".limit(size)", ""),
    ("no options", "queries", ".options(joinedload(Book.author))", ""),
    ("every book comes back", "queries", ".filter(Book.id == book_id).update", ".update"),
    ("orphans", "models", "all, delete-orphan", "save-update"),
    ("lazy loading", "models", 'lazy="raise_on_sql"', 'lazy="select"'),
]
DATACLASS = [
    ("objects cannot be hashed", "models", ", eq=False", ""),
    ("orphans", "models", "all, delete-orphan", "save-update"),
    ("every list is the same", "models", "default_factory=list", "default=None"),
    ("lazy loading", "models", 'lazy="raise_on_sql"', 'lazy="select"'),
]
SCOPED = [
    ("sessions stay in the registry", "session", "make_session.remove()", "make_session().close()"),
    (
        "threads share a session",
        "session",
        "(engine, expire_on_commit=False))",
        "(engine, expire_on_commit=False), lambda: 1)",
    ),
    ("a failure leaves its session", "session", "    finally:", "    except KeyError:"),
    ("no transaction", "session", "with make_session.begin():", "if make_session:"),
]
CORE = [
    (
        "everybody is deleted",
        "queries",
        ".where(authors.c.name == name)).rowcount == 1",
        ").rowcount > 0",
    ),
    ("the last copy is lent twice", "queries", "copies=copies - 1", "copies=copies"),
    ("no savepoint", "conftest", "with connection.begin_nested():", "if connection:"),
    ("tests commit", "conftest", "transaction.rollback()", "transaction.commit()"),
    ("no cascade in the database", "tables", 'ondelete="CASCADE"', 'ondelete="RESTRICT"'),
    ("two biographies", "tables", '"CASCADE"), unique=True', '"CASCADE")'),
    ("a title twice", "tables", 'UniqueConstraint("author_id", "title"),', ""),
    ("negative prices", "tables", "price >= 0", "price >= -9"),
    ("negative copies", "tables", "copies >= 0", "copies >= -9"),
]


MUTATIONS = {
    "orm": BOTH + ORM,
    "classic": CLASSIC,
    "dataclass": DATACLASS,
    "scoped": SCOPED,
    "core": BOTH + CORE,
}


@pytest.fixture(scope="module")
def sound(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """A project of each kind, as it was made."""
    folder = tmp_path_factory.mktemp("made")
    answers = {
        "orm": {"layer": "orm"},
        "classic": {"mapping": "classic"},
        "dataclass": {"mapping": "dataclass"},
        "scoped": {"layer": "orm", "session": "scoped_session"},
        "core": {"layer": "core"},
    }
    return {
        kind: make_project(template, folder / kind, {"package_name": "my_app", **own})
        for kind, own in answers.items()
    }


@pytest.mark.parametrize(
    ("kind", "mutation"),
    [
        pytest.param(kind, mutation, id=f"{kind}-{mutation[0]}")
        for kind, mutations in MUTATIONS.items()
        for mutation in mutations
    ],
)
def test_tests_go_red(
    sound: dict[str, Project], kind: str, mutation: tuple[str, str, str, str]
) -> None:
    _, module, good, bad = mutation
    project = sound[kind]
    name = "tests/conftest.py" if module == "conftest" else f"src/my_app/{module}.py"
    text = project.read(name)
    assert good in text, f"{name} has no {good!r}"
    (project.path / name).write_text(text.replace(good, bad), encoding="utf-8", newline="\n")
    try:
        project.run("uv", "run", "python", "-c", "import my_app.__main__")
        output = project.run("uv", "run", "pytest", "--maxfail=1", succeeds=False)
    finally:
        (project.path / name).write_text(text, encoding="utf-8", newline="\n")
    assert re.search(r"\b1 (failed|error)\b", output), output
