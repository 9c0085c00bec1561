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
from my_app.engine import make_replica_engine
from scenes import run_all, scene, value
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
