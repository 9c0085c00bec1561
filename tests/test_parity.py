"""What is written more than once, by layer, mapping or execution, says the same."""

import ast
import re
from pathlib import Path

import pytest

from answers import Answers
from generated import Project, make_project

KINDS: dict[str, Answers] = {
    "declarative": {"mapping": "declarative"},
    "dataclass": {"mapping": "dataclass"},
    "classic": {"mapping": "classic"},
    "core": {"layer": "core"},
}
SCHEMA = """
import importlib, importlib.util
from sqlalchemy.schema import CreateIndex, CreateTable

if importlib.util.find_spec("my_app.tables"):
    metadata = importlib.import_module("my_app.tables").metadata
else:
    metadata = importlib.import_module("my_app.models").Base.metadata
for table in metadata.sorted_tables:
    print(CreateTable(table), *map(CreateIndex, table.indexes))
"""
# How the docstrings of async code differ: sessions belong to tasks, and blocks begin with async.
ASYNC_WORDS = {"task": "thread", "async with": "with", "async ": ""}
# What only async code needs: a fixture for its event loop, a way into it, and to open a file before
# aiosqlite does.
ASYNC_ONLY = {"anyio_backend", "run_async_migrations", "_open"}
TWINS = [
    {"layer": "core"},
    {"layer": "orm"},
    {"layer": "orm", "session": "scoped_session"},
    {"layer": "core", "database": "postgresql"},
    {"layer": "core", "database": "mysql"},
]

Functions = dict[str, tuple[list[str], str]]


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """A project of each kind."""
    folder = tmp_path_factory.mktemp("made")
    return {
        kind: make_project(template, folder / kind, {"package_name": "my_app", **answers})
        for kind, answers in KINDS.items()
    }


def functions(project: Project, name: str) -> Functions:
    """Return the arguments and the docstring of each function and fixture of a file."""
    return {
        node.name: ([a.arg for a in node.args.args], ast.get_docstring(node) or "")
        for node in ast.parse(project.read(name)).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def queries(project: Project) -> Functions:
    """Return the functions of queries.py, but for their first argument."""
    found = functions(project, "src/my_app/queries.py")
    return {name: (arguments[1:], text) for name, (arguments, text) in found.items()}


def in_sync(found: Functions) -> Functions:
    """Return functions of async code as sync code would name and describe them."""
    text = repr(found)
    for word, instead in ASYNC_WORDS.items():
        text = text.replace(word, instead)
    renamed: Functions = ast.literal_eval(text)
    return renamed


def test_every_kind_has_the_same_tables_with_names_for_all_constraints(
    made: dict[str, Project],
) -> None:
    schemas = {
        kind: project.run("uv", "run", "--quiet", "python", "-c", SCHEMA)
        for kind, project in made.items()
    }
    assert len(set(schemas.values())) == 1, schemas
    rules = re.findall(
        r"^\t(?!\w+ (?:INTEGER|VARCHAR|TEXT|NUMERIC|DATETIME))(.+)", schemas["core"], re.M
    )
    assert len(rules) == 14
    assert all(re.match(r"CONSTRAINT (pk|fk|uq|ck)_\w+ ", rule) for rule in rules), rules


def test_every_kind_has_the_same_queries(made: dict[str, Project]) -> None:
    orm, classic, core = (queries(made[kind]) for kind in ("declarative", "classic", "core"))
    assert classic.pop("books_with_authors")
    assert classic == orm
    assert queries(made["dataclass"]) == orm
    assert {name: arguments for name, (arguments, _) in core.items()} == {
        name: arguments for name, (arguments, _) in orm.items()
    }


@pytest.mark.parametrize("answers", TWINS, ids=lambda answers: "-".join(answers.values()))
def test_sync_and_async_code_are_twins(template: Path, tmp_path: Path, answers: Answers) -> None:
    sync, asynchronous = (
        make_project(
            template,
            tmp_path / execution,
            {"package_name": "my_app", "execution": execution, **answers},
        )
        for execution in ("sync", "async")
    )
    assert sync.files == asynchronous.files
    for name in sync.files:
        if name.endswith(".py"):
            twin = functions(asynchronous, name)
            shared = {key: twin[key] for key in twin.keys() - ASYNC_ONLY}
            assert in_sync(shared) == functions(sync, name), name
