"""Several workers on one database: the generated engine loses nothing, and all get a turn."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from answers import Answers, ways_to_execute
from generated import Project, make_project
from servers import new_database
from workload import PROGRAMS

LEND = str(PROGRAMS / "lend.py")


def ways() -> list[tuple[Answers, str]]:
    """Return every way to run statements on every database, with the kind of workers."""
    found: list[tuple[Answers, str]] = []
    for chosen in ways_to_execute():
        kinds = ["processes"]
        if chosen["database"] == "sqlite":
            kinds += ["threads"] + ["threads in memory"] * (chosen["execution"] == "sync")
        found += [(chosen, workers) for workers in kinds if (chosen, workers) not in found]
    return found


def parameter(answers: Answers, workers: str) -> object:
    """Return a parameter of tests; async code and servers are for the full run."""
    marks = [pytest.mark.full] if {"async", "mysql", "postgresql"} & {*answers.values()} else []
    return pytest.param(answers, workers, id=f"{'-'.join(answers.values())}-{workers}", marks=marks)


@pytest.mark.parametrize(("answers", "workers"), [parameter(*way) for way in ways()])
def test_nothing_is_lost(
    template: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    answers: Answers,
    workers: str,
) -> None:
    project = make_project(template, tmp_path / "made", {**answers, "package_name": "my_app"})

    def lend(kind: str) -> dict[str, int]:
        with new_database(answers, tmp_path) as url:
            database = "sqlite://" if "memory" in workers else url
            command = ("uv", "run", "--quiet", "python", LEND, database)
            # asyncmy logs what the server ignored when the tables were made.
            output: dict[str, int] = json.loads(
                project.run(*command, kind, workers).splitlines()[-1]
            )
            return output

    tuned = lend("tuned")
    show = "{lost:3} lost, {errors:3} errors".format
    # Each thread of a plain engine has a database in memory of its own, so nothing to compare.
    compared = answers["execution"] == "sync" and "memory" not in workers
    plain = f"; plain engine: {show(**lend('plain'))}" if compared else ""
    title = f"800 copies lent by 8 {workers}, {' '.join(answers.values())}"
    record_property("figure", f"{title:65} {show(**tuned)}{plain}")
    assert tuned == {"lost": 0, "errors": 0}


@pytest.mark.parametrize("execution", ["sync", "async"])
def test_writers_take_turns(template: Path, tmp_path: Path, execution: str) -> None:
    answers = {"layer": "core", "execution": execution, "package_name": "my_app"}
    project = make_project(template, tmp_path / "made", answers)
    program = ("uv", "run", "--quiet", "python", str(PROGRAMS / "race.py"))
    # They need some seconds. Where SQLite waits by itself, some get one turn or none in ten.
    outcome = json.loads(project.run(*program, str(tmp_path / "race.db"), "10"))
    assert (min(outcome["written"]) >= 5, outcome["errors"]) == (True, 0), outcome


def test_processes_start_at_once(template: Path, tmp_path: Path) -> None:
    answers = {"layer": "core", "database": "sqlite", "package_name": "my_app"}
    project: Project = make_project(template, tmp_path / "made", answers)
    program = str(PROGRAMS / "start.py")
    output = project.run("uv", "run", "--quiet", "python", program, str(tmp_path))
    assert output == "0 errors, 0 files without WAL"
