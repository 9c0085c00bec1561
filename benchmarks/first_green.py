"""From nothing to the first green test run, beside other tools that write a whole project.

`uv run --group benchmarks python benchmarks/first_green.py [ROUNDS]`; uv's cache is warm. The tests
of a project on a server start their own. Two of the other tools need a Python later than 3.11:
`UV_PYTHON` names one.
"""

import os
import re
import subprocess
import sys
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

import common

PROJECTS = {
    "default": {},
    "core": {"layer": "core"},
    "async": {"execution": "async"},
    "fastapi": {"execution": "async", "web": "fastapi"},
    "postgresql": {"database": "postgresql"},
    "mysql": {"database": "mysql"},
}
INSTALL, TEST = ["uv", "sync", "--quiet"], ["uv", "run", "pytest", "--quiet"]
# The folder of the tests, and the commands that install and test, as the README of each says.
PEERS = {
    # Its own command installs.
    "create-sqlalchemy-app": ("my-app", ["true"], [".venv/bin/python", "-m", "pytest", "--quiet"]),
    "fastapi-fullstack": ("my_app/backend", [*INSTALL, "--all-groups"], TEST),
    "fastapi_template": ("my_app", INSTALL, TEST),
}
# What the tests of the default project import, too.
EMPTY = """import alembic.command
import pydantic_settings
import sqlalchemy.orm


def test_nothing() -> None: ...
"""
numbers = count()


class Start(NamedTuple):
    """A project, and the seconds that it took to write, install and test it."""

    path: Path
    seconds: tuple[float, ...]


def start(write: list[str | Path], path: str, install: list[str], test: list[str]) -> Start:
    """Write a project in a new folder, install and test."""
    folder = common.fresh(common.WORK / "first_green" / str(next(numbers)))
    steps = (write, folder), (install, folder / path), (test, folder / path)
    return Start(folder / path, tuple(common.seconds(*step) for step in steps))


def count_errors(project: Path) -> int:
    """Return the number of errors that `mypy --strict` finds, with no settings of the project."""
    python = project / ".venv" / "bin" / "python"
    common.run(["uv", "pip", "install", "--quiet", "--python", python, "mypy"], project)
    options = ["--strict", "--config-file=", "--explicit-package-bases"]
    folders = sorted({file.relative_to(project).parts[0] for file in project.glob("[!.]*/**/*.py")})
    done = subprocess.run(
        [python, "-m", "mypy", *options, *folders],
        cwd=project,
        env=os.environ | {"MYPYPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^Found (\d+) error|^(Success)", done.stdout, re.MULTILINE)
    return int(found[1] or 0) if found else sys.exit(f"{project}\n{done.stdout}{done.stderr}")


def compare_suites(project: Path, rounds: int) -> list[list[str]]:
    """Time the tests of a project, and an empty one in the same environment."""
    empty = project.parent / "test_nothing.py"
    empty.write_text(EMPTY, encoding="utf-8")
    ways = {"the tests of the default project": TEST, "an empty test": [*TEST, str(empty)]}
    taken = common.in_turn(
        {name: partial(common.seconds, command, project) for name, command in ways.items()}, rounds
    )
    return [
        [name, f"{median(took):.2f}", f"{common.median_ratio(took, taken['an empty test']):.2f}"]
        for name, took in taken.items()
    ]


def main() -> None:
    """Let the projects take turns."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    template = common.clone_here()
    ways = {
        name: partial(start, [*common.copy(template, answers), "my-app"], "my-app", INSTALL, TEST)
        for name, answers in PROJECTS.items()
    }
    for name, peer in PEERS.items():
        program, *arguments = common.PEERS[name]
        ways[name] = partial(start, [common.install(name) / program, *arguments], *peer)
    first = {name: way() for name, way in ways.items()}
    rows = []
    for name, starts in common.in_turn(ways, rounds).items():
        steps = [median(step) for step in zip(*(each.seconds for each in starts), strict=True)]
        shown = [f"{step:.1f}" for step in [*steps, sum(steps)]]
        rows.append([name, *shown, str(count_errors(starts[-1].path))])
    common.report(
        "first_green",
        "Seconds to the first green test run",
        (["", "write", "install", "test", "together", "errors in mypy --strict"], rows),
        (
            ["", "seconds", "times the empty test"],
            compare_suites(first["default"].path, 2 * rounds + 1),
        ),
    )
    common.fresh(common.WORK / "first_green")


if __name__ == "__main__":
    main()
