"""Statements of SQLite on connections that are fresh, detached, or come from a reader.

Run in the environment of a project: `python first_statements.py`.
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import twins
from my_app.engine import read_only
from scenes import SCENES, execute, made, run_all, scene, value
from sqlalchemy.exc import DBAPIError

FAMILY = (
    "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
    "CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE);"
    "INSERT INTO parent VALUES (1);"
    "INSERT INTO child VALUES (1);"
)
# None of these can be executed in a transaction, or does anything there; see
# https://www.sqlite.org/lang_vacuum.html and https://www.sqlite.org/pragma.html
ALONE = {
    "VACUUM": [],
    "vacuum": [],
    "\n  VACUUM": [],
    "-- every week\nVACUUM": [],
    "/* every week */ VACUUM": [],
    "VACUUM INTO '{folder}/copy.db'": [],
    "PRAGMA wal_checkpoint (TRUNCATE)": [(0, 0, 0)],
    "PRAGMA journal_mode": [("wal",)],
    "PRAGMA journal_mode = DELETE": [("delete",)],
    "pragma journal_mode = wal": [("wal",)],
    "PRAGMA synchronous = FULL": [],
    "PRAGMA temp_store = MEMORY": [],
    "ATTACH '{folder}/other.db' AS other": [],
    "DETACH other": [],
}
BEGINNINGS = ["BEGIN", "BEGIN DEFERRED", "BEGIN IMMEDIATE", "begin exclusive transaction"]
# https://www.sqlite.org/lang_altertable.html#otheralter, steps 1 to 12
REBUILD = [
    "PRAGMA foreign_keys = OFF",
    "BEGIN",
    "CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT)",
    "INSERT INTO new_parent (id) SELECT id FROM parent",
    "DROP TABLE parent",
    "ALTER TABLE new_parent RENAME TO parent",
    "PRAGMA foreign_key_check",
    "COMMIT",
    "PRAGMA foreign_keys = ON",
]


@asynccontextmanager
async def family(folder: Path) -> AsyncGenerator[Any]:
    """Give an engine for a file with a parent and a child, of whose connections one is used."""
    async with made(f"sqlite:///{folder}/family.db") as engine:
        async with twins.enter(engine.begin()) as connection:
            for statement in FAMILY.split(";"):
                await execute(connection, statement)
        yield engine


def is_locked(folder: Path) -> bool:
    """Return whether somebody holds the lock for writing."""
    connection = sqlite3.connect(folder / "family.db", timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


async def read(engine: Any) -> None:
    """Read, so that the connection of the pool was a reader's."""
    async with twins.enter(read_only(engine).connect()) as connection:
        await execute(connection, "SELECT * FROM parent")


async def read_in_vain(engine: Any) -> None:
    """Fail to write through a reader."""
    async with twins.enter(read_only(engine).connect()) as connection:
        with suppress(DBAPIError):
            await execute(connection, "DELETE FROM parent")


async def read_and_raise(engine: Any) -> None:
    """Leave a reader by an exception."""
    with suppress(ZeroDivisionError):
        async with twins.enter(read_only(engine).connect()) as connection:
            await execute(connection, "SELECT * FROM parent")
            _ = 1 // 0


async def read_alone(engine: Any) -> None:
    """Read without a transaction."""
    reader = read_only(engine).execution_options(isolation_level="AUTOCOMMIT")
    async with twins.enter(reader.connect()) as connection:
        await execute(connection, "SELECT * FROM parent")


READERS = [read, read_in_vain, read_and_raise, read_alone]


@scene
async def the_driver_of_a_writer_can_write_after_a_reader(folder: Path) -> None:
    async with family(folder) as engine:
        for number, reader in enumerate(READERS, 2):
            await reader(engine)
            async with twins.enter(engine.connect()) as connection:
                if twins.IS_ASYNC:
                    driver = (await connection.get_raw_connection()).driver_connection
                else:
                    driver = connection.connection.driver_connection
                script = f"BEGIN; INSERT INTO parent VALUES ({number}); COMMIT"
                await twins.settle(driver.executescript(script))


@scene
async def raw_connections_can_write_after_a_reader(folder: Path) -> None:
    def write(engine: Any, number: int) -> None:
        raw = engine.raw_connection()
        raw.cursor().execute(f"INSERT INTO parent VALUES ({number})")
        raw.commit()
        raw.close()

    async with family(folder) as engine, made("sqlite://") as other:
        for number, reader in enumerate(READERS, 2):
            await reader(engine)
            if twins.IS_ASYNC:
                # Code that is not async runs beside a connection, which is not the one it takes.
                async with other.connect() as beside:
                    await beside.run_sync(lambda _, n=number: write(engine.sync_engine, n))
            else:
                write(engine, number)


async def detach(connection: Any) -> None:
    """Take a connection out of its pool."""
    await connection.run_sync(lambda c: c.detach()) if twins.IS_ASYNC else connection.detach()


@scene
async def detached_connections_work(folder: Path) -> None:
    async with family(folder) as engine:
        async with twins.enter(engine.connect()) as connection:
            await detach(connection)
            assert await value(connection, "SELECT count(*) FROM child") == 1
            assert is_locked(folder), "who reads may write next"
            await execute(connection, "DELETE FROM parent")
            await twins.settle(connection.commit())
            assert await value(connection, "SELECT count(*) FROM child") == 0
        assert engine.pool.checkedout() == 0


@scene
async def detached_readers_cannot_write(folder: Path) -> None:
    async with family(folder) as engine, twins.enter(read_only(engine).connect()) as connection:
        await detach(connection)
        assert await value(connection, "SELECT count(*) FROM child") == 1
        assert not is_locked(folder)
        with pytest.raises(DBAPIError, match="readonly"):
            await execute(connection, "DELETE FROM parent")


async def execute_alone(engine: Any, folder: Path, statement: str, wanted: list[Any]) -> None:
    """Execute a statement first, on a connection that a reader had; then write after it."""
    await read(engine)
    async with twins.enter(engine.connect()) as connection:
        rows = await execute(connection, statement.format(folder=folder))
        assert rows == wanted, rows
        assert not is_locked(folder)
        assert await value(connection, "SELECT count(*) FROM child") == 1
        assert is_locked(folder), "who reads may write next"
        await execute(connection, "INSERT INTO parent DEFAULT VALUES")
        await twins.settle(connection.commit())


async def begin_alone(engine: Any, folder: Path, statement: str) -> None:
    """Begin explicitly, on a connection that a reader had; undo one change, and keep another."""
    await read(engine)
    async with twins.enter(engine.connect()) as connection:
        for end in connection.rollback, connection.commit:
            await execute(connection, statement)
            assert is_locked(folder) == (statement not in {"BEGIN", "BEGIN DEFERRED"})
            await execute(connection, "INSERT INTO parent DEFAULT VALUES")
            await twins.settle(end())
            assert not is_locked(folder)
        assert await value(connection, "SELECT count(*) FROM parent") == 2


async def alone(folder: Path, statement: str, wanted: list[Any]) -> None:
    """Show that a statement can be the first of its connection."""
    async with family(folder) as engine:
        if statement.startswith("DETACH"):
            await execute_alone(engine, folder, "ATTACH '{folder}/other.db' AS other", [])
        await execute_alone(engine, folder, statement, wanted)


async def begin(folder: Path, statement: str) -> None:
    """Show that a transaction can be begun explicitly."""
    async with family(folder) as engine:
        await begin_alone(engine, folder, statement)


SCENES |= {sql: partial(alone, statement=sql, wanted=wanted) for sql, wanted in ALONE.items()}
SCENES |= {sql: partial(begin, statement=sql) for sql in BEGINNINGS}


@scene
async def children_outlive_their_table_with_foreign_keys_off(folder: Path) -> None:
    async with family(folder) as engine, twins.enter(engine.connect()) as connection:
        for statement in REBUILD:
            assert await execute(connection, statement) == []
        assert await value(connection, "SELECT count(*) FROM child") == 1
        await execute(connection, "DELETE FROM parent")
        assert await value(connection, "SELECT count(*) FROM child") == 0


@scene
async def readers_can_begin_but_not_write(folder: Path) -> None:
    async with family(folder) as engine:
        for statement in "BEGIN", "PRAGMA journal_mode", "ATTACH ':memory:' AS other":
            async with twins.enter(read_only(engine).connect()) as connection:
                await execute(connection, statement)
                with pytest.raises(DBAPIError, match="readonly"):
                    await execute(connection, "DELETE FROM parent")


@scene
async def readers_cannot_change_the_journal_mode(folder: Path) -> None:
    async with family(folder) as engine:
        async with twins.enter(read_only(engine).connect()) as connection:
            with suppress(DBAPIError):
                await execute(connection, "PRAGMA journal_mode = DELETE")
        async with twins.enter(read_only(engine).connect()) as connection:
            assert await value(connection, "PRAGMA journal_mode") == "wal"


@scene
async def a_dialect_can_execute_statements_when_it_is_initialized(folder: Path) -> None:
    async with made(f"sqlite:///{folder}/family.db") as engine:
        dialect, found = engine.dialect, []
        initialize = dialect.initialize

        def ask(connection: Any) -> None:
            initialize(connection)
            found.append(connection.exec_driver_sql("SELECT sqlite_version()").scalar_one())

        dialect.initialize = ask
        async with twins.enter(engine.connect()) as connection:
            assert await value(connection, "SELECT sqlite_version()") == found[0]


if __name__ == "__main__":
    run_all()
