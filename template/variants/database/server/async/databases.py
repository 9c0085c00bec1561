{% from 'template/facts.jinja' import db, schema with context %}
"""Databases for the tests, on the server of `TEST_DATABASE_URL` or on one that they start."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
{% if layer == 'orm' %}
from {{ package_name }}.models import Base
{% endif %}
from {{ package_name }}.schema import create_tables
{% if layer == 'core' %}
from {{ package_name }}.tables import metadata
{% endif %}

from . import scratch


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start a server if `TEST_DATABASE_URL` names none; stop if no server can be used."""
    if session.config.option.collectonly:
        return
    if not os.environ.get("TEST_DATABASE_URL"):
        # The workers of pytest-xdist, which start later, inherit it.
        os.environ["TEST_DATABASE_URL"] = start_server(session.config)
    try:
        asyncio.run(execute("SELECT 1"))
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        message = f"TEST_DATABASE_URL, or another setting, is wrong: {reason}"
        raise pytest.UsageError(message) from None
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
        start_new_session=True,  # Ctrl-C stops the tests alone, which still need the server
    )

    def stop() -> None:
        server.communicate()

    config.add_cleanup(stop)
    assert server.stdout
    url = server.stdout.readline().strip()
    if not url:
        raise pytest.UsageError(server.communicate()[1].strip())
    return url


async def execute(statement: str) -> None:
    """Run a statement outside of any transaction."""
    engine = make_engine(Settings.model_validate({"database_url": os.environ["TEST_DATABASE_URL"]}))
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql(statement)
    await engine.dispose()


@asynccontextmanager
async def new_database() -> AsyncGenerator[AsyncEngine]:
    """Give an engine for a new, empty database, and drop the database at the end."""
    name = f"test_{uuid4().hex}"
    await execute(f"CREATE DATABASE {name}{{ db.create_database }}")
    settings = Settings.model_validate({"database_url": os.environ["TEST_DATABASE_URL"]})
    engine = make_engine(Settings(database_url=settings.database_url.set(database=name)))
    try:
        yield engine
    finally:
        await engine.dispose()
        await execute(f"DROP DATABASE {name}{{ db.drop_database }}")


{% include 'template/variants/execution/' ~ execution ~ '/fixtures.py' %}


@pytest.fixture(scope="session")
async def engine() -> AsyncGenerator[AsyncEngine]:
    """The database that most tests of a process share; nothing is ever committed to it."""
    async with new_database() as engine:
        async with engine.connect() as connection:
            await connection.run_sync(create_tables)
            await connection.run_sync(scratch.metadata.create_all)
            await connection.commit()
        yield engine


@pytest.fixture
async def own_engine(engine: AsyncEngine) -> AsyncGenerator[AsyncEngine]:
    """The same database, for a test that commits or uses several connections; emptied after it."""
    own_engine = make_engine(Settings(database_url=engine.url))
    yield own_engine
    async with own_engine.begin() as connection:
{% if database == 'mysql' %}
        await connection.exec_driver_sql("SET foreign_key_checks = 0")
        for table in *{{ schema.metadata }}.tables.values(), *scratch.metadata.tables.values():
            if not table.schema:  # another database, which may not be one for tests
                await connection.execute(delete(table))
{% else %}
        for tables in {{ schema.metadata }}.sorted_tables, scratch.metadata.sorted_tables:
            for table in reversed(tables):
                await connection.execute(delete(table))
{% endif %}
    await own_engine.dispose()


@pytest.fixture
async def impatient_engine(own_engine: AsyncEngine) -> AsyncGenerator[AsyncEngine]:
    """Another engine for the same database, with very short timeouts for locks and statements."""
    timeouts = {"database_timeout": 0.01, "database_statement_timeout": {{ db.short_time }}}
    engine = make_engine(Settings.model_validate({"database_url": own_engine.url, **timeouts}))
    yield engine
    await engine.dispose()
