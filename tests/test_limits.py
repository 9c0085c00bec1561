"""What an engine does at its limits, and what thousands of transactions leave behind."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from answers import Answers, ways_to_execute
from generated import Project
from servers import new_database
from workload import PROGRAMS

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(os.name == "nt", reason="counts descriptors and memory as POSIX does"),
]

Record = Callable[[str, object], None]
# The registry of scoped sessions is one more thing that could be left behind.
SESSIONS_OF = [
    way | ({"session": "scoped_session"} if way["layer"] == "orm" else {})
    for way in ways_to_execute()
]
SESSIONS = 10_000
ROWS = 1_000_000


def parametrize(ways: list[Answers], quick: list[set[str]]) -> pytest.MarkDecorator:
    """Call a test with a project for each way; `--reliability` takes all of them."""
    parameters = []
    for way in ways:
        name = "-".join(way.values())
        marks = [pytest.mark.xdist_group(name)]
        if not any(words <= {*way.values()} for words in quick):
            marks.append(pytest.mark.reliability)
        parameters.append(pytest.param(way | {"package_name": "my_app"}, id=name, marks=marks))
    return pytest.mark.parametrize("project", parameters, indirect=True)


def run(project: Project, program: str, *arguments: str, **settings: str) -> list[str]:
    """Run a program in the environment of a project; return the lines that it prints."""
    command = ("uv", "run", "--quiet", "python", "-W", "error", str(PROGRAMS / program))
    return project.run(*command, *arguments, succeeds=True, **settings).splitlines()


@parametrize(ways_to_execute(), [{"core", "sync"}, {"orm", "asyncpg"}])
def test_limits_are_clear_errors_and_pass(project: Project, tmp_path: Path) -> None:
    settings = {
        "DATABASE_POOL_SIZE": "3",
        "DATABASE_TIMEOUT": "1",
        "DATABASE_STATEMENT_TIMEOUT": "0.5",
    }
    with new_database(project.answers, tmp_path) as url:
        lines = run(project, "limits.py", DATABASE_URL=url, **settings)
    pool, other = [json.loads(line) for line in lines if line.startswith("{")]
    assert pool["error"] == "TimeoutError"
    assert "QueuePool limit of size 3 overflow 0 reached" in pool["message"]
    assert 1 <= float(pool["seconds"]) < 5
    assert pool["well"]
    assert other["error"] in {"OperationalError", "DBAPIError"}
    assert other["well"]
    if project.answers["database"] == "sqlite":
        assert "database or disk is full" in other["message"]
    else:
        assert re.search("statement timeout|max_statement_time", other["message"])
        assert 0.5 <= float(other["seconds"]) < 5


@parametrize(SESSIONS_OF, [{"core", "sync", "postgresql"}, {"async", "scoped_session", "sqlite"}])
def test_ten_thousand_sessions_leave_nothing(
    project: Project, tmp_path: Path, record_property: Record
) -> None:
    with new_database(project.answers, tmp_path) as url:
        lines = run(project, "leaks.py", str(SESSIONS), DATABASE_URL=url)
    left = json.loads(lines[-1])
    record_property("figure", f"{SESSIONS:,} sessions, {project.name}: {left} left")
    assert left == {"connections": 0, "sessions": 0, "descriptors": 0}


@parametrize(
    [way for way in ways_to_execute() if way["database"] == "sqlite"],
    [{"core", "sync"}],
)
def test_memory_stays_flat_over_a_million_rows(
    project: Project, tmp_path: Path, record_property: Record
) -> None:
    url = f"sqlite:///{tmp_path}/library.db"
    rows, kilobytes = map(int, run(project, "pages.py", str(ROWS), DATABASE_URL=url)[-1].split())
    record_property("figure", f"{rows:,} rows by pages, {project.name}: {kilobytes} kB more memory")
    assert rows == ROWS
    assert kilobytes < 8_000
