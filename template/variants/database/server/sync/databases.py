{% from 'template/facts.jinja' import db with context %}
"""Databases on the server of `TEST_DATABASE_URL`, or on one that ends with the test run."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine


def find_server(config: pytest.Config) -> None:
    """Start a server where `TEST_DATABASE_URL` names none; `pytest.UsageError` if there is none."""
    if not os.environ.get("TEST_DATABASE_URL"):
        # The workers of pytest-xdist, which start later, inherit it.
        os.environ["TEST_DATABASE_URL"] = start_server(config)
    try:
        execute("SELECT 1")
    except ValidationError as error:
        raise pytest.UsageError(f"TEST_{error.errors()[0]['msg'].partition(', ')[2]}") from None
    except Exception as error:  # drivers raise errors of their own, too
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise pytest.UsageError(f"TEST_DATABASE_URL leads to no server: {reason}") from error


def start_server(config: pytest.Config) -> str:
    """Return the URL of a new server, which lives as long as its standard input is open."""
    server = subprocess.Popen(
        [sys.executable, "-P", "-W", "ignore", Path(__file__).with_name("server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests, which still need the server then
    )

    def stop() -> None:
        server.communicate()

    config.add_cleanup(stop)
    assert server.stdout
    url = server.stdout.readline().strip()
    if not url:
        raise pytest.UsageError(server.communicate()[1].strip())
    return url


def execute(statement: str) -> None:
    """Run a statement outside of any transaction."""
    engine = make_engine(Settings.model_validate({"database_url": os.environ["TEST_DATABASE_URL"]}))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def new_database() -> Generator[Engine]:
    """Give an engine for an empty database, which nobody else uses."""
    name = f"test_{uuid4().hex}"
    execute(f"CREATE DATABASE {name}{{ db.create_database }}")
    settings = Settings.model_validate({"database_url": os.environ["TEST_DATABASE_URL"]})
    engine = make_engine(Settings(database_url=settings.database_url.set(database=name)))
    yield engine
    engine.dispose()
    execute(f"DROP DATABASE {name}{{ db.drop_database }}")
