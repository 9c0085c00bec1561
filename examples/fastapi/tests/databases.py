"""Databases for the tests: files, a new one for each process or test."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from my_app.config import Settings
from my_app.engine import make_engine
from my_app.schema import create_tables

from .scratch import metadata


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run every test and fixture in one event loop of asyncio."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep the settings of the developer, and of the developer's `.env`, out of the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        yield


async def make_database(url: str) -> AsyncEngine:
    """Return an engine for a new database with the tables of the application and of the tests."""
    engine = make_engine(Settings(database_url=make_url(url)))
    async with engine.connect() as connection:
        await connection.run_sync(create_tables)
        await connection.run_sync(metadata.create_all)
        await connection.commit()
    return engine


@pytest.fixture(scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[AsyncEngine]:
    """The database that most tests share; nothing is ever committed to it."""
    engine = await make_database(f"sqlite:///{tmp_path_factory.mktemp('database')}/test.db")
    yield engine
    await engine.dispose()


@pytest.fixture
async def own_engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[AsyncEngine]:
    """A database of its own, for a test that commits or uses several connections."""
    engine = await make_database(getattr(request, "param", f"sqlite:///{tmp_path}/test.db"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def impatient_engine(own_engine: AsyncEngine) -> AsyncGenerator[AsyncEngine]:
    """Another engine for the file of `own_engine`, which waits for a lock for 10 milliseconds."""
    engine = make_engine(Settings(database_url=own_engine.url, database_timeout=0.01))
    yield engine
    await engine.dispose()
