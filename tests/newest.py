"""Test projects with later versions of their dependencies than they allow: `make newest`.

Each dependency loses its upper bound by itself, so that the table at the end says which one breaks
what. The end is 1 where one does. Servers are those of `TEST_POSTGRESQL_URL` and `TEST_MYSQL_URL`.
"""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from answers import ROOT, every_answer
from audit import requirements
from generated import Project, make_project, needs_no_server

CHECKS = [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("pytest", "--quiet")]


def trials(folder: Path) -> Iterator[tuple[Requirement, Project]]:
    """Give each dependency that has an upper bound, with a new project that has it."""
    tried: set[str] = set()
    for number, answers in enumerate(every_answer()):
        model = make_project(ROOT, folder / str(number), answers)
        settings = tomllib.loads(model.read("pyproject.toml"))
        builds = {*settings["build-system"]["requires"]}  # they are not in the lock
        for text in sorted(requirements(model.path / "pyproject.toml") - builds):
            requirement = Requirement(text)
            if requirement.name not in tried and "<" in str(requirement.specifier):
                tried.add(requirement.name)
                yield requirement, make_project(ROOT, folder / requirement.name, answers)


def version(project: Project, name: str) -> str:
    """Return the version of a dependency that a project takes."""
    subprocess.run(["uv", "lock", "--quiet", "--upgrade"], cwd=project.path, check=True)
    lock = tomllib.loads(project.read("uv.lock"))
    return next(str(each["version"]) for each in lock["package"] if each["name"] == name)


def without_bound(requirement: Requirement) -> str:
    """Return a requirement without its upper bound."""
    kept = (str(each) for each in requirement.specifier if "<" not in each.operator)
    later = Requirement(str(requirement))
    later.specifier = SpecifierSet(",".join(kept))
    return str(later)


def failures(project: Project) -> str:
    """Return what is red in a project, after the output of each; the empty string if nothing is."""
    environment = dict(os.environ)
    if not needs_no_server(project.answers):
        name = f"TEST_{project.answers['database'].upper()}_URL"
        environment["TEST_DATABASE_URL"] = os.environ.get(name, "")
    red = []
    for command in CHECKS:
        run = ["uv", "run", "--quiet", *command]
        if subprocess.run(run, cwd=project.path, env=environment, check=False).returncode:
            red.append(command[0])
    return ", ".join(dict.fromkeys(red))


def main() -> int:
    """Try every dependency, print a table, and return the exit code."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for requirement, project in trials(Path(folder)):
            allowed = version(project, requirement.name)
            pyproject = project.path / "pyproject.toml"
            later = json.dumps(without_bound(requirement))
            override = f"\n[tool.uv]\noverride-dependencies = [{later}]\n"
            pyproject.write_text(pyproject.read_text("utf-8") + override, "utf-8")
            newest = version(project, requirement.name)
            red = failures(project) if newest != allowed else ""
            rows.append((requirement.name, str(requirement.specifier), allowed, newest, red))
    heading = "| dependency | bounds | newest within them | newest | red |\n|---|---|---|---|---|\n"
    table = "".join(f"| {' | '.join(row)} |\n" for row in sorted(rows))
    sys.stdout.write(heading + table)
    return int(any(red for *_, red in rows))


if __name__ == "__main__":
    sys.exit(main())
