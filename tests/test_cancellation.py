"""A query that is cancelled leaves no lock behind, and its connection is not missing."""

import json
import os
from pathlib import Path

import pytest

from answers import Answers, name_of, ways_to_execute
from generated import make_project
from servers import new_database
from workload import PROGRAMS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends Ctrl-C as POSIX does")

# Ctrl-C, a timeout, and the scope in which a web server runs a request until its client goes away.
MEANS = {"sync": ["Ctrl-C"], "async": ["wait_for", "anyio"]}


def parameters() -> list[object]:
    """Return each driver with each means; servers are for the full run."""
    return [
        pytest.param(
            # Tasks and sessions meet in a scope, threads and sessions do not.
            answers | ({"session": "scoped_session"} if answers["layer"] == "orm" else {}),
            means,
            id=f"{name_of(answers)}-{means}",
            marks=() if answers["database"] == "sqlite" else pytest.mark.full,
        )
        for answers in ways_to_execute()
        for means in MEANS[answers["execution"]]
        if answers["layer"] == ("orm" if means == "anyio" else "core")
    ]


@pytest.mark.full
@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(answers, id=name_of(answers))
        for answers in ways_to_execute()
        if (answers["layer"], answers["execution"]) == ("core", "async")
    ],
)
def test_a_transaction_may_be_cancelled_anywhere(
    template: Path, tmp_path: Path, answers: Answers
) -> None:
    project = make_project(template, tmp_path / "made", {"package_name": "my_app", **answers})
    program = ("uv", "run", "--quiet", "python", str(PROGRAMS / "sweep.py"))
    with new_database(answers, tmp_path) as url:
        output = project.run(*program, DATABASE_URL=url, DATABASE_TIMEOUT="2")
    assert json.loads(output.splitlines()[-1]) == []


@pytest.mark.full
@pytest.mark.parametrize(("answers", "means"), parameters())
def test_nothing_stays_locked(template: Path, tmp_path: Path, answers: Answers, means: str) -> None:
    project = make_project(template, tmp_path / "made", {"package_name": "my_app", **answers})
    program = ("uv", "run", "--quiet", "python", str(PROGRAMS / "cancel.py"), means)
    with new_database(answers, tmp_path) as url:
        output = project.run(
            *program, DATABASE_URL=url, DATABASE_TIMEOUT="3", DATABASE_POOL_SIZE="3"
        )
    works = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert works, output
    for work in works:
        assert work["error"] == "", output
        assert work["seconds"] < 1, output
        assert (work["cancelled"], work["missing"]) == (4, 0), output
        # In sync code SQLite ends no query before its time.
        assert work["work"] in {"read", "write"} or work["late"] < 1, output
