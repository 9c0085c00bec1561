"""Through `read_only` nothing is written, on any driver and whatever a connection went through."""

from collections.abc import Callable
from typing import Any

import pytest

from drivers import call, new_database, on_drivers
from generated import Project
from own_servers import Server

Tries = list[dict[str, Any]]
# Ways that take a transaction which is none by itself, or which SQLite has not.
IN_TRANSACTION = {"savepoint", "two phases", "one phase of two"}
NOT_ON_SQLITE = {"truncate", "two phases", "one phase of two"}

every_driver = on_drivers("sqlite", "postgresql", "mysql")


@pytest.fixture(scope="module")
def tries(
    project: Project,
    own_servers: Callable[[str], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Tries:
    """What became of every way to write, with connections of every kind."""
    database: str = project.answers["database"]
    if database == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('read_only')}/started.db"
    else:
        url = new_database(own_servers(database))
    return call(project, "refuse.py", DATABASE_URL=url)


def select(tries: Tries, condition: Callable[[dict[str, Any]], bool]) -> list[str]:
    """Return which tries meet a condition."""
    return [f"{one['way']}, {one['kind']}" for one in tries if condition(one)]


@every_driver
def test_nothing_is_written(tries: Tries) -> None:
    assert select(tries, lambda one: one["wrote"] or not one["refused"]) == []


@every_driver
def test_a_connection_that_a_reader_had_writes_again(tries: Tries) -> None:
    assert select(tries, lambda one: one["raw"] or one["reads"] != 2) == []


@every_driver
def test_a_detached_connection_is_closed_without_an_error(tries: Tries) -> None:
    assert [one["logged"] for one in tries if one["way"] == "detached"] == [[], []]


@every_driver
def test_every_way_writes_on_an_engine_that_is_not_read_only(
    project: Project, tries: Tries
) -> None:
    def ought_to_write(one: dict[str, Any]) -> bool:
        if project.answers["database"] == "sqlite" and one["way"] in NOT_ON_SQLITE:
            return False
        return one["kind"] == "transaction" or one["way"] not in IN_TRANSACTION

    assert select(tries, ought_to_write)
    assert select(tries, lambda one: ought_to_write(one) and not one["writes"]) == []
