"""The servers that projects are tested on, and databases there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, MetaData, NullPool, create_engine, make_url, select, text

from answers import ROOT, Answers

# A driver of this environment, whatever that of the project is.
SCHEMES = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def start_postgresql(config: pytest.Config) -> None:
    """Start the server of projects on PostgreSQL for this test run, where none is named.

    One that does not start is a `pytest.UsageError`, not a run without it. As root nothing is
    started, unless `TEST_AS_ROOT=1` is set: the wheel would add a user to the system.
    """
    is_wanted = not IS_ROOT or os.environ.get("TEST_AS_ROOT") == "1"
    if "TEST_POSTGRESQL_URL" in os.environ or not is_wanted:
        return
    program = ROOT / "template" / "variants" / "database" / "postgresql" / "server.py"
    server = subprocess.Popen(
        [sys.executable, "-P", "-W", "ignore", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    config.add_cleanup(lambda: server.communicate() and None)
    assert server.stdout
    url = server.stdout.readline().strip()
    if not url:
        raise pytest.UsageError(server.communicate()[1].strip())
    # The workers of pytest-xdist, which start later, inherit it.
    os.environ["TEST_POSTGRESQL_URL"] = url


def server_url(answers: Answers) -> str | None:
    """Return the URL of the server for such a project; None where it needs none.

    Without `TEST_POSTGRESQL_URL`, which `start_postgresql` sets, or `TEST_MYSQL_URL` the test is
    skipped, or fails where `REQUIRE_SERVERS` is set.
    """
    if answers["database"] == "sqlite":
        return None
    variable = f"TEST_{answers['database'].upper()}_URL"
    if url := os.environ.get(variable):
        return url
    reason = f"{variable} is not set"
    if answers["database"] == "postgresql" and IS_ROOT:
        reason += "; as root, the server of the tests would add a user to this system"
    if os.environ.get("REQUIRE_SERVERS"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def new_database(answers: Answers, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database for such a project, which is dropped afterwards."""
    url = server_url(answers)
    if url is None:
        yield f"sqlite:///{folder}/{uuid4().hex}.db"
        return
    name = f"made_{uuid4().hex}"
    collation = " COLLATE utf8mb4_bin" if answers["database"] == "mysql" else ""
    with connected(url) as connection:
        connection.execute(text(f"CREATE DATABASE {name}{collation}"))
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name}"))


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Give a connection by a driver of this environment; it begins no transaction by itself."""
    engine = create_engine(driven(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every table of a database."""
    metadata = MetaData()
    with connected(url) as connection:
        metadata.reflect(connection)
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def driven(url: str) -> str:
    """Return the URL with a driver of this environment."""
    parsed = make_url(url)
    scheme = SCHEMES.get(parsed.get_backend_name(), "sqlite")
    return parsed.set(drivername=scheme).render_as_string(hide_password=False)
