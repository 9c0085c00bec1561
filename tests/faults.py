"""What may happen to a project at work, and what may then become of its operations."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from generated import Project
from own_servers import Server, Wire
from servers import connected
from workload import Account, Workload, at_work, compare

HOLD = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": ("BEGIN", "SELECT * FROM book WHERE id = 1 FOR UPDATE"),
    "mysql": ("BEGIN", "SELECT * FROM book WHERE id = 1 FOR UPDATE"),
}
VICTIMS = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = :name ORDER BY random()",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = :name ORDER BY rand()",
}
KILL = {"postgresql": "SELECT pg_terminate_backend(:id)", "mysql": "KILL :id"}


@dataclass(frozen=True)
class Place:
    """A database; a server and a wire to it, where it is on one."""

    url: str
    server: Server | None = None
    wire: Wire | None = None
    filler: Path | None = None

    def kill(self, limit: int) -> int:
        """End so many of the connections to this database; return how many there were to end."""
        assert self.server
        name = make_url(self.url).database
        database = self.server.database
        victims = self.server.execute(f"{VICTIMS[database]} LIMIT {limit}", name=name)
        for victim in victims:
            with suppress(DBAPIError):  # it has just ended by itself
                self.server.execute(KILL[database], id=victim)
        return len(victims)


def crowd(work: Workload, _: Place) -> int:
    """Let the workers get in each other's way; they do so without being told."""
    work.begin()
    work.wait_until_done(200)
    work.end()
    return 0


def hold_locks(work: Workload, place: Place) -> int:
    """Hold a lock for longer than the workers wait for it."""
    for _ in range(3):
        with connected(place.url) as connection:
            for statement in HOLD[connection.dialect.name]:
                connection.exec_driver_sql(statement)
            work.begin()
            time.sleep(1.5)
            connection.exec_driver_sql("ROLLBACK")
        work.wait_until_done(5)
        work.end()
    return 3


def kill_connections(work: Workload, place: Place) -> int:
    """Kill connections at work, one after the other."""
    work.begin()
    killed = 0
    while killed < 20:
        killed += place.kill(1)
        time.sleep(0.02)
    work.wait_until_done(20)
    work.end()
    return killed


def kill_idle_connections(work: Workload, place: Place) -> int:
    """Kill all connections of the pool between two transactions."""
    killed = 0
    for _ in range(3):
        work.begin()
        work.end()
        killed += place.kill(100)
        time.sleep(0.6)  # a connection that was just used is lent without a ping
    assert killed
    work.begin()
    work.end()
    return killed


def cut_wires(work: Workload, place: Place) -> int:
    """Lose COMMIT on its way to the server, and its answer on the way back."""
    assert place.wire
    for moment in ("before COMMIT", "after COMMIT") * 5:
        place.wire.cut = moment
        work.begin()
        work.end()
        assert place.wire.cut is None
    return 10


def restart(work: Workload, place: Place) -> int:
    """Shut the server down at work, and start it again."""
    return _interrupt(work, place, Server.stop)


def crash(work: Workload, place: Place) -> int:
    """Kill the server at work, and start it again."""
    return _interrupt(work, place, Server.kill)


def _interrupt(work: Workload, place: Place, end: Callable[[Server], None]) -> int:
    assert place.server
    work.begin()
    for _ in range(3):
        work.wait_until_done(20)
        end(place.server)
        place.server.start()
    work.wait_until_done(20)
    work.end()
    return 3


def fill_disk(work: Workload, place: Place) -> int:
    """Let the disk run full, and make room again."""
    assert place.filler
    work.begin()
    work.wait(lambda: work.count("failed") >= 5)
    work.end()
    place.filler.unlink()
    failed = work.count("failed")
    work.begin()
    work.wait_until_done(5)
    work.end()
    assert work.count("failed") == failed, "there is room"
    return failed


@dataclass(frozen=True)
class Fault:
    """Something that happens, returns how often it did, and leaves this many operations undone."""

    name: str
    happen: Callable[[Workload, Place], int]
    allowed: frozenset[str] = frozenset()
    workers: int = 4
    deadline: float = 30
    settings: Mapping[str, str] = field(default_factory=dict)

    def strike(self, project: Project, place: Place, folder: Path) -> tuple[int, Account]:
        """Happen to a project; return how often, and what became of the operations."""
        with at_work(
            project,
            place.wire.url if place.wire else place.url,
            folder,
            workers=self.workers,
            deadline=self.deadline,
            **self.settings,
        ) as work:
            happened = self.happen(work, place)
        return happened, compare(work.output.read_text(), place.url)

    def check(self, account: Account) -> None:
        """Check that nothing was lost or doubled, and that no error came that need not come."""
        assert (account.lost, account.doubled, account.overwritten) == (0, 0, 0)
        assert "failed" in self.allowed or not account.failed, account.errors
        assert "unknown" in self.allowed or not account.unknown, account.errors


CROWD = Fault("deadlocks", crowd)
ORDER = Fault(
    "serialization failures", crowd, settings={"DATABASE_ISOLATION_LEVEL": "SERIALIZABLE"}
)
LOCKS = Fault("locks held", hold_locks, settings={"DATABASE_TIMEOUT": "1"})
QUEUE = Fault("one lock for all", crowd, deadline=0)
KILLS = Fault("connections killed", kill_connections, frozenset({"unknown"}))
IDLE = Fault("idle connections killed", kill_idle_connections, workers=1, deadline=0)
WIRES = Fault("cut at COMMIT", cut_wires, frozenset({"unknown"}), workers=1)
RESTART = Fault("server restarted", restart, frozenset({"failed", "unknown"}))
CRASH = Fault("server killed", crash, frozenset({"failed", "unknown"}))
DISK = Fault("disk full", fill_disk, frozenset({"failed", "unknown"}), settings={"NOTE": "20000"})
