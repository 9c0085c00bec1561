"""What holds where hosts and connections do not answer, or answer that they cannot.

Run in the environment of a project: `python hosts.py PRIMARY REPLICA CLOSED FROZEN`, ports of
servers on this machine. CLOSED takes no clients yet, and FROZEN accepts connections and is silent.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import scenes
import twins
from my_app.config import Settings
from my_app.engine import make_replica_engine, read_only
from my_app.retry import is_transient
from scenes import execute, run_all, scene, value
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

PRIMARY, REPLICA, CLOSED, FROZEN = sys.argv[1:]
LIMITS = {"database_timeout": 1, "database_statement_timeout": 1}


def url(*ports: str) -> str:
    """Return a URL of several servers."""
    return f"postgresql://postgres@{','.join(f'127.0.0.1:{port}' for port in ports)}/postgres"


async def ask(engine: Any, question: str) -> str:
    """Return a setting of the server that the engine leads to."""
    async with twins.enter(engine.connect()) as connection:
        return str(await value(connection, question))


@scene
async def a_host_that_takes_no_clients_is_passed_over(_: Path) -> None:
    for ports in (CLOSED, PRIMARY), (PRIMARY, CLOSED):
        async with scenes.made(url(*ports)) as engine:
            assert await ask(engine, "SHOW port") == PRIMARY


@scene
async def a_host_that_takes_no_clients_is_an_error_when_it_is_alone(_: Path) -> None:
    async with scenes.made(url(CLOSED)) as engine:
        with pytest.raises(DBAPIError, match="not accepting connections"):
            await ask(engine, "SHOW port")


@scene
async def a_host_that_is_silent_is_an_error_in_time(_: Path) -> None:
    async with scenes.made(url(FROZEN), **LIMITS) as engine:
        start = time.monotonic()
        with pytest.raises((DBAPIError, TimeoutError)):
            await ask(engine, "SHOW port")
        assert time.monotonic() - start < 10


@scene
async def a_host_that_is_silent_costs_a_new_connection_its_connect_timeout(_: Path) -> None:
    for seconds in 2, 4:
        async with scenes.made(f"{url(FROZEN, PRIMARY)}?connect_timeout={seconds}") as engine:
            start = time.monotonic()
            assert await ask(engine, "SHOW port") == PRIMARY
            assert seconds - 0.1 < time.monotonic() - start < seconds + 1.5


@scene
async def a_host_that_falls_silent_is_noticed_soon_after_the_statement_timeout(_: Path) -> None:
    for seconds in 1, 3:
        limits = {"database_statement_timeout": seconds}
        async with (
            scenes.made(url(PRIMARY), **limits) as engine,
            twins.enter(engine.connect()) as connection,
        ):
            silent = await value(connection, "SELECT pg_backend_pid()")
            os.kill(silent, signal.SIGSTOP)
            start = time.monotonic()
            try:
                with pytest.raises((DBAPIError, TimeoutError)):
                    await execute(connection, "SELECT 1")
                taken = time.monotonic() - start
                # To close a connection of asyncpg takes two seconds if nobody answers.
                least = seconds + (4 if engine.dialect.driver == "asyncpg" else 2)
                assert least - 0.1 < taken < least + 1.5
            finally:
                os.kill(silent, signal.SIGCONT)


@scene
async def who_does_not_ask_for_read_write_gets_the_first_host(_: Path) -> None:
    hosts = url(REPLICA, PRIMARY)
    async with scenes.made(hosts) as engine:
        assert await ask(engine, "SHOW port") == REPLICA
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await ask(engine, "CREATE TABLE never (n INTEGER)")
    async with scenes.made(f"{hosts}?target_session_attrs=read-write") as engine:
        assert await ask(engine, "SHOW port") == PRIMARY


@scene
async def a_new_connection_that_is_closed_at_once_is_a_transient_error(_: Path) -> None:
    async with scenes.made(url(PRIMARY)) as engine:

        @event.listens_for(getattr(engine, "sync_engine", engine), "connect", insert=True)
        def close(connection: Any, _entry: object) -> None:
            engine.dialect.do_terminate(connection)

        with pytest.raises(DBAPIError) as caught:
            await ask(engine, "SHOW port")
        assert is_transient(caught.value)


async def run(engine: Any, statement: str) -> list[Any]:
    """Execute a statement in a transaction; return the rows."""
    async with twins.enter(engine.begin()) as connection:
        return await execute(connection, statement)


@scene
async def what_was_just_written_is_missing_on_a_replica_that_lags(_: Path) -> None:
    known = Settings.model_validate(
        {"database_url": url(PRIMARY), "database_replica_url": url(REPLICA)}
    )
    async with scenes.made(url(PRIMARY)) as primary:
        replica = make_replica_engine(known, primary)
        await run(primary, "CREATE TABLE lagging AS SELECT 1 AS n")
        there = "SELECT count(*) FROM pg_class WHERE relname = 'lagging'"
        while await ask(replica, there) == "0":
            await twins.pause(0.05)
        await run(replica, "SELECT pg_wal_replay_pause()")
        while await ask(replica, "SELECT pg_get_wal_replay_pause_state()") != "paused":
            await twins.pause(0.05)
        try:
            await run(primary, "UPDATE lagging SET n = 2")
            assert await ask(replica, "SELECT n FROM lagging") == "1"
            assert await ask(read_only(primary), "SELECT n FROM lagging") == "2"
        finally:
            await run(replica, "SELECT pg_wal_replay_resume()")
            await run(primary, "DROP TABLE lagging")
        await twins.settle(replica.dispose())


@scene
async def a_standby_is_read_at_its_strictest_level(_: Path) -> None:
    settings = {"database_replica_url": url(REPLICA), "database_isolation_level": "SERIALIZABLE"}
    async with scenes.made(url(PRIMARY), **settings) as primary:
        assert await ask(primary, "SHOW transaction_isolation") == "serializable"
        known = Settings.model_validate({"database_url": url(PRIMARY), **settings})
        replica = make_replica_engine(known, primary)
        assert await ask(replica, "SHOW transaction_isolation") == "repeatable read"
        assert await ask(replica, "SHOW port") == REPLICA
        await twins.settle(replica.dispose())


@scene
async def a_connection_that_fell_silent_while_it_rested_is_replaced(_: Path) -> None:
    async with scenes.made(url(PRIMARY), **LIMITS) as engine:
        silent = int(await ask(engine, "SELECT pg_backend_pid()"))
        os.kill(silent, signal.SIGSTOP)
        try:
            await twins.pause(0.6)  # a connection that was just used is lent without a ping
            start = time.monotonic()
            assert int(await ask(engine, "SELECT pg_backend_pid()")) != silent
            assert time.monotonic() - start < 10
        finally:
            os.kill(silent, signal.SIGCONT)


if __name__ == "__main__":
    run_all()
