"""Projects on a Galera cluster, and on a primary with a replica."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from answers import Answers
from generated import Project
from own_servers import Galera, PostgreSQL, Replica, running
from servers import connected
from workload import PROGRAMS, at_work, compare

pytestmark = [
    pytest.mark.full,
    pytest.mark.reliability,
    pytest.mark.skipif(os.name == "nt", reason="starts servers as POSIX does"),
]

SIZE = (
    "SELECT variable_value FROM information_schema.global_status"
    " WHERE variable_name = 'wsrep_cluster_size'"
)

Record = Callable[[str, object], None]


def ways(database: str) -> pytest.MarkDecorator:
    """Call a test with a project of either layer, sync and async."""
    parameters = []
    for way in ({"layer": "core", "execution": "sync"}, {"layer": "orm", "execution": "async"}):
        answers: Answers = way | {"database": database, "package_name": "my_app"}
        marks = pytest.mark.xdist_group(f"{database}-cluster")
        parameters.append(pytest.param(answers, id="-".join(way.values()), marks=marks))
    return pytest.mark.parametrize("project", parameters, indirect=True)


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Galera]]:
    """A cluster of three."""
    with ExitStack() as stack:
        first = stack.enter_context(running(Galera))
        others = [stack.enter_context(running(partial(Galera, first=first))) for _ in range(2)]
        assert first.execute(SIZE) == ["3"]
        yield [first, *others]


@ways("mysql")
def test_the_suite_passes_on_a_cluster(project: Project, nodes: list[Galera]) -> None:
    output = project.run("uv", "run", "pytest", succeeds=True, TEST_DATABASE_URL=nodes[1].url)
    assert " passed" in output.splitlines()[-1], output


@ways("mysql")
def test_writers_on_three_nodes_lose_nothing(
    project: Project, nodes: list[Galera], tmp_path: Path, record_property: Record
) -> None:
    name = f"ledger_{project.answers['layer']}"
    nodes[0].execute(f"CREATE DATABASE {name}")
    urls = [make_url(node.url).set(database=name).render_as_string() for node in nodes]
    with ExitStack() as stack:
        work = []
        for number, url in enumerate(urls):
            folder = tmp_path / str(number)
            folder.mkdir()
            work.append(stack.enter_context(at_work(project, url, folder, workers=2)))
        for one in work:
            one.begin()
        work[0].wait(lambda: sum(one.count("done") for one in work) >= 500)
        for one in work:
            one.end()
        output = "".join(one.output.read_text() for one in work)
    # Reads wait from here on for what other nodes have committed.
    nodes[0].execute("SET GLOBAL wsrep_sync_wait = 1")
    account = compare(output, urls[0])
    nodes[0].execute("SET GLOBAL wsrep_sync_wait = 0")
    figures = (account.operations, 0, account.retries, account.failed, account.unknown)
    row = ("three nodes write", project.name, *figures, account.lost, account.doubled)
    record_property("reliability", row)
    assert (account.lost, account.doubled, account.overwritten) == (0, 0, 0)
    assert not account.failed, account.errors
    assert account.retries, "some transactions failed certification"


def test_a_read_on_another_node_may_be_stale_or_wait(
    nodes: list[Galera], record_property: Record
) -> None:
    nodes[0].execute("CREATE DATABASE stale")
    nodes[0].execute("CREATE TABLE stale.one (n INTEGER PRIMARY KEY)")
    stale = {0: 0, 1: 0}
    with connected(nodes[0].url) as writer, connected(nodes[2].url) as reader:
        for wait in stale:
            reader.exec_driver_sql(f"SET SESSION wsrep_sync_wait = {wait}")
            for number in range(200):
                key = number + 1000 * wait
                writer.exec_driver_sql(f"INSERT INTO stale.one VALUES ({key})")
                found = reader.exec_driver_sql(f"SELECT n FROM stale.one WHERE n = {key}").all()
                stale[wait] += not found
    record_property(
        "figure", f"200 reads on another node: {stale[0]} stale, with wsrep_sync_wait {stale[1]}"
    )
    assert stale[1] == 0


@ways("postgresql")
def test_a_replica_needs_no_more_than_its_url(project: Project, record_property: Record) -> None:
    with running(PostgreSQL) as primary, running(partial(Replica, primary=primary)) as replica:
        output = project.run("uv", "run", "pytest", TEST_DATABASE_URL=primary.url)
        assert " passed" in output.splitlines()[-1], output
        program = ("uv", "run", "--quiet", "python", str(PROGRAMS / "replica.py"), replica.url)
        found = json.loads(project.run(*program, DATABASE_URL=primary.url).splitlines()[-1])
    figure = "100 reads on the replica at once, {}: {stale} stale, at most for {ms} ms"
    record_property("figure", figure.format(project.name, **found))
    assert found["follows"]
    assert "read-only" in found["error"]
