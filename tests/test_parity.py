"""What is written more than once, by layer or by mapping, says the same."""

import ast
import re
from pathlib import Path

import pytest

from generated import Answers, Project, make_project

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


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """A project of each kind."""
    folder = tmp_path_factory.mktemp("made")
    return {
        kind: make_project(template, folder / kind, {"package_name": "my_app", **answers})
        for kind, answers in KINDS.items()
    }


def functions(project: Project) -> dict[str, tuple[list[str], str]]:
    """Return the arguments after the first, and the docstring, of each function in queries.py."""
    tree = ast.parse(project.read("src/my_app/queries.py"))
    return {
        node.name: ([a.arg for a in node.args.args[1:]], ast.get_docstring(node) or "")
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


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
    assert len(rules) == 15
    assert all(re.match(r"CONSTRAINT (pk|fk|uq|ck)_\w+ ", rule) for rule in rules), rules


def test_every_kind_has_the_same_queries(made: dict[str, Project]) -> None:
    orm, classic, core = (functions(made[kind]) for kind in ("declarative", "classic", "core"))
    assert classic.pop("books_with_authors")
    assert classic == orm
    assert functions(made["dataclass"]) == orm
    assert {name: arguments for name, (arguments, _) in core.items()} == {
        name: arguments for name, (arguments, _) in orm.items()
    }
