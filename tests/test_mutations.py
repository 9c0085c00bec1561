"""The tests of a project can fail: each of these changes for the worse turns them red."""

import re
from pathlib import Path

import pytest
from generated import Project, make_project

# What is broken, in which file, the text there and the text instead.
BOTH = [
    ("foreign keys off", "engine", "foreign_keys = ON", "foreign_keys = OFF"),
    ("writers begin without the lock", "engine", "BEGIN IMMEDIATE", "BEGIN DEFERRED"),
    ("readers take the lock", "engine", "BEGIN DEFERRED", "BEGIN IMMEDIATE"),
    ("readers may write", "engine", "query_only = {readonly}", "query_only = OFF"),
    ("readers wait for writers", "engine", "journal_mode = WAL", "journal_mode = DELETE"),
    ("memory is shared by threads at once", "engine", '"pool_size": 1, "max_overflow": 0', ""),
    ("the isolation level is ignored", "engine", "settings.database_isolation_level", "None"),
    ("passwords are shown", "config", "PlainSerializer(repr)", "PlainSerializer(tuple)"),
    ("wrong values are shown", "config", "hide_input_in_errors=True", ""),
    ("any database will do", "config", "url.drivername not in", "not url.drivername or not"),
    ("moments are naive", "column_types", "value.replace(tzinfo=UTC)", "value"),
    ("moments are local", "column_types", "value.astimezone(UTC)", "value.replace(tzinfo=UTC)"),
    ("naive moments are guessed", "column_types", "value.tzinfo is None", "value.year < 0"),
    ("a row is inserted for each book", "queries", "if rows:", "for rows in rows:"),
    ("a page begins with the last book again", "queries", "id > after_id", "id >= after_id"),
    ("prices are not compared", "queries", "func.min(", "func.max("),
    ("the tour writes twice", "__main__", ") is None:", ") or True:"),
]
ORM = [
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
    ("no cascade in the database", "models", 'ondelete="CASCADE"', 'ondelete="RESTRICT"'),
    ("two biographies", "models", '"CASCADE"), unique=True', '"CASCADE")'),
    ("a title twice", "models", 'UniqueConstraint("author_id", "title"),', ""),
    ("negative prices", "models", "price >= 0", "price >= -9"),
    ("negative copies", "models", "copies >= 0", "copies >= -9"),
    ("objects expire", "session", "expire_on_commit=False", "expire_on_commit=True"),
    ("isolation level of the factory", "session", "is not None", "is None"),
]
CORE = [
    ("the last copy is lent twice", "queries", "copies=copies - 1", "copies=copies"),
    ("no savepoint", "conftest", "with connection.begin_nested():", "if connection:"),
    ("tests commit", "conftest", "transaction.rollback()", "transaction.commit()"),
    ("no cascade in the database", "tables", 'ondelete="CASCADE"', 'ondelete="RESTRICT"'),
    ("two biographies", "tables", '"CASCADE"), unique=True', '"CASCADE")'),
    ("a title twice", "tables", 'UniqueConstraint("author_id", "title"),', ""),
    ("negative prices", "tables", "price >= 0", "price >= -9"),
    ("negative copies", "tables", "copies >= 0", "copies >= -9"),
]


@pytest.fixture(scope="module")
def sound(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """A project of each layer, as it was made."""
    folder = tmp_path_factory.mktemp("made")
    answers = {"package_name": "my_app"}
    return {
        layer: make_project(template, folder / layer, {"layer": layer, **answers})
        for layer in ("orm", "core")
    }


@pytest.mark.parametrize(
    ("layer", "mutation"),
    [
        pytest.param(layer, mutation, id=f"{layer}-{mutation[0]}")
        for layer, own in (("orm", ORM), ("core", CORE))
        for mutation in (*BOTH, *own)
    ],
)
def test_tests_go_red(
    sound: dict[str, Project], layer: str, mutation: tuple[str, str, str, str]
) -> None:
    _, module, good, bad = mutation
    project = sound[layer]
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
