"""Projects do not depend on what a server does by default, nor on who makes the tables first."""

from collections.abc import Iterator
from typing import Any

import pytest

from drivers import call, new_database, on_drivers
from generated import Project
from own_servers import MariaDB, Server, running

Found = dict[str, dict[str, Any]]
ROUNDS, PROCESSES = 3, 4
# What MySQL and MariaDB once had as defaults, far from UTC.
CARELESS = (
    "--character-set-server=latin1",
    "--collation-server=latin1_swedish_ci",
    "--sql-mode=",
    "--default-time-zone=+05:00",
)
on_mysql = on_drivers("mysql", create_all=True)
on_servers = on_drivers("postgresql", "mysql", create_all=True)


@pytest.fixture(scope="module")
def careless_server() -> Iterator[MariaDB]:
    """A server with defaults that nobody should want."""
    with running(lambda folder: MariaDB(folder, *CARELESS)) as server:
        yield server


@pytest.fixture(scope="module")
def found(project: Project, careless_server: MariaDB) -> Found:
    """What the tables of a project there make of values."""
    cases = call(project, "defaults.py", DATABASE_URL=new_database(careless_server))
    return {case["case"]: case for case in cases}


@on_mysql
def test_text_is_stored_as_it_is(found: Found) -> None:
    assert found["text"].get("found") is True, found
    assert found["Lem and lem"].get("found") == 2, found


@on_mysql
def test_what_does_not_fit_is_an_error(found: Found) -> None:
    errors = [found[case].get("error", "") for case in ("300 characters", "too much money")]
    assert ["too long" in errors[0], "range" in errors[1]] == [True, True], found


@on_mysql
def test_the_time_of_the_server_is_utc(found: Found) -> None:
    assert found["seconds from UTC"]["found"] < 60


@on_drivers("mysql", executions=("sync",))
def test_the_suite_passes_on_a_careless_server(project: Project, careless_server: MariaDB) -> None:
    output = project.run("uv", "run", "pytest", TEST_DATABASE_URL=careless_server.url)
    assert " passed" in output.splitlines()[-1], output


@on_servers
def test_processes_that_make_the_tables_at_once_all_succeed(
    project: Project, own_server: Server
) -> None:
    urls = [new_database(own_server) for _ in range(ROUNDS)]
    found = call(project, "create.py", *urls)
    assert [one["error"] for one in found] == [""] * ROUNDS * PROCESSES
