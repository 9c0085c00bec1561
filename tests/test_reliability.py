"""What happens when servers die, locks are held and connections cut: nothing is lost or doubled."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from answers import Answers, ways_to_execute
from faults import (
    CRASH,
    CROWD,
    DISK,
    IDLE,
    KILLS,
    LOCKS,
    ORDER,
    QUEUE,
    RESTART,
    WIRES,
    Fault,
    Place,
)
from generated import Project, make_project
from own_servers import SERVERS, Server, running, wire
from servers import connected
from workload import PROGRAMS, Account, compare

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(os.name == "nt", reason="kills processes as POSIX does"),
]

ON_SERVERS = [CROWD, ORDER, LOCKS, KILLS, IDLE, WIRES, RESTART, CRASH]
IN_FILES = [QUEUE, LOCKS]
FILES = [way for way in ways_to_execute() if way["database"] == "sqlite"]
SERVED = [way for way in ways_to_execute() if way["database"] != "sqlite"]

Record = Callable[[str, object], None]


def parametrize(ways: list[Answers]) -> pytest.MarkDecorator:
    """Call a test with a project for each way; `--reliability` takes all of them."""
    quick = [("core", "sync", None), ("orm", "async", None), ("orm", "async", "asyncpg")]
    parameters = []
    for way in ways:
        name = "-".join(way.values())
        marks = [pytest.mark.xdist_group(name)]
        if (way["layer"], way["execution"], way.get("driver")) not in quick:
            marks.append(pytest.mark.reliability)
        parameters.append(pytest.param(way | {"package_name": "my_app"}, id=name, marks=marks))
    return pytest.mark.parametrize("project", parameters, indirect=True)


@pytest.fixture(scope="module")
def server(project: Project) -> Iterator[Server]:
    """A server to hurt, for all tests of a project."""
    with running(SERVERS[project.answers["database"]]) as server:
        yield server


@pytest.fixture
def place(server: Server) -> Place:
    """A new database on it."""
    if server.process.poll() is not None:
        server.start()  # a test has failed while it was down
    name = f"ledger_{uuid4().hex}"
    server.execute(f"CREATE DATABASE {name}")
    return Place(
        make_url(server.url).set(database=name).render_as_string(hide_password=False), server
    )


def record(
    record_property: Record, what: str, project: Project, faults: int, found: Account
) -> None:
    """Have a row for the table that `make reliability` prints."""
    figures = (found.operations, faults, found.retries, found.failed, found.unknown)
    row = (what, project.name.removesuffix("-create_all"), *figures, found.lost, found.doubled)
    record_property("reliability", row)


@parametrize(SERVED)
@pytest.mark.parametrize("fault", ON_SERVERS, ids=lambda fault: fault.name)
def test_servers(
    project: Project, place: Place, fault: Fault, tmp_path: Path, record_property: Record
) -> None:
    with wire(place.url) as wired:
        cut = Place(place.url, place.server, wired if fault is WIRES else None)
        faults, account = fault.strike(project, cut, tmp_path)
    record(record_property, fault.name, project, faults, account)
    fault.check(account)
    if fault in (CROWD, ORDER, LOCKS):
        assert account.retries, "there was something to try again"
    if fault is WIRES:
        assert (account.unknown, account.retries) == (10, 0)
        done = account.operations - account.unknown
        assert account.stored == done + 5, "five were done, and their answers were lost"


@parametrize(FILES)
@pytest.mark.parametrize("fault", IN_FILES, ids=lambda fault: fault.name)
def test_files(project: Project, fault: Fault, tmp_path: Path, record_property: Record) -> None:
    faults, account = fault.strike(project, Place(f"sqlite:///{tmp_path}/ledger.db"), tmp_path)
    record(record_property, fault.name, project, faults, account)
    fault.check(account)


def words_for(value: str | Fault | tuple[str, str, str]) -> str:
    """Return what a parameter is called: a database, a fault, or what is taken out."""
    match value:
        case Fault():
            return value.name
        case (_, good, _):
            return good
    return str(value)


def kill_writers(project: Project, url: str, kills: int) -> Account:
    """Kill processes that write, one after the other; return what became of their work."""
    program = ("uv", "run", "--quiet", "python", str(PROGRAMS / "killed.py"), str(kills), "3")
    output = project.run(*program, DATABASE_URL=url)
    assert output.count("killed\n") == kills, output
    return compare(output, url)


@parametrize(FILES)
def test_writers_to_a_file_are_killed(
    project: Project, tmp_path: Path, record_property: Record
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    account = kill_writers(project, url, 100)
    record(record_property, "writer killed", project, 100, account)
    QUEUE.check(account)
    with connected(url) as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@pytest.mark.reliability
@parametrize(SERVED)
def test_writers_to_a_server_are_killed(
    project: Project, place: Place, record_property: Record
) -> None:
    account = kill_writers(project, place.url, 100)
    record(record_property, "writer killed", project, 100, account)
    CROWD.check(account)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system in memory, which is soon full."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@parametrize(FILES)
def test_the_disk_of_a_file_is_full(
    project: Project, tmp_path: Path, record_property: Record
) -> None:
    with small_disk(tmp_path / "small", 8) as disk:
        filler = disk / "filler"
        filler.write_bytes(bytes(4_000_000))
        faults, account = DISK.strike(
            project, Place(f"sqlite:///{disk}/ledger.db", filler=filler), tmp_path
        )
        record(record_property, DISK.name, project, faults, account)
        DISK.check(account)
        assert all("full" in error for error in account.errors), account.errors


@pytest.mark.parametrize(
    ("database", "fault", "change"),
    [
        ("postgresql", CROWD, ("retry", "conflicts >= attempts", "conflicts >= 1")),
        ("postgresql", CROWD, ("queries", ".with_for_update()", "")),
        ("postgresql", ORDER, ("retry", '"40001"', '"0"')),
        ("postgresql", LOCKS, ("retry", '"55P03"', '"0"')),
        ("postgresql", KILLS, ("retry", " or _is_unavailable(error)", "")),
        ("postgresql", IDLE, ("engine", "_IDLE = 0.5", "_IDLE = 1e9")),
        ("postgresql", WIRES, ("retry", "committing = True", "committing = False")),
        ("mysql", CROWD, ("retry", "1213", "0")),
        ("mysql", LOCKS, ("retry", "1205", "0")),
        ("mysql", KILLS, ("retry", " or _is_unavailable(error)", "")),
        ("mysql", IDLE, ("engine", "_IDLE = 0.5", "_IDLE = 1e9")),
        ("mysql", WIRES, ("retry", "committing = True", "committing = False")),
        ("sqlite", QUEUE, ("engine", "BEGIN IMMEDIATE", "BEGIN DEFERRED")),
        ("sqlite", LOCKS, ("retry", '"SQLITE_BUSY"', '"NOTHING"')),
    ],
    ids=words_for,
)
def test_faults_go_red_without_the_protection(
    template: Path, tmp_path: Path, database: str, fault: Fault, change: tuple[str, str, str]
) -> None:
    answers = {"layer": "core", "database": database, "package_name": "my_app"}
    project = make_project(template, tmp_path / "made", answers)
    module, good, bad = change
    name = f"src/my_app/{module}.py"
    text = project.read(name)
    assert good in text
    (project.path / name).write_text(text.replace(good, bad), encoding="utf-8")
    with ExitStack() as stack:
        place = Place(f"sqlite:///{tmp_path}/ledger.db")
        if database in SERVERS:
            server = stack.enter_context(running(SERVERS[database]))
            wired = stack.enter_context(wire(server.url)) if fault is WIRES else None
            place = Place(server.url, server, wired)
        _, account = fault.strike(project, place, tmp_path)
    with pytest.raises(AssertionError):
        fault.check(account)
