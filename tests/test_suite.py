"""`make suite`: SQLAlchemy's own tests on the engines of projects, and what they should show."""

import re

import pytest

from answers import ways_to_execute
from suite.made_engines import merge
from suite.runs import ENGINES
from suite.wanted import Wanted, matches, read_wanted

ENGINE = {engine.name: engine for engine in ENGINES}
LOCK = Wanted("lock", "a reason", ["pysqlite"], ["test/engine/*::test_two"], error="is locked")
TEST = "test/engine/test_pool.py::PoolTest_sqlite+pysqlite_3_40_1::test_two"


def test_the_suites_run_on_the_engine_of_every_kind_of_project() -> None:
    keys = ("execution", "database", "driver")
    wanted = [tuple(answers.get(key) for key in keys) for answers in ways_to_execute()]
    assert {tuple(engine.answers.get(key) for key in keys) for engine in ENGINES} == {*wanted}


@pytest.mark.parametrize("entry", read_wanted(), ids=lambda entry: entry.tests[0])
def test_wanted_differences_have_a_reason_and_name_engines(entry: Wanted) -> None:
    assert len(entry.reason.split()) > 5
    assert {*entry.engines} <= {name for e in ENGINES for name in (e.name, e.database)}
    assert all(pattern.startswith("test/") for pattern in entry.tests)
    re.compile(entry.error)


def test_a_pattern_leaves_out_the_database_of_a_test() -> None:
    assert matches("test/engine/test_pool.py::PoolTest::test_*", TEST)
    assert not matches("test/engine/test_pool.py::PoolTest::test_*[a]", TEST)
    assert matches(
        "test/sql/test_a.py::ATest::test_b[*-c]", "test/sql/test_a.py::ATest::test_b[a-c]"
    )


@pytest.mark.parametrize(
    ("engine", "test", "error", "explained"),
    [
        ("pysqlite", TEST, "database is locked", True),
        ("aiosqlite", TEST, "database is locked", False),
        ("pysqlite", TEST.replace("two", "one"), "database is locked", False),
        ("pysqlite", TEST, "no such table", False),
    ],
)
def test_a_difference_is_wanted_by_its_engine_test_and_error(
    engine: str, test: str, error: str, *, explained: bool
) -> None:
    assert LOCK.explains(ENGINE[engine], test, error) is explained


def test_what_a_test_chooses_for_its_engine_wins() -> None:
    given = {"pool_size": 1, "max_overflow": 0, "echo": False, "connect_args": {"a": 1, "b": 1}}
    chosen = {"poolclass": "StaticPool", "connect_args": {"b": 2}}
    expected = {"poolclass": "StaticPool", "echo": False, "connect_args": {"a": 1, "b": 2}}
    assert merge(given, chosen) == expected
