{# Derived from ../async/databases.py: change that one, and run `make sync`. #}
"""Databases for the tests: files, a new one for each process or test."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.schema import create_tables

from .scratch import metadata


{% include 'template/variants/execution/' ~ execution ~ '/fixtures.py' %}


def make_database(url: str) -> Engine:
    """Return an engine for a new database with the tables of the application and of the tests."""
    engine = make_engine(Settings(database_url=make_url(url)))
    with engine.connect() as connection:
        create_tables(connection)
        metadata.create_all(connection)
        connection.commit()
    return engine


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Generator[Engine]:
    """The database that most tests share; nothing is ever committed to it."""
    engine = make_database(f"sqlite:///{tmp_path_factory.mktemp('database')}/test.db")
    yield engine
    engine.dispose()


@pytest.fixture
def own_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Engine]:
    """A database of its own, for a test that commits or uses several connections."""
    engine = make_database(getattr(request, "param", f"sqlite:///{tmp_path}/test.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def impatient_engine(own_engine: Engine) -> Generator[Engine]:
    """Another engine for the file of `own_engine`, which waits for a lock for 10 milliseconds."""
    engine = make_engine(Settings(database_url=own_engine.url, database_timeout=0.01))
    yield engine
    engine.dispose()
