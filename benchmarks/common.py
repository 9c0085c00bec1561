"""What the benchmarks share: ways that take turns, tables, pictures, projects."""

import importlib.metadata
import os
import platform
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import copier
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Taken = TypeVar("Taken")

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
# Not in the clone: the clone is the template, and would be copied with what is made in it.
WORK = Path(os.environ.get("BENCHMARKS", "/tmp/copier-sqlalchemy-benchmarks"))

GIT = ("git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org")
# What PyPI installs, and its command: the first three write a whole project, the others a part.
PEERS: dict[str, list[str]] = {
    "create-sqlalchemy-app": ["csa", "my-app", "--framework=minimal", "--database=sqlite", "--yes"],
    "fastapi-fullstack": ["fastapi-fullstack", "create", "my_app", "--minimal"],
    "fastapi_template": [
        *("fastapi_template", "--name=my_app", "--api-type=rest", "--db=sqlite"),
        *("--orm=sqlalchemy", "--ci=github", "--migrations", "--dummy", "--routers", "--quiet"),
    ],
    "alembic": ["alembic", "init", "migrations"],
    "django": ["django-admin", "startproject", "my_app"],
}

OURS, THEIRS, GREY = "#2f81c7", "#b08a3e", "#808080"


def in_turn(ways: Mapping[str, Callable[[], Taken]], rounds: int) -> dict[str, list[Taken]]:
    """Return what each way gave in each round; they take turns, forwards and backwards."""
    taken: dict[str, list[Taken]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in list(ways)[:: 1 if number % 2 else -1]:
            taken[name].append(ways[name]())
    return taken


def median_ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """Return the median of the ratios of the rounds: what slows one round slows both sides."""
    return statistics.median(a / b for a, b in zip(these, those, strict=True))


def cpu_seconds(command: Sequence[str | Path], cwd: Path, **environment: str) -> float:
    """Return the CPU time that a command and its children take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command, cwd, **environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def seconds(command: Sequence[str | Path], cwd: Path, **environment: str) -> float:
    """Return the time on the clock that a command takes."""
    start = time.perf_counter()
    run(command, cwd, **environment)
    return time.perf_counter() - start


def run(command: Sequence[str | Path], cwd: Path, **environment: str) -> str:
    """Run a command, with what Python has compiled at hand, and return what it prints."""
    unset = {"VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if k not in unset} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        sys.exit(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


def fresh(path: Path) -> Path:
    """Return a folder that is new and empty."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def install(name: str) -> Path:
    """Install a tool into an environment of its own; return the folder of its commands."""
    path = WORK / "peers" / name
    if not path.exists():
        run(["uv", "venv", "--quiet", path], ROOT)
        run(["uv", "pip", "install", "--quiet", "--python", path, name], ROOT)
    return path / "bin"


def clone_here() -> Path:
    """Return a clone of this repository, as people have one."""
    path = WORK / "template"
    shutil.rmtree(path, ignore_errors=True)
    run(["git", "clone", "--quiet", ROOT, path], ROOT)
    return path


def copy(template: Path, answers: Mapping[str, str]) -> list[str | Path]:
    """Return the command that copies a template, but for the destination."""
    data = [f"--data={key}={value}" for key, value in answers.items()]
    program = Path(sys.executable).with_name("copier")
    return [program, "copy", "--defaults", "--quiet", "--vcs-ref=HEAD", *data, template]


def make_project(ref: str = "HEAD", /, **answers: object) -> Path:
    """Return a project with its environment, made from the last commit here or an earlier one."""
    path = WORK / "projects" / "-".join(map(str, [ref[:8], *answers.values()]))
    shutil.rmtree(path, ignore_errors=True)
    data = {"package_name": "my_app", **answers}
    copier.run_copy(str(ROOT), path, data=data, defaults=True, quiet=True, vcs_ref=ref)
    run(["uv", "sync", "--quiet"], path)
    return path


def report(name: str, title: str, *tables: tuple[Sequence[str], Sequence[Sequence[str]]]) -> None:
    """Print tables, and keep them with the versions and the kind of machine."""
    lines = [f"# {title}", ""]
    for header, rows in tables:
        lines += ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        lines += [""]
    lines += [conditions()]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(lines) + "\n")


def conditions() -> str:
    """Return when, where and with what the figures were taken."""
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("copier", "sqlalchemy")
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}."
    )


def bars(
    name: str, title: str, values: Mapping[str, float], ours: Sequence[str], unit: str
) -> None:
    """Draw a bar for each name, the smallest on top, in colors for light and dark pages."""
    names = sorted(values, key=lambda name: values[name], reverse=True)
    figure, axes = plt.subplots(figsize=(8, 0.6 + 0.36 * len(names)))
    colors = [OURS if name in ours else THEIRS for name in names]
    drawn = axes.barh(names, [values[name] for name in names], color=colors, height=0.66)
    axes.bar_label(drawn, fmt=" {:.3g}" + unit, color=GREY)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.margins(x=0.12)
    _finish(figure, axes, name, title)


def curves(
    name: str, title: str, labels: tuple[str, str], lines: Mapping[str, Mapping[int, float]]
) -> None:
    """Draw a line for each name, over a logarithmic axis."""
    figure, axes = plt.subplots(figsize=(8, 3.2))
    for color, (label, points) in zip((OURS, THEIRS, GREY), lines.items(), strict=False):
        axes.plot(list(points), list(points.values()), marker="o", color=color, label=label)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(labels[0], color=GREY)
    axes.set_ylabel(labels[1], color=GREY)
    axes.legend(frameon=False, labelcolor=GREY)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    _finish(figure, axes, name, title)


def _finish(figure: Figure, axes: Axes, name: str, title: str) -> None:
    axes.set_title(title, loc="left", color=GREY, fontsize=11)
    axes.tick_params(colors=GREY, length=0, which="both")
    RESULTS.mkdir(exist_ok=True)
    figure.savefig(
        RESULTS / f"{name}.svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
    )
    plt.close(figure)
