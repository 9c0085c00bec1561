"""Projects behind PgBouncer, where a connection to the server is lent for a transaction."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from answers import Answers, name_of
from failures import failures_of
from generated import Project
from own_servers import PgBouncer, PostgreSQL, running
from workload import PROGRAMS, at_work, compare

pytestmark = pytest.mark.full

POOLED = "transaction"
LEND = ("uv", "run", "--quiet", "python", str(PROGRAMS / "lend.py"))
KINDS: list[Answers] = [
    answers | {"database": "postgresql", "migrations": True, "package_name": "my_app"}
    for answers in (
        {"layer": "core", "execution": "sync"},
        {"layer": "orm", "execution": "async", "driver": "psycopg"},
        {"layer": "core", "execution": "async", "driver": "asyncpg"},
    )
]
of_each_kind = pytest.mark.parametrize(
    "project",
    [
        pytest.param(kind, id=name_of(kind), marks=pytest.mark.xdist_group("pooler"))
        for kind in KINDS
    ],
    indirect=True,
)
Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A server behind poolers."""
    with running(PostgreSQL) as server:
        yield server


@pytest.fixture(scope="module")
def pooler(server: PostgreSQL) -> Iterator[PgBouncer]:
    """A pooler."""
    with running(partial(PgBouncer, server=server)) as pooler:
        yield pooler


def new_database(pooler: PgBouncer) -> str:
    """Return the URL of an empty database behind a pooler."""
    name = f"made_{uuid4().hex}"
    pooler.execute(f"CREATE DATABASE {name}")
    return make_url(pooler.url).set(database=name).render_as_string()


@of_each_kind
def test_the_suite_passes(project: Project, pooler: PgBouncer) -> None:
    pytest_of_project = ("uv", "run", "pytest")
    output = project.run(*pytest_of_project, TEST_DATABASE_URL=pooler.url, DATABASE_POOLER=POOLED)
    assert " passed" in output.splitlines()[-1], output


@of_each_kind
def test_what_is_promised(project: Project, server: PostgreSQL) -> None:
    limits = {"idle_transaction_timeout": 3, "query_wait_timeout": 5}
    with running(lambda folder: PgBouncer(folder, server, default_pool_size=1, **limits)) as pooler:
        assert failures_of("pooler.py", project, arguments=[pooler.url, server.url]) == {}


@of_each_kind
def test_a_restart_costs_no_error(project: Project, server: PostgreSQL, tmp_path: Path) -> None:
    with running(partial(PgBouncer, server=server)) as pooler:
        url = new_database(pooler)
        with at_work(project, url, tmp_path, workers=2, DATABASE_POOLER=POOLED) as work:
            work.begin()
            for _ in range(3):
                work.wait_until_done(50)
                pooler.kill()
                pooler.start()
            work.wait_until_done(50)
            work.end()
        account = compare(work.output.read_text(), url)
    assert (account.lost, account.doubled, account.overwritten) == (0, 0, 0)
    assert not account.failed, account.errors


@of_each_kind
def test_no_update_is_lost(project: Project, pooler: PgBouncer, record_property: Record) -> None:
    work = (*LEND, new_database(pooler), "tuned", "processes")
    output = project.run(*work, DATABASE_POOLER=POOLED)
    found = json.loads(output.splitlines()[-1])
    figure = "800 copies lent by 8 processes through PgBouncer, {}: {lost} lost, {errors} errors"
    record_property("figure", figure.format(project.name, **found))
    assert found == {"lost": 0, "errors": 0}


@of_each_kind
def test_a_pool_of_sessions_needs_the_setting_too(project: Project, server: PostgreSQL) -> None:
    with running(partial(PgBouncer, server=server, pool_mode="session")) as pooler:
        work = (*LEND, new_database(pooler), "tuned", "processes")
        output = project.run(*work, succeeds=False)
        assert "unsupported startup parameter" in output
        output = project.run(*work, DATABASE_POOLER=POOLED)
    assert json.loads(output.splitlines()[-1]) == {"lost": 0, "errors": 0}
