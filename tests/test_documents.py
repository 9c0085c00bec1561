"""What is written about the template and in the projects agrees with what is there."""

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from answers import RELEASES, ROOT, choices_of, different_projects, questions
from generated import Project, make_project, parametrize


def names_in_table(readme: str, module: str) -> dict[str, set[str]]:
    """Return the names in the README's table for a module, with the files that use them."""
    names: dict[str, set[str]] = {}
    if f"| From `{module}` |" not in readme:
        return names
    table = readme.split(f"| From `{module}` |")[1].split("\n\n", maxsplit=1)[0]
    for row in table.splitlines()[2:]:
        _, in_first, purpose, in_last, _ = row.split("|")
        assert purpose.strip(), row
        for name in re.findall("`(.+?)`", in_first):
            names[name] = set(re.findall("`(.+?)`", in_last))
    return names


def imported_names(project: Project, module: str) -> dict[str, set[str]]:
    """Return the names that the package imports from a module, with the files that do."""
    names = defaultdict(set)
    for path in (project.path / "src" / project.package).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
                for alias in node.names:
                    names[alias.name].add(path.name)
    return names


@parametrize(different_projects())
def test_tables_of_names_in_the_readme(project: Project) -> None:
    readme = project.read("README.md")
    for module in "sqlalchemy", "sqlalchemy.orm", "sqlalchemy.ext.asyncio":
        assert names_in_table(readme, module) == imported_names(project, module)


def read_diagram(readme: str) -> list[str]:
    """Return a line for each column and each relationship of the diagram, without its label."""
    (diagram,) = re.findall(r"^```mermaid\nerDiagram\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    lines, table = list[str](), ""
    for line in filter(None, map(str.strip, diagram.splitlines())):
        if opened := re.fullmatch(r"(\w+) \{", line):
            table = opened[1]
        elif line == "}":
            table = ""
        elif table:
            lines.append(f"{table} {line}")
        else:
            lines.append(line.partition(" : ")[0])
    return lines


@pytest.mark.parametrize(("layer", "module"), [("orm", "models"), ("core", "tables")])
def test_diagram_of_the_schema(template: Path, tmp_path: Path, layer: str, module: str) -> None:
    project = make_project(template, tmp_path / "made", {"layer": layer, "package_name": "my_app"})
    program = str(ROOT / "tests" / "programs" / "diagram.py")
    output = project.run("uv", "run", "--quiet", "python", program, f"my_app.{module}")
    assert sorted(read_diagram(project.read("README.md"))) == sorted(output.splitlines())


def test_readme_names_every_question_and_answer() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [key for key, _ in rows] == list(questions())
    for key, answers in rows:
        choices = [str(choice).lower() for choice in choices_of(questions()[key])]
        assert re.findall("`(.+?)`", answers.lower()) == choices


def test_changelog_has_every_release_and_no_other() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\d\S*) - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert versions[::-1][: len(RELEASES)] == list(RELEASES)
    assert len(versions) - len(RELEASES) <= 1, "only a release in the making has no commit yet"
    assert (
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        == versions[0]
    )
