"""What holds behind a pooler that lends its connections to the server for one transaction each.

Run in the environment of a project: `python pooler.py URL`, of a pooler with a single connection.
"""

import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import scenes
import twins
from my_app.engine import read_only
from pydantic import ValidationError
from scenes import execute, run_all, scene, value
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

URL = sys.argv[1]
LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
# Of the session: what an application sees that sets nothing.
DEFAULTS = {
    **dict.fromkeys(LIMITS, "0"),
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "read committed",
    "client_connection_check_interval": "0",
}
pooled = partial(scenes.made, URL, database_pooler="transaction")


async def show(engine: Any, *names: str) -> list[Any]:
    """Return settings as the server has them for a transaction of this engine."""
    async with twins.enter(engine.connect()) as connection:
        return [await value(connection, f"SHOW {name}") for name in names]


async def is_untouched(engine: Any) -> bool:
    """Return whether the session of the server is as at its start."""
    bare = engine.execution_options(isolation_level="AUTOCOMMIT")
    return await show(bare, *DEFAULTS) == list(DEFAULTS.values())


@scene
async def without_the_setting_the_pooler_refuses(_: Path) -> None:
    async with scenes.made(URL) as engine:
        with pytest.raises(DBAPIError, match="unsupported startup parameter: options"):
            await show(engine, *LIMITS)


@scene
async def options_in_the_url_are_refused(_: Path) -> None:
    with pytest.raises(ValidationError, match="DATABASE_URL has options"):
        async with pooled(database_url=f"{URL}?options=-clock_timeout%3D1"):
            pass


@scene
async def each_application_has_its_own_limits(_: Path) -> None:
    async with pooled(database_timeout=3, database_statement_timeout=4) as hasty, pooled() as other:
        for _ in range(3):
            assert await show(hasty, *LIMITS) == ["3s", "4s", "4s"]
            assert await show(other, *LIMITS) == ["5s", "1min", "1min"]
            assert await is_untouched(hasty)


@scene
async def a_statement_over_its_time_is_ended(_: Path) -> None:
    async with pooled(database_statement_timeout=0.2) as engine:
        start = time.monotonic()
        async with twins.enter(engine.connect()) as connection:
            with pytest.raises(DBAPIError, match="statement timeout"):
                await execute(connection, "SELECT pg_sleep(10)")
        assert time.monotonic() - start < 2


@scene
async def a_reader_cannot_write_and_a_writer_after_it_can(_: Path) -> None:
    async with pooled() as engine:
        async with twins.enter(engine.begin()) as connection:
            await execute(connection, "CREATE TABLE IF NOT EXISTS written (n INTEGER)")
        for isolation_level in "READ COMMITTED", "SERIALIZABLE", "AUTOCOMMIT":
            reader = read_only(engine).execution_options(isolation_level=isolation_level)
            async with twins.enter(reader.connect()) as connection:
                with pytest.raises(DBAPIError, match="read-only transaction"):
                    await execute(connection, "INSERT INTO written VALUES (1)")
            async with twins.enter(engine.begin()) as connection:
                await execute(connection, "INSERT INTO written VALUES (1)")
            assert await is_untouched(engine)


@scene
async def transactions_have_the_isolation_that_they_ask_for(_: Path) -> None:
    async with pooled(database_isolation_level="REPEATABLE READ") as engine, pooled() as other:
        for _ in range(3):
            assert await show(engine, "transaction_isolation") == ["repeatable read"]
            assert await show(other, "transaction_isolation") == ["read committed"]
            serializable = other.execution_options(isolation_level="SERIALIZABLE")
            assert await show(serializable, "transaction_isolation") == ["serializable"]
            assert await is_untouched(other)


@scene
async def a_savepoint_takes_back_what_came_after_it(_: Path) -> None:
    async with pooled() as engine, twins.enter(engine.connect()) as connection:
        await execute(connection, "CREATE TEMPORARY TABLE kept (n INTEGER) ON COMMIT DROP")
        for number, kept in (1, True), (2, False):
            savepoint = await twins.settle(connection.begin_nested())
            await execute(connection, f"INSERT INTO kept VALUES ({number})")
            await twins.settle(savepoint.commit() if kept else savepoint.rollback())
        assert await execute(connection, "SELECT n FROM kept") == [(1,)]


@scene
async def a_statement_that_is_repeated_is_not_prepared(_: Path) -> None:
    statement = text("SELECT CAST(:number AS INTEGER)")
    async with pooled() as engine, pooled() as other:
        for number in range(20):
            for each in engine, other:
                # psycopg drops what it has prepared at a ROLLBACK.
                async with twins.enter(each.begin()) as connection:
                    found = await twins.settle(connection.scalar(statement, {"number": number}))
                assert found == number
        async with twins.enter(engine.begin()) as connection:
            assert await value(connection, "SELECT count(*) FROM pg_prepared_statements") == 0


if __name__ == "__main__":
    run_all()
