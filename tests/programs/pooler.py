"""What holds behind a pooler that lends its connections to the server for one transaction each.

Run in the environment of a project: `python pooler.py POOLER SERVER`, the URLs of a server and of a
pooler that has one connection to each database there, `idle_transaction_timeout` of three seconds
and `query_wait_timeout` of five.
"""

import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import scenes
import twins
from my_app.config import Settings
from my_app.engine import make_replica_engine, read_only
from pydantic import ValidationError
from scenes import execute, run_all, scene, value
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

URL, SERVER = sys.argv[1:3]
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


def bare(engine: Any) -> Any:
    """Return the same engine for work outside of transactions."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


async def is_untouched(engine: Any) -> bool:
    """Return whether the session of the server is as at its start."""
    return await show(bare(engine), *DEFAULTS) == list(DEFAULTS.values())


async def apart(engine: Any, statement: str) -> list[Any]:
    """Execute a statement in a transaction of its own; return the rows."""
    async with twins.enter(engine.begin()) as connection:
        return await execute(connection, statement)


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


@scene
async def a_replica_may_be_behind_the_pooler_too(_: Path) -> None:
    limits = {"database_timeout": 3, "database_statement_timeout": 4}
    urls = {"database_url": URL, "database_replica_url": URL, "database_pooler": "transaction"}
    async with pooled() as engine:
        replica = make_replica_engine(Settings.model_validate(urls | limits), engine)
        assert await show(replica, *LIMITS) == ["3s", "4s", "4s"]
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await apart(replica, "CREATE TABLE never (n INTEGER)")
        await twins.settle(replica.dispose())
        assert await is_untouched(engine)


@scene
async def what_a_session_keeps_is_found_by_the_next_client(_: Path) -> None:
    async with pooled() as engine, pooled() as other:
        for statement in (
            "SET search_path = elsewhere",
            "CREATE TEMPORARY TABLE left_behind (n INTEGER)",
            "LISTEN left_behind",
            "SELECT pg_advisory_lock(7)",
        ):
            await apart(engine, statement)
        assert await show(other, "search_path") == ["elsewhere"]
        assert await apart(other, "SELECT n FROM left_behind") == []
        assert await apart(other, "SELECT pg_listening_channels()") == [("left_behind",)]
        assert await apart(other, "SELECT pg_try_advisory_lock(7)") == [(True,)]  # it has it
        async with twins.enter(bare(engine).connect()) as connection:
            await execute(connection, "DISCARD ALL")
        assert await is_untouched(engine)


@scene
async def limits_are_missing_where_sqlalchemy_begins_no_transaction(_: Path) -> None:
    async with pooled() as engine:
        assert await show(bare(engine), *LIMITS) == ["0", "0", "0"]

        def ask() -> list[Any]:
            connection = twins.sync_engine(engine).raw_connection()
            found = []
            for name in LIMITS:
                cursor = connection.cursor()
                cursor.execute(f"SHOW {name}")
                found += cursor.fetchone()
            connection.close()
            return found

        assert await twins.in_greenlet(ask) == ["0", "0", "0"]


@scene
async def limits_are_missing_in_two_phases(_: Path) -> None:
    async with pooled() as engine:
        if engine.dialect.driver == "asyncpg":
            return  # it has no transactions of this kind

        def ask() -> list[Any]:
            with twins.sync_engine(engine).connect() as connection, connection.begin_twophase():
                return [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in LIMITS]

        assert await twins.in_greenlet(ask) == ["0", "0", "0"]


@scene
async def limits_of_a_role_hold_where_those_of_the_engine_do_not(_: Path) -> None:
    name = f"limited_{time.monotonic_ns()}"
    async with pooled() as engine, twins.enter(bare(engine).connect()) as connection:
        await execute(connection, f"CREATE DATABASE {name}")
        limit = f"ALTER ROLE postgres IN DATABASE {name} SET statement_timeout = '7s'"
        await execute(connection, limit)
    async with pooled(database_url=make_url(URL).set(database=name)) as engine:
        assert await show(bare(engine), "statement_timeout") == ["7s"]
        assert await show(engine, "statement_timeout") == ["1min"]


@scene
async def a_transaction_that_has_failed_is_ended_by_the_pooler_alone(_: Path) -> None:
    async with (
        pooled(database_statement_timeout=0.5) as engine,
        twins.enter(engine.connect()) as connection,
    ):
        with pytest.raises(DBAPIError, match="division by zero"):
            await execute(connection, "SELECT 1 / 0")
        await twins.pause(1.5)
        with pytest.raises(DBAPIError, match="transaction is aborted"):
            await execute(connection, "SELECT 1")
        await twins.pause(5)
        with pytest.raises(DBAPIError) as ended:
            await execute(connection, "SELECT 1")
        assert ended.value.connection_invalidated


async def hold() -> None:
    """Lock a table, say so, and run a statement for too long."""
    async with (
        pooled(database_statement_timeout=3) as engine,
        twins.enter(engine.begin()) as connection,
    ):
        await execute(connection, "LOCK TABLE held")
        print("locked", flush=True)
        await execute(connection, "SELECT pg_sleep(30)")


@scene
async def locks_of_a_client_that_is_killed_are_held_until_its_statement_ends(_: Path) -> None:
    async with pooled() as engine:
        await apart(engine, "CREATE TABLE IF NOT EXISTS held (n INTEGER)")
        command = [sys.executable, *sys.argv, "hold"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout
            assert holder.stdout.readline() == "locked\n"
            start = time.monotonic()
            asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            async with scenes.made(SERVER) as direct:
                while await apart(direct, asleep) == [(0,)]:
                    await twins.pause(0.05)
            holder.kill()
        await apart(engine, "LOCK TABLE held")
        assert 2 < time.monotonic() - start < 4.5


@scene
async def a_free_connection_is_waited_for_until_a_timeout_of_either_side(_: Path) -> None:
    async def wait(engine: Any) -> float:
        await twins.pause(0.6)  # a connection that was just used is lent without a ping
        start = time.monotonic()
        with pytest.raises((DBAPIError, TimeoutError)):
            await apart(engine, "SELECT 1")
        return time.monotonic() - start

    hasty = partial(pooled, database_statement_timeout=1)
    async with pooled() as holder, hasty() as fresh, hasty() as rested, pooled() as patient:
        for engine in rested, holder:
            await apart(engine, "SELECT 1")
        sleep = apart(holder, "SELECT pg_sleep(13)")
        _, *taken = await twins.gather(sleep, *map(wait, (fresh, rested, patient)))
        slow = 2 if fresh.dialect.driver == "asyncpg" else 0  # to close a connection
        # Three seconds: once, and once more for the ping; then query_wait_timeout.
        for seconds, least in zip(taken, (3 + slow, 2 * (3 + slow), 5), strict=True):
            assert least - 0.2 < seconds < least + 1.8, taken


@scene
async def a_snapshot_is_older_than_the_first_lock(_: Path) -> None:
    repeatable = {"database_isolation_level": "REPEATABLE READ"}
    async with pooled(**repeatable) as engine, scenes.made(SERVER, **repeatable) as direct:
        for snapshot, rows in (engine, []), (direct, [(1,)]):
            await apart(direct, "DROP TABLE IF EXISTS seen")
            await apart(direct, "CREATE TABLE seen (n INTEGER)")
            async with twins.enter(snapshot.begin()) as connection:
                await apart(direct, "INSERT INTO seen VALUES (1)")
                await execute(connection, "LOCK TABLE seen")
                assert await execute(connection, "SELECT n FROM seen") == rows


if __name__ == "__main__":
    if "hold" in sys.argv:
        twins.run(hold())
    else:
        run_all()
