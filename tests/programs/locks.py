"""A lock on a file is waited for until the deadline, and no longer.

Run in the environment of a project on SQLite: `python locks.py`.
"""

import logging
import sqlite3
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import twins
from my_app.retry import is_transient
from scenes import execute, made, run_all, scene, value
from sqlalchemy.exc import DBAPIError


@contextmanager
def locked(folder: Path) -> Generator[str]:
    """Give the URL of a file, in WAL mode already, whose lock somebody holds."""
    connection = sqlite3.connect(folder / "locked.db", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; CREATE TABLE note (n INTEGER); BEGIN IMMEDIATE"
    )
    try:
        yield f"sqlite:///{folder}/locked.db"
    finally:
        connection.close()


async def write(transaction: Any) -> None:
    """Write, which needs the lock."""
    await execute(transaction, "INSERT INTO note VALUES (1)")


async def wait(url: str, database_timeout: float, **options: float) -> float:
    """Write in vain; return the seconds that it took."""
    async with made(url, database_timeout=database_timeout) as engine:
        start = time.monotonic()
        with pytest.raises(DBAPIError, match="locked") as caught:
            await twins.transact(engine.begin, write, **options)
        assert is_transient(caught.value)
        return time.monotonic() - start


@scene
async def no_attempt_begins_after_the_deadline(folder: Path) -> None:
    with locked(folder) as url:
        for deadline in 0, 0.3:
            assert deadline <= await wait(url, 0.01, deadline=deadline) < 1


@scene
async def the_deadline_alone_bounds_locks(folder: Path) -> None:
    with locked(folder) as url:
        assert await wait(url, 0.01, deadline=0.3, attempts=1) >= 0.3


@scene
async def the_setting_is_the_deadline_by_default(folder: Path) -> None:
    with locked(folder) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_TIMEOUT", "0.5")
        assert 0.5 <= await wait(url, 0.01) < 1.5


@scene
async def a_wait_changes_no_setting_of_its_connection(folder: Path) -> None:
    with locked(folder) as url:
        async with (
            made(url, database_timeout=0.05) as engine,
            twins.enter(engine.connect()) as connection,
        ):
            assert await value(connection, "PRAGMA busy_timeout") == 50
            with pytest.raises(DBAPIError, match="locked"):
                await write(connection)
            assert await value(connection, "PRAGMA busy_timeout") == 50


@scene
async def only_the_lock_of_the_file_is_waited_for(folder: Path) -> None:
    # Connections that share a cache have locks on tables, for which SQLite itself does not wait.
    url = f"sqlite:///file:{folder}/shared.db?cache=shared&uri=true"
    async with made(url) as engine:
        async with twins.enter(engine.begin()) as connection:
            await execute(connection, "CREATE TABLE note (n INTEGER)")
        async with (
            twins.enter(engine.connect()) as connection,
            twins.enter(engine.connect()) as other,
        ):
            await write(connection)
            start = time.monotonic()
            with pytest.raises(DBAPIError, match="locked"):
                await write(other)
            assert time.monotonic() - start < 1


@scene
async def a_connection_is_taken_out_of_use_where_no_event_loop_runs(folder: Path) -> None:
    async with made(f"sqlite:///{folder}/note.db") as engine:
        connection = await twins.settle(engine.connect())
        sync_connection = getattr(connection, "sync_connection", connection)
        with ThreadPoolExecutor() as pool:
            pool.submit(sync_connection.invalidate).result()
        await twins.settle(connection.close())


if __name__ == "__main__":
    logging.getLogger("my_app.retry").addHandler(logging.NullHandler())  # not to standard error
    run_all()
