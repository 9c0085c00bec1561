"""What is written more than once, by layer, mapping or framework, says the same."""

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
FRAMEWORKS: list[Answers] = [
    {"web": "fastapi", "execution": "async"},
    {"web": "litestar", "execution": "async"},
    {"web": "flask", "execution": "sync"},
]
# What one framework needs and another does not: its way to end, a client, and who answers a bug.
FRAMEWORK_ONLY = {"closing", "client_of", "test_a_bug_is_not_answered", "test_a_bug_shows_nothing"}

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


def names(project: Project, name: str) -> set[str]:
    """Return the functions of a file, inner ones too."""
    nodes = ast.walk(ast.parse(project.read(name)))
    found = {
        node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return found - FRAMEWORK_ONLY


def answers_to_errors(project: Project) -> dict[str, str]:
    """Return the status and the sentence for each kind of error in web.py."""
    text = project.read("src/my_app/web.py")
    return dict(re.findall(r"^    ([\w.]+): (\(\d{3}, .+\)),$", text, re.MULTILINE))


@pytest.mark.parametrize("start", ["library", "empty"])
def test_web_frameworks_are_siblings(template: Path, tmp_path: Path, start: str) -> None:
    fastapi, litestar, flask = (
        make_project(
            template,
            tmp_path / framework["web"],
            {"package_name": "my_app", "start": start, **framework},
        )
        for framework in FRAMEWORKS
    )
    for name in "src/my_app/web.py", "tests/test_web.py":
        assert names(fastapi, name) == names(litestar, name) == names(flask, name)
    shared = answers_to_errors(fastapi)
    assert shared
    assert answers_to_errors(flask) == shared
    assert answers_to_errors(litestar).items() >= shared.items()
