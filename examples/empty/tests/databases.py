"""Databases for the tests: files, a new one for each process or test."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from my_app.config import Settings
from my_app.engine import make_engine
from my_app.schema import create_tables

from .scratch import metadata


@pytest.fixture(scope="session", autouse=True)
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep the settings of the developer, and of the developer's `.env`, out of the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        yield


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
