"""What is written about the template and in the projects agrees with what is there."""

import ast
import re
import tomllib
from collections import defaultdict

from generated import ROOT, Project, different_projects, parametrize, questions


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


def test_readme_names_every_question_and_answer() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [key for key, _ in rows] == list(questions())
    for key, answers in rows:
        choices = questions()[key].get("choices", [])
        assert re.findall("`(.+?)`", answers) == choices


def test_changelog_has_every_release_and_no_other() -> None:
    releases = tomllib.loads((ROOT / "tests" / "releases.toml").read_text())["releases"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## (\d\S*) - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert versions[::-1][: len(releases)] == list(releases)
    assert len(versions) - len(releases) <= 1, "only a release in the making has no commit yet"
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == versions[0]
