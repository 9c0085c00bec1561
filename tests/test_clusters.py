"""Projects beyond one machine: servers that stand in for each other, and what clients notice."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from answers import Answers
from generated import Project
from own_clusters import (
    TTL,
    Etcd,
    Litestream,
    MariaPrimary,
    MariaStandby,
    Member,
    Proxy,
    Standby,
    distribute,
)
from own_servers import Galera, PostgreSQL, Replica, Server, running
from servers import connected
from workload import PROGRAMS, Account, at_work, compare

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(os.name == "nt", reason="starts servers as POSIX does"),
]
# What takes long is for `make clusters` alone; the rest runs with every combination, too.
slow = pytest.mark.reliability

SIZE = (
    "SELECT variable_value FROM information_schema.global_status"
    " WHERE variable_name = 'wsrep_cluster_size'"
)
OPERATIONS = 500  # before and after something happens
# Seconds that pass before somebody has noticed, and promotes another server.
NOTICED = 3
ABSENCE = 10  # seconds in which a node is away
DEADLINE = 30
PYTHON = ("uv", "run", "--quiet", "python")
INTERVAL = 1.0  # seconds after which Litestream copies what has changed

Record = Callable[[str, object], None]
Pair = tuple[PostgreSQL, Standby]
MariaPair = tuple[MariaPrimary, MariaStandby]
# The projects, as the table names them.
WAYS: dict[str, dict[str, Answers]] = {
    "postgresql": {
        "core-sync-psycopg": {"layer": "core", "execution": "sync"},
        "orm-async-psycopg": {"layer": "orm", "execution": "async", "driver": "psycopg"},
        "core-async-asyncpg": {"layer": "core", "execution": "async", "driver": "asyncpg"},
    },
    "mysql": {
        "core-sync-pymysql": {"layer": "core", "execution": "sync"},
        "orm-async-asyncmy": {"layer": "orm", "execution": "async"},
    },
    "sqlite": {
        "core-sync-pysqlite": {"layer": "core", "execution": "sync"},
        "orm-async-aiosqlite": {"layer": "orm", "execution": "async"},
    },
}


def ways(database: str, *names: str) -> pytest.MarkDecorator:
    """Call a test with projects of either layer, sync and async, on each driver; or with some."""
    parameters = []
    for name in names or WAYS[database]:
        answers = WAYS[database][name] | {"database": database, "package_name": "my_app"}
        marks = pytest.mark.xdist_group(f"{database}-cluster")
        parameters.append(pytest.param(answers, id=name, marks=marks))
    return pytest.mark.parametrize("project", parameters, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the project in the table."""
    names = [name for known in WAYS.values() for name in known]
    return next(name for name in names if name in request.node.callspec.id)


def on(server: Server, database: str) -> str:
    """Return the URL of a database of a server."""
    return make_url(server.url).set(database=database).render_as_string()


def record(
    record_property: Record, engine: str, topology: str, fault: str, account: Account
) -> None:
    """Have a row for the table that `make clusters` prints."""
    figures = (account.operations, account.retries, account.failed, account.unknown)
    found = (float(account.gap), account.lost, account.doubled, None)
    record_property("cluster", (engine, topology, fault, *figures, *found))


def record_stale(
    record_property: Record, engine: str, topology: str, where: str, counts: tuple[int, int]
) -> None:
    """Have a row for reads, and those of them that did not find what had been acknowledged."""
    reads, stale = counts
    row = (engine, topology, f"none: reads on {where}", reads, *[None] * 6, stale)
    record_property("cluster", row)


@dataclass(frozen=True)
class Trial:
    """A project at work while something happens to its servers."""

    project: Project
    engine: str
    folder: Path
    record_property: Record

    def run(
        self,
        topology: str,
        fault: str,
        happen: Callable[[], None],
        *,
        url: str,
        found_at: str,
        **settings: str,
    ) -> Account:
        """Compare what it said of its operations with what is in a database afterwards."""
        output = self.work(happen, url, **settings)
        account = compare(output, found_at)
        record(self.record_property, self.engine, topology, fault, account)
        return account

    def work(self, happen: Callable[[], None], url: str, **settings: str) -> str:
        """Return what it said of its operations."""
        limits: dict[str, Any] = {"deadline": DEADLINE, **settings}
        with at_work(self.project, url, self.folder, **limits) as work:
            work.begin()
            work.wait_until_done(OPERATIONS)
            happen()
            work.wait_until_done(OPERATIONS)
            work.end()
        return work.output.read_text()


@pytest.fixture
def trial(project: Project, engine: str, tmp_path: Path, record_property: Record) -> Trial:
    """A project, and where its row goes."""
    return Trial(project, engine, tmp_path, record_property)


def check(account: Account) -> None:
    """Check that nothing was lost or doubled, and that nobody was told of an error."""
    assert (account.lost, account.doubled, account.overwritten) == (0, 0, 0)
    assert not account.failed, account.errors
    assert account.retries, "there was something to try again"
    assert account.gap < DEADLINE


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Galera]]:
    """A cluster of three."""
    with ExitStack() as stack:
        first = stack.enter_context(running(Galera))
        others = [stack.enter_context(running(partial(Galera, first=first))) for _ in range(2)]
        assert first.execute(SIZE) == ["3"]
        yield [first, *others]


@slow
@ways("mysql")
def test_the_suite_passes_on_a_cluster(project: Project, nodes: list[Galera]) -> None:
    output = project.run("uv", "run", "pytest", succeeds=True, TEST_DATABASE_URL=nodes[1].url)
    assert " passed" in output.splitlines()[-1], output


@slow
@ways("mysql")
def test_writers_on_three_nodes_lose_nothing(
    project: Project,
    engine: str,
    nodes: list[Galera],
    tmp_path: Path,
    record_property: Record,
) -> None:
    name = f"ledger_{project.answers['layer']}"
    nodes[0].execute(f"CREATE DATABASE {name}")
    urls = [on(node, name) for node in nodes]
    with ExitStack() as stack:
        work = []
        for number, url in enumerate(urls):
            folder = tmp_path / str(number)
            folder.mkdir()
            # A transaction may meet many others before it is the first to commit.
            writers = at_work(project, url, folder, workers=2, ATTEMPTS="100")
            work.append(stack.enter_context(writers))
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
    record(record_property, engine, "Galera, writers on each of three nodes", "none", account)
    check(account)


@slow
def test_a_read_on_another_node_may_be_stale_or_wait(
    nodes: list[Galera], record_property: Record
) -> None:
    nodes[0].execute("CREATE DATABASE stale")
    nodes[0].execute("CREATE TABLE stale.many (n INTEGER PRIMARY KEY, wait INTEGER)")
    nodes[0].execute("INSERT INTO stale.many SELECT seq, 0 FROM seq_1_to_1000")
    stale = [0, 0]
    with connected(nodes[0].url) as writer, connected(nodes[2].url) as reader:
        for number, wait in product(range(1, 101), (0, 1)):
            reader.exec_driver_sql(f"SET SESSION wsrep_sync_wait = {wait}")
            writer.exec_driver_sql(f"UPDATE stale.many SET wait = {number + 1000 * wait}")
            found = reader.exec_driver_sql("SELECT wait FROM stale.many WHERE n = 1000").scalar()
            stale[wait] += found != number + 1000 * wait
    for wait in (0, 1):
        topology = f"Galera, wsrep_sync_wait={wait}"
        counts = (100, stale[wait])
        record_stale(record_property, "plain pymysql", topology, "another node", counts)
    assert stale[0], "a node was behind"
    assert not stale[1], "a node has waited"


def check_replica(
    record_property: Record, engine: str, topology: str, project: Project, urls: Sequence[str]
) -> None:
    """Check what is read at once, and written, through the engines for a primary and a replica."""
    settings = dict(zip(("DATABASE_URL", "DATABASE_REPLICA_URL"), urls, strict=True))
    output = project.run(*PYTHON, str(PROGRAMS / "replica.py"), succeeds=True, **settings)
    found = json.loads(output.splitlines()[-1])
    for server in "primary", "replica":
        counts = (100, found["stale"][server])
        record_stale(record_property, engine, topology, f"the {server}", counts)
    record_property("figure", f"{engine}: a replica was behind for {found['ms']} ms at most")
    assert found["stale"]["primary"] == 0
    assert found["follows"], "it was read from the replica"
    assert found["falls back"]
    assert found["refused"] == [True, True]


@ways("postgresql")
def test_reads_that_may_be_stale(project: Project, engine: str, record_property: Record) -> None:
    with running(PostgreSQL) as primary, running(partial(Replica, primary=primary)) as replica:
        urls = (primary.url, replica.url)
        check_replica(record_property, engine, "primary and replica", project, urls)


@ways("mysql")
def test_reads_on_mariadb_that_may_be_stale(
    project: Project, engine: str, record_property: Record
) -> None:
    with (
        running(MariaPrimary) as primary,
        running(partial(MariaStandby, primary=primary)) as replica,
    ):
        primary.execute("CREATE DATABASE library COLLATE utf8mb4_bin")
        urls = [on(server, "library") for server in (primary, replica)]
        check_replica(record_property, engine, "primary and replica", project, urls)


def transactions(servers: Sequence[PostgreSQL]) -> list[int]:
    """Return how many transactions each server has ended."""
    ended = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'postgres'"
    return [int(server.execute(ended)[0]) for server in servers]


@slow
@ways("postgresql", "core-sync-psycopg")
def test_several_replicas_share_the_reads(project: Project, record_property: Record) -> None:
    reads = []
    with ExitStack() as stack:
        primary = stack.enter_context(running(PostgreSQL))
        make = partial(Replica, primary=primary)
        servers = [primary, *(stack.enter_context(running(make)) for _ in range(2))]
        for used in servers[:1], servers[1:2], servers[1:]:
            url = several(used, "load_balance_hosts=random")
            settings = {"DATABASE_URL": primary.url, "DATABASE_REPLICA_URL": url}
            project.run(*PYTHON, str(PROGRAMS / "replica.py"), succeeds=True, **settings)
            before = transactions(servers)
            output = project.run(
                *PYTHON, str(PROGRAMS / "reads.py"), "3", succeeds=True, **settings
            )
            reads.append(int(output))
            after = transactions(servers)
            shares = {
                server: (ended - begun) / (3 * reads[-1])
                for server, begun, ended in zip(servers, before, after, strict=True)
            }
            assert all((shares[server] > 0.1) is (server in used) for server in servers), shares
    figure = "reads a second from the primary, from a replica, from two of them: {:,}, {:,}, {:,}"
    record_property("figure", figure.format(*reads))


def several(
    servers: Sequence[PostgreSQL], parameters: str = "target_session_attrs=read-write"
) -> str:
    """Return a URL of several servers; it leads to the one that takes writes, if not told else."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"postgresql://postgres@{hosts}/postgres?{parameters}"


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A primary, and a standby that receives what is written there, sooner or later."""
    with running(PostgreSQL) as primary, running(partial(Standby, primary=primary)) as standby:
        yield primary, standby


def replace(primary: Server, standby: Standby | MariaStandby) -> None:
    """Kill a primary, and promote its standby when somebody has noticed."""
    primary.kill()
    time.sleep(NOTICED)
    standby.promote()


@ways("postgresql")
def test_a_synchronous_standby_has_all_when_it_is_promoted(trial: Trial, pair: Pair) -> None:
    pair[1].synchronize()
    account = trial.run(
        "primary, synchronous standby",
        "primary killed, standby promoted",
        partial(replace, *pair),
        url=several(pair),
        found_at=pair[1].url,
    )
    check(account)
    assert account.gap > NOTICED


@slow
@ways("postgresql")
def test_a_primary_steps_down(trial: Trial, pair: Pair) -> None:
    primary, standby = pair
    standby.synchronize()

    def change_places() -> None:
        primary.stop()
        (primary.folder / "data" / "standby.signal").touch()
        primary.start()
        time.sleep(NOTICED)  # both answer, and none takes writes
        standby.promote()

    account = trial.run(
        "primary, synchronous standby",
        "they change places",
        change_places,
        url=several(pair),
        found_at=standby.url,
    )
    check(account)
    assert account.gap > NOTICED


@slow
@ways("postgresql")
def test_a_primary_answers_no_more(trial: Trial, pair: Pair) -> None:
    primary, standby = pair
    standby.synchronize()

    def replace_frozen() -> None:
        primary.freeze()
        time.sleep(NOTICED)
        standby.promote()

    account = trial.run(
        "primary, synchronous standby; both timeouts 2 s",
        "primary silent, standby promoted",
        replace_frozen,
        url=several(pair),
        found_at=standby.url,
        # Only these tell that an answer will not come.
        DATABASE_STATEMENT_TIMEOUT="2",
        DATABASE_TIMEOUT="2",
    )
    check(account)
    assert account.gap > NOTICED


@slow
@ways("postgresql", "core-sync-psycopg")
def test_an_asynchronous_standby_has_what_it_had_received(trial: Trial, pair: Pair) -> None:
    primary, standby = pair

    def replace_too_late() -> None:
        standby.disconnect()
        time.sleep(1)
        replace(primary, standby)

    account = trial.run(
        "primary, asynchronous standby",
        "cut off for 1 s, primary killed",
        replace_too_late,
        url=several(pair),
        found_at=standby.url,
    )
    assert account.lost
    assert not account.failed, account.errors


@slow
@ways("postgresql", "core-sync-psycopg")
def test_who_does_not_ask_for_read_write_comes_to_the_standby(trial: Trial, pair: Pair) -> None:
    pair[1].synchronize()
    account = trial.run(
        "primary, synchronous standby; no target_session_attrs",
        "primary killed, standby promoted",
        partial(replace, *pair),
        url=several(pair, ""),
        found_at=pair[1].url,
    )
    assert (account.lost, account.doubled) == (0, 0)
    assert any("read-only transaction" in error for error in account.errors), account.errors


@pytest.fixture
def members() -> Iterator[list[Member]]:
    """Three servers that Patroni runs; the first one leads, and one of the others has all."""
    with ExitStack() as stack:
        store = stack.enter_context(running(Etcd))
        found = [stack.enter_context(running(partial(Member, store=store))) for _ in range(3)]
        states = "SELECT sync_state FROM pg_stat_replication ORDER BY 1"
        found[0].wait(lambda: found[0].execute(states) == ["async", "sync"])
        yield found


@slow
@ways("postgresql")
def test_patroni_promotes_by_itself(
    trial: Trial, members: list[Member], record_property: Record
) -> None:
    assert members[0].leads()
    output = trial.work(members[0].kill, several(members))
    [leader] = [member for member in members[1:] if member.leads()]
    account = compare(output, leader.url)
    topology = f"Patroni, three members, ttl {TTL} s"
    record(record_property, trial.engine, topology, "the one that leads killed", account)
    check(account)
    assert TTL - 3 < account.gap < 2 * TTL


@pytest.fixture
def maria_pair() -> Iterator[MariaPair]:
    """A primary, a replica that has all that is acknowledged there, and a user of a database."""
    with (
        running(MariaPrimary) as primary,
        running(partial(MariaStandby, primary=primary)) as standby,
    ):
        primary.execute("CREATE DATABASE ledger")
        for user in ("app@'%'", "app@localhost"):
            primary.execute(f"GRANT ALL ON ledger.* TO {user} IDENTIFIED BY ''")
        yield primary, standby


@slow
@ways("mysql")
@pytest.mark.parametrize("hurt", [Server.kill, Server.freeze], ids=["killed", "silent"])
def test_a_semi_synchronous_replica_has_all_when_it_is_promoted(
    trial: Trial, maria_pair: MariaPair, hurt: Callable[[Server], None]
) -> None:
    primary, standby = maria_pair

    def happen() -> None:
        hurt(primary)
        time.sleep(NOTICED)
        standby.promote()

    with running(partial(Proxy, servers=[primary], backups=[standby])) as proxy:
        account = trial.run(
            "HAProxy, primary, semi-synchronous replica",
            f"primary {'killed' if hurt is Server.kill else 'silent'}, replica promoted",
            happen,
            url=f"mysql://app@127.0.0.1:{proxy.port}/ledger",
            found_at=on(standby, "ledger"),
        )
    check(account)
    assert account.gap > NOTICED
    assert "(1290, " in (trial.folder / "output").read_text(), "why it was tried again"


def test_root_alone_may_write_to_a_replica(maria_pair: MariaPair) -> None:
    _, standby = maria_pair
    users = "SELECT count(*) FROM mysql.user WHERE user = 'app'"
    standby.wait(lambda: standby.execute(users) == [2])
    url = f"mysql://app@127.0.0.1:{standby.port}/ledger"
    with connected(url) as app, pytest.raises(DBAPIError, match="1290"):
        app.exec_driver_sql("CREATE TABLE entry (n INTEGER)")
    standby.execute("CREATE TABLE ledger.entry (n INTEGER)")


def test_a_primary_waits_for_its_replica(maria_pair: MariaPair) -> None:
    primary, standby = maria_pair
    primary.execute("CREATE TABLE ledger.entry (n INTEGER)")
    primary.execute("SET GLOBAL rpl_semi_sync_master_timeout = DEFAULT")
    standby.freeze()
    with ThreadPoolExecutor() as pool:
        start = time.monotonic()
        commit = pool.submit(primary.execute, "INSERT INTO ledger.entry VALUES (1)")
        time.sleep(5)
        assert not commit.done(), "nobody is told that it is done"
        assert primary.execute("SELECT n FROM ledger.entry") == [], "nobody else sees it"
        commit.result()
        assert 9 < time.monotonic() - start < 15
    assert primary.execute("SELECT n FROM ledger.entry") == [1], "and no replica has it"


@slow
@ways("mysql")
def test_a_node_dies_and_comes_back(
    trial: Trial, nodes: list[Galera], record_property: Record
) -> None:
    name = f"failed_{trial.project.answers['layer']}"
    nodes[0].execute(f"CREATE DATABASE {name}")

    def fault() -> None:
        nodes[2].kill()
        time.sleep(ABSENCE)
        nodes[2].start()

    with running(partial(Proxy, servers=nodes)) as proxy:
        output = trial.work(fault, on(proxy, name))
    nodes[2].wait(lambda: nodes[0].execute(SIZE) == ["3"])
    accounts = [compare(output, on(node, name)) for node in nodes]
    row = ("HAProxy, Galera of three nodes", "a node killed, and started again", accounts[0])
    record(record_property, trial.engine, *row)
    check(accounts[0])
    assert accounts == accounts[:1] * 3
    # The others wait for five seconds until they go on without it.
    assert 4 < accounts[0].gap < ABSENCE


@ways("sqlite")
def test_a_file_outlives_its_disk_but_for_the_last_seconds(
    project: Project, engine: str, tmp_path: Path, record_property: Record
) -> None:
    file = tmp_path / "disk" / "ledger.db"
    file.parent.mkdir()
    url = f"sqlite:///{file}"
    with ExitStack() as stack:
        work = stack.enter_context(at_work(project, url, tmp_path, workers=8))
        make = partial(Litestream, file=file, interval=INTERVAL)
        litestream = stack.enter_context(running(make))
        work.begin()
        work.wait_until_done(OPERATIONS)
        time.sleep(3 * INTERVAL)
        work.kill()
        litestream.kill()
        shutil.rmtree(file.parent)
        file.parent.mkdir()
        litestream.restore()
    with connected(url) as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    account = compare(work.output.read_text(), url)
    topology = f"Litestream, every {INTERVAL:g} s"
    record(record_property, engine, topology, "all killed, and the disk gone", account)
    figure = f"restored by Litestream, {engine}: the last {account.age:.1f} s are lost"
    record_property("figure", figure)
    assert (account.doubled, account.overwritten, account.failed) == (0, 0, 0), account.errors
    assert account.age < 2 * INTERVAL


@pytest.fixture
def shards() -> Iterator[tuple[PostgreSQL, list[PostgreSQL]]]:
    """A server for clients, and two that keep rows for it."""
    with ExitStack() as stack:
        first, *others = [stack.enter_context(running(PostgreSQL)) for _ in range(3)]
        yield first, others


@slow
@ways("postgresql")
def test_shards_hold_the_ledger(
    project: Project,
    engine: str,
    shards: tuple[PostgreSQL, list[PostgreSQL]],
    tmp_path: Path,
    record_property: Record,
) -> None:
    first, others = shards
    with at_work(project, first.url, tmp_path, workers=2, deadline=DEADLINE) as work:
        distribute(first, others, ["book", "ledger"])
        work.begin()
        work.wait_until_done(OPERATIONS)
        work.end()
    account = compare(work.output.read_text(), first.url)
    record(record_property, engine, "two shards by postgres_fdw", "none", account)
    for other in others:
        assert other.execute("SELECT count(*) > 0 FROM ledger") == [True]
    check(account)


def test_what_shards_cannot(shards: tuple[PostgreSQL, list[PostgreSQL]]) -> None:
    first, others = shards
    first.execute("CREATE TABLE entry (id serial PRIMARY KEY)")
    distribute(first, others, ["entry"])
    with pytest.raises(DBAPIError, match="no unique constraint"):
        first.execute("CREATE TABLE note (entry_id integer REFERENCES entry (id))")
    for key in "PRIMARY KEY", "UNIQUE":
        with pytest.raises(DBAPIError, match="foreign table"):
            first.execute(f"ALTER TABLE entry ADD {key} (id)")
    kept: set[int] = set()
    for refusing in others:
        refusing.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused'; END $$"
        )
        refusing.execute(
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON entry"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        with pytest.raises(DBAPIError, match="refused"):  # at COMMIT, by one of them
            first.execute("INSERT INTO entry SELECT generate_series(1, 100)")
        refusing.execute("DROP TRIGGER refuse ON entry")
        kept.update(first.execute("SELECT count(*) FROM entry"))
        first.execute("DELETE FROM entry")
    assert kept - {0}, "half of a transaction stays, where the other server was first to commit"


def test_deadlocks_of_shards_end_by_their_lock_timeout(
    shards: tuple[PostgreSQL, list[PostgreSQL]],
) -> None:
    first, others = shards
    first.execute("CREATE TABLE entry (id serial PRIMARY KEY, n integer)")
    distribute(first, others, ["entry"])
    first.execute("INSERT INTO entry SELECT generate_series(1, 100), 0")
    update = "UPDATE entry SET n = n + 1 WHERE id = {}"
    here, there = (other.execute("SELECT min(id) FROM entry")[0] for other in others)
    with (
        connected(first.url) as one,
        connected(first.url) as other,
        ThreadPoolExecutor() as pool,
    ):
        for connection, key in (one, here), (other, there):
            connection.exec_driver_sql("SET lock_timeout = '100ms'")  # it does not hold there
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql(update.format(key))
        start = time.monotonic()
        waiting = [
            pool.submit(connection.exec_driver_sql, update.format(key))
            for connection, key in ((one, there), (other, here))
        ]
        errors = [str(each.exception()) for each in waiting]
        assert any("lock timeout" in error for error in errors), errors
        assert 0.9 < time.monotonic() - start < 3
        for connection in one, other:
            connection.exec_driver_sql("ROLLBACK")
    # A statement timeout ends the statement that waits for another server.
    with connected(first.url) as one, connected(first.url) as other:
        one.exec_driver_sql("BEGIN")
        one.exec_driver_sql(update.format(here))
        other.exec_driver_sql("SET statement_timeout = '300ms'")
        with pytest.raises(DBAPIError, match="statement timeout"):
            other.exec_driver_sql(update.format(here))
        one.exec_driver_sql("ROLLBACK")
