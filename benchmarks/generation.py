"""CPU time of writing a project: this template, the least that Copier does, and other tools.

`uv run --group benchmarks python benchmarks/generation.py [ROUNDS]`
"""

import shutil
import statistics
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import common

LARGEST = {
    "execution": "async",
    "mapping": "dataclass",
    "session": "scoped_session",
    "database": "postgresql",
}


def make_floor() -> Path:
    """Return a template of one file."""
    path = common.fresh(common.WORK / "generation" / "floor")
    (path / "template").mkdir()
    (path / "template" / "README.md").write_text("One file.\n", encoding="utf-8")
    (path / "copier.yml").write_text("_subdirectory: template\n", encoding="utf-8")
    common.run([*common.GIT, "init", "--quiet"], path)
    commit_all(path)
    return path


def make_raw() -> Path:
    """Return this template with its questions and names, and files that are copied as they are."""
    path = common.fresh(common.WORK / "generation" / "raw")
    common.run([*common.GIT, "clone", "--quiet", common.ROOT, "."], path)
    for file in (path / "template" / "project").rglob("*.jinja"):
        if "answers_file" not in file.name:
            file.rename(file.with_suffix(""))
    commit_all(path)
    return path


def commit_all(path: Path) -> None:
    """Commit everything in a repository."""
    common.run([*common.GIT, "add", "--all"], path)
    common.run([*common.GIT, "commit", "--quiet", "--message=All"], path)


def main() -> None:
    """Let every tool write projects in turn."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    template, floor, made = common.clone_here(), make_floor(), common.WORK / "generation" / "made"
    numbers = count()

    def write(command: list[str | Path], *, into: bool) -> float:
        folder = common.fresh(made / str(next(numbers)))
        return common.cpu_seconds([*command, folder / "my-app"] if into else command, folder)

    ways: dict[str, Callable[[], float]] = {
        "a template of one file": partial(write, common.copy(floor, {}), into=True),
        "the names of this one, files raw": partial(write, common.copy(make_raw(), {}), into=True),
        "this template, default": partial(write, common.copy(template, {}), into=True),
        "this template, largest": partial(write, common.copy(template, LARGEST), into=True),
    }
    for way in ways.values():
        way()
    for name, (tool, *arguments) in common.PEERS.items():
        ways[name] = partial(write, [common.install(name) / tool, *arguments], into=False)
    taken = common.in_turn(ways, rounds)
    least = taken["a template of one file"]
    common.report(
        "generation",
        "CPU seconds to write a project",
        (
            ["", "seconds", "times a template of one file"],
            [
                [name, f"{statistics.median(took):.2f}", f"{common.median_ratio(took, least):.2f}"]
                for name, took in taken.items()
            ],
        ),
    )
    common.bars(
        "generation",
        "CPU seconds to write a project",
        {name: statistics.median(values) for name, values in taken.items()},
        [name for name in ways if name.startswith("this")],
        " s",
    )
    shutil.rmtree(made)


if __name__ == "__main__":
    main()
