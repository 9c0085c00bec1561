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

# What PyPI installs, and the command that writes a part of a project.
PEERS: dict[str, list[str]] = {
    "alembic": ["alembic", "init", "migrations"],
    "django": ["django-admin", "startproject", "my_app"],
}


def clone_here() -> Path:
    """Return a clone of this repository, as people have one."""
    path = common.WORK / "generation" / "template"
    shutil.rmtree(path, ignore_errors=True)
    common.run(["git", "clone", "--quiet", common.ROOT, path], common.ROOT)
    return path


def make_floor() -> Path:
    """Return a template of one file."""
    path = common.fresh(common.WORK / "generation" / "floor")
    (path / "template").mkdir()
    (path / "template" / "README.md").write_text("One file.\n", encoding="utf-8")
    (path / "copier.yml").write_text("_subdirectory: template\n", encoding="utf-8")
    git = ["git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org"]
    for command in (["init", "-q"], ["add", "--all"], ["commit", "-q", "--message=One file"]):
        common.run([*git, *command], path)
    return path


def copy(template: Path, answers: dict[str, str]) -> list[str | Path]:
    """Return the command that copies a template, but for the destination."""
    data = [f"--data={key}={value}" for key, value in answers.items()]
    copier = Path(sys.executable).with_name("copier")
    return [copier, "copy", "--defaults", "--quiet", "--vcs-ref=HEAD", *data, template]


def install(name: str) -> Path:
    """Install a tool into an environment of its own; return the folder of its commands."""
    path = common.WORK / "peers" / name
    if not path.exists():
        common.run(["uv", "venv", "--quiet", path], common.ROOT)
        common.run(["uv", "pip", "install", "--quiet", "--python", path, name], common.ROOT)
    return path / "bin"


def main() -> None:
    """Let every tool write projects in turn."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    template, floor, made = clone_here(), make_floor(), common.WORK / "generation" / "made"
    numbers = count()

    def write(command: list[str | Path], *, into: bool) -> float:
        folder = common.fresh(made / str(next(numbers)))
        return common.cpu_seconds([*command, folder / "my-app"] if into else command, folder)

    ways: dict[str, Callable[[], float]] = {
        "a template of one file": partial(write, copy(floor, {}), into=True),
        "this template, default": partial(write, copy(template, {}), into=True),
        "this template, largest": partial(write, copy(template, LARGEST), into=True),
    }
    for way in ways.values():
        way()
    for name, (tool, *arguments) in PEERS.items():
        ways[name] = partial(write, [install(name) / tool, *arguments], into=False)
    taken = common.in_turn(ways, rounds)
    least = taken["a template of one file"]
    common.report(
        "generation",
        "CPU seconds to write a project",
        ["", "seconds", "times a template of one file"],
        [
            [name, f"{statistics.median(values):.2f}", f"{common.median_ratio(values, least):.2f}"]
            for name, values in taken.items()
        ],
    )
    common.bars(
        "generation",
        "CPU seconds to write a project",
        {name: statistics.median(values) for name, values in taken.items()},
        list(ways)[:3],
        " s",
    )
    shutil.rmtree(made)


if __name__ == "__main__":
    main()
