"""Wait for answers that never come, for locks and for nothing, all at once; print for how long.

Run in the environment of a project, with its settings: `python waiting.py`. At WIRE_URL no answer
comes where a statement asks for none, and at MUTE_URL nobody ever says a word.
"""

import json
import os
import time
from collections.abc import Callable, Coroutine
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import text

IDLE = 4  # seconds, longer than DATABASE_STATEMENT_TIMEOUT
IS_POSTGRESQL = os.environ["DATABASE_URL"].startswith("postgresql")
CONNECTION_ID = "SELECT pg_backend_pid()" if IS_POSTGRESQL else "SELECT connection_id()"
ALIVE = (
    "SELECT count(*) FROM pg_stat_activity WHERE pid = {}"
    if IS_POSTGRESQL
    else "SELECT count(*) FROM information_schema.processlist WHERE id = {}"
)


class Clock:
    """The seconds that a case takes, or the part of it that matters."""

    def __init__(self) -> None:
        """Start."""
        self.start()

    def start(self) -> None:
        """Start again."""
        self.begin, self.seconds = time.monotonic(), 0.0

    def stop(self) -> float:
        """Return the seconds until this was called first."""
        self.seconds = self.seconds or time.monotonic() - self.begin
        return self.seconds


def connect(**settings: object) -> Any:
    """Return an engine of the project."""
    return make_engine(Settings.model_validate(settings))


async def scalar(connection: Any, sql: str) -> Any:
    """Return the value that a statement finds, if any."""
    result = await twins.settle(connection.execute(text(sql)))
    return result.scalar() if result.returns_rows else None


async def apart(engine: Any, sql: str) -> Any:
    """Run a statement in a transaction of its own."""
    async with twins.enter(engine.begin()) as connection:
        return await scalar(connection, sql)


async def lost_answer(_: Clock) -> None:
    """Get no answer to a SELECT."""
    await on_the_wire(lambda engine: apart(engine, "SELECT 1 /* no answer */"))


async def lost_answer_to_commit(_: Clock) -> None:
    """Get no answer to COMMIT."""

    async def work(transaction: Any) -> None:
        await scalar(transaction, "INSERT INTO waited VALUES (2) /* no answer at COMMIT */")

    await on_the_wire(lambda engine: twins.transact(twins.find_begin(engine), work))


async def on_the_wire(use: Callable[[Any], Coroutine[Any, Any, object]]) -> None:
    """Use an engine where answers get lost; if it does not work afterwards, say so instead."""
    engine = connect(database_url=os.environ["WIRE_URL"])
    try:
        await use(engine)
    finally:
        assert await apart(engine, "SELECT 1") == 1
        await twins.settle(engine.dispose())


async def mute_server(_: Clock) -> None:
    """Connect to what accepts connections and never speaks."""
    engine = connect(database_url=os.environ["MUTE_URL"])
    try:
        await apart(engine, "SELECT 1")
    finally:
        await twins.settle(engine.dispose())


async def idle_transaction(_: Clock) -> None:
    """Forget a transaction for a while; say so if the server has not ended it meanwhile."""
    engine = connect()
    try:
        async with twins.enter(engine.connect()) as connection:
            idle = await scalar(connection, CONNECTION_ID)
            await scalar(connection, "SELECT n FROM waited")
            await twins.pause(IDLE)
            assert await apart(engine, ALIVE.format(idle)) == 0
            await scalar(connection, "SELECT n FROM waited")
    finally:
        assert await apart(engine, "SELECT 1") == 1
        await twins.settle(engine.dispose())


async def locked_row(clock: Clock) -> None:
    """Change a row that somebody else keeps."""
    await impatiently(clock, "UPDATE waited SET n = 2 WHERE n = 1")


async def locked_table(clock: Clock) -> None:
    """Change a table that somebody else reads."""
    await impatiently(clock, "ALTER TABLE waited ADD COLUMN m INTEGER")


async def impatiently(clock: Clock, sql: str) -> None:
    """Run a statement on an engine that waits half a second for a lock."""
    engine = connect(database_timeout=0.5)
    try:
        async with twins.enter(engine.begin()) as connection:
            await scalar(connection, "SELECT 1")
            clock.start()
            await scalar(connection, sql)
    finally:
        clock.stop()
        await twins.settle(engine.dispose())


async def show(case: Callable[[Clock], Coroutine[Any, Any, None]]) -> None:
    """Print the error that ends a case, and after how many seconds, in one piece."""
    clock = Clock()
    try:
        await case(clock)
    except Exception as error:
        found = {"error": type(error).__name__, "message": str(error)}
    else:
        found = {"error": ""}
    line = json.dumps({"case": case.__name__, **found, "seconds": round(clock.stop(), 2)})
    os.write(1, f"{line}\n".encode())


CASES = [
    lost_answer,
    lost_answer_to_commit,
    mute_server,
    idle_transaction,
    locked_row,
    locked_table,
]


async def main() -> None:
    """Have a row, and somebody who keeps it; wait in every way."""
    plain = twins.find_create_engine()(Settings().database_url)
    for sql in "CREATE TABLE waited (n INTEGER PRIMARY KEY)", "INSERT INTO waited VALUES (1)":
        await apart(plain, sql)
    async with twins.enter(plain.begin()) as holder:
        await scalar(holder, "SELECT n FROM waited WHERE n = 1 FOR UPDATE")
        await twins.gather(*(show(case) for case in CASES))
    await twins.settle(plain.dispose())


if __name__ == "__main__":
    twins.run(main())
