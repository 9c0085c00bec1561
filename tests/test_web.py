"""What was answered over HTTP is in the database, whatever is cut, killed or cancelled."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text

from answers import Answers, name_of
from documents import blocks, check, section
from generated import Project
from own_servers import PATIENCE, SERVERS, Server, Wire, running, wire
from served import CLIENTS, COPIES, Crowd, serving
from servers import connected
from workload import PROGRAMS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="gunicorn does not run on Windows")

BOOKS = 6000
READS = 300
KINDS: list[Answers] = [
    {"web": "fastapi", "execution": "async", "layer": "orm", "database": "postgresql"},
    {"web": "litestar", "execution": "async", "layer": "core", "database": "mysql"},
    {"web": "flask", "execution": "sync", "layer": "orm", "database": "postgresql"},
]
# What may not be counted, whatever happens.
NEVER = ["lost", "doubled", "open_transactions", "stale_reads", "connections_left"]
CONNECTIONS = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = :name",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = :name",
}
TRANSACTIONS = {
    "postgresql": f"{CONNECTIONS['postgresql']} AND state <> 'idle'",
    "mysql": (
        "SELECT count(*) FROM information_schema.innodb_trx"
        " JOIN information_schema.processlist ON id = trx_mysql_thread_id WHERE db = :name"
    ),
}


@pytest.fixture(scope="module")
def server(project: Project) -> Iterator[Server]:
    """A server to hurt."""
    with running(SERVERS[project.answers["database"]]) as server:
        yield server


@pytest.fixture
def url(project: Project, server: Server) -> str:
    """A new database on it, with an author and a book for each request."""
    name = f"library_{uuid4().hex}"
    server.execute(f"CREATE DATABASE {name}")
    url = make_url(server.url).set(database=name).render_as_string(hide_password=False)
    project.run("uv", "run", "alembic", "upgrade", "head", DATABASE_URL=url)
    with connected(url) as connection:
        connection.execute(text("INSERT INTO author (id, name) VALUES (1, 'Lem')"))
        book = (
            "INSERT INTO book (author_id, title, price, copies, added_at)"
            f" VALUES (1, :title, 1, {COPIES}, '2026-01-01 00:00:00.000000')"
        )
        rows = [{"title": f"Book {number}"} for number in range(1, BOOKS)]
        connection.execute(text(book), rows)
    return url


def parametrize(kinds: list[Answers], quick: str = "") -> pytest.MarkDecorator:
    """Call a test with a project for each kind, one worker for all its tests."""
    parameters = []
    for kind in kinds:
        marks = [pytest.mark.xdist_group(kind["web"])]
        if kind["web"] != quick:
            marks.append(pytest.mark.full)
        answers = {"package_name": "my_app", **kind}
        parameters.append(pytest.param(answers, id=name_of(kind), marks=marks))
    return pytest.mark.parametrize("project", parameters, indirect=True)


def cut_at_commit(crowd: Crowd, wired: Wire) -> None:
    """Lose COMMIT on its way to the server, and its answer on the way back."""
    for moment in ("before COMMIT", "after COMMIT") * 5:
        wired.cut = moment
        deadline = time.monotonic() + PATIENCE
        while wired.cut:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        crowd.wait_until("acknowledged", 5)


def hurt(crowd: Crowd, wired: Wire, server: Server) -> None:
    """Cut connections, stop the database, kill the application, go away before the answer."""
    cut_at_commit(crowd, wired)
    server.stop()
    crowd.wait_until("refused", CLIENTS)
    server.start()
    crowd.wait_until("acknowledged", 100)
    crowd.site.kill()
    crowd.site.start()
    crowd.wait_until("acknowledged", 100)
    crowd.patience = 0.005
    time.sleep(2)
    crowd.patience = PATIENCE
    crowd.wait_until("acknowledged", 100)


@parametrize(KINDS)
def test_what_was_answered_is_kept(
    project: Project,
    server: Server,
    url: str,
    record_property: Callable[[str, object], None],
) -> None:
    database = project.answers["database"]
    name = make_url(url).database
    with wire(url) as wired, serving(project, wired.url) as site:
        crowd = Crowd(site)
        crowd.during(lambda crowd: hurt(crowd, wired, server))
        found = crowd.compare(url)
        found["open_transactions"] = wait_for_none(server, TRANSACTIONS[database], name)
        found["stale_reads"] = crowd.count_stale_reads(READS)
        site.stop()
        found["connections_left"] = wait_for_none(server, CONNECTIONS[database], name)
    record_property("counts", (f"{project.answers['web']} on {database}:", found))
    assert found["acknowledged"] >= 350
    assert found["refused"]
    assert found["unknown"]
    assert found.items() >= dict.fromkeys(NEVER, 0).items(), found


# Where the programs commit that are shaped like those of others.
PEERS = {
    "fastapi": "FastAPI, a dependency that commits after its yield:",
    "flask": "Flask, a teardown_request that commits:",
    "litestar": "Litestar, the autocommit of advanced-alchemy:",
}


@parametrize(KINDS)
def test_what_others_commit_is_lost(
    project: Project, url: str, record_property: Callable[[str, object], None]
) -> None:
    web = project.answers["web"]
    with (
        wire(url) as wired,
        serving(project, wired.url, f"peers_{web}", PYTHONPATH=str(PROGRAMS)) as site,
    ):
        crowd = Crowd(site)
        crowd.during(lambda crowd: cut_at_commit(crowd, wired))
    found = crowd.compare(url)
    record_property("counts", (PEERS[web], found))
    assert found["lost"]


def wait_for_none(server: Server, query: str, name: str | None) -> int:
    """Wait until a count is 0; return what it is after the time that a server may need."""
    deadline = time.monotonic() + 10
    while (found := server.execute(query, name=name)[0]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return int(found)


IN_FILES: list[Answers] = [
    {**kind, "database": "sqlite", "layer": layer} for kind in KINDS for layer in ("orm", "core")
]


@parametrize(IN_FILES + [{**kind, "start": "empty"} for kind in IN_FILES], quick="flask")
def test_the_transcript_of_the_readme(project: Project, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/app.db"
    if project.answers["start"] == "library":
        project.run("uv", "run", "python", "-m", "my_app", DATABASE_URL=url)
    [transcript] = blocks(section(project.read("README.md"), "Over HTTP"))
    with serving(project, url) as site:
        check(project.path, transcript.text.replace(":8000", f":{site.port}"))


@parametrize([answers for answers in IN_FILES if answers["layer"] == "orm"])
def test_a_reader_goes_on_beside_a_writer_and_a_writer_ends_in_time(
    project: Project, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/app.db"
    project.run("uv", "run", "python", "-m", "my_app", DATABASE_URL=url)
    # Each attempt to write waits a second for the lock, and no attempt begins after DEADLINE.
    with serving(project, url, DATABASE_TIMEOUT="1") as site, connected(url) as connection:
        assert site.ask("POST", "/books/1/lend").status == 200
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        start = time.monotonic()
        assert site.ask("GET", "/books").status == 200
        assert time.monotonic() - start < 1
        assert site.ask("POST", "/books/1/lend").status == 503
        assert 5 < time.monotonic() - start < 8


# What schemathesis looks for: an error of the server, and an answer that the document lacks.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
DOCUMENTS = {"fastapi": "openapi.json", "litestar": "schema/openapi.json"}


@parametrize([kind for kind in KINDS if kind["web"] in DOCUMENTS])
def test_the_document_describes_every_answer(project: Project, url: str) -> None:
    with serving(project, url) as site:
        document = f"http://127.0.0.1:{site.port}/{DOCUMENTS[project.answers['web']]}"
        schemathesis = ("uvx", "--quiet", "schemathesis>=4.32,<5", "run", document)
        project.run(*schemathesis, f"--checks={','.join(CHECKS)}", "--max-examples=50")
