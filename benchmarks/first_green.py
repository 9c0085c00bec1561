"""From nothing to the first green test run, beside other tools that write a whole project.

`uv run --group benchmarks python benchmarks/first_green.py [ROUNDS]`; uv's cache is warm. The tests
of a project on a server start their own. Two of the other tools need a Python later than 3.11:
`UV_PYTHON` names one.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

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
PEERS: dict[str, tuple[str, list[str], list[str]]] = {
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


def new_folder() -> Path:
    """Return a folder for one project."""
    return common.fresh(common.WORK / "first_green" / str(next(numbers)))


def take(steps: Sequence[tuple[Sequence[str | Path], Path]]) -> tuple[float, ...]:
    """Return the seconds of each command in its folder."""
    return tuple(common.seconds(command, folder) for command, folder in steps)


def start(template: Path, answers: dict[str, str]) -> tuple[float, ...]:
    """Copy the template, install and test."""
    folder = new_folder()
    path = folder / "my-app"
    copy = [*common.copy(template, answers), path]
    return take([(copy, folder), (INSTALL, path), (TEST, path)])


def start_peer(name: str) -> tuple[float, ...]:
    """Have another tool write a project, install and test."""
    program, *arguments = common.PEERS[name]
    path, install, test = PEERS[name]
    folder = new_folder()
    write: list[str | Path] = [common.install(name) / program, *arguments]
    return take([(write, folder), (install, folder / path), (test, folder / path)])


def compare_suites(template: Path, rounds: int) -> list[Sequence[str]]:
    """Time the tests of the default project, and an empty one in the same environment."""
    folder = new_folder()
    project, empty = folder / "my-app", folder / "empty"
    empty.mkdir()
    (empty / "test_nothing.py").write_text(EMPTY, encoding="utf-8")
    take([([*common.copy(template, {}), project], folder), (INSTALL, project)])
    ways: dict[str, list[str | Path]] = {
        "the tests of the default project": [*TEST],
        "an empty test that imports the same libraries": [*TEST, empty / "test_nothing.py"],
    }
    taken = common.in_turn(
        {name: partial(common.seconds, command, project) for name, command in ways.items()}, rounds
    )
    least = list(taken.values())[-1]
    return [
        [name, f"{median(took):.2f}", f"{common.median_ratio(took, least):.2f}"]
        for name, took in taken.items()
    ]


def main() -> None:
    """Let the projects take turns."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    template = common.clone_here()
    ways: dict[str, Callable[[], tuple[float, ...]]] = {
        name: partial(start, template, answers) for name, answers in PROJECTS.items()
    }
    ways |= {name: partial(start_peer, name) for name in PEERS}
    for way in ways.values():
        way()
    rows = []
    for name, values in common.in_turn(ways, rounds).items():
        steps = [median(step) for step in zip(*values, strict=True)]
        rows.append([name, *(f"{step:.1f}" for step in steps), f"{sum(steps):.1f}"])
    common.report(
        "first_green",
        "Seconds to the first green test run",
        (["", "write", "install", "test", "together"], rows),
        (["", "seconds", "times the empty one"], compare_suites(template, 2 * rounds + 1)),
    )
    common.fresh(common.WORK / "first_green")


if __name__ == "__main__":
    main()
