"""Cancel queries, more than there are connections, and see what they leave behind.

Run in the environment of a project, with its settings: `python cancel.py MEANS`. Sync projects are
cancelled by `Ctrl-C`, async ones by `wait_for`, or by a scope of `anyio` as a web server does. A
line of JSON for each kind of work says how often it was cancelled, and how many seconds late; how
many connections are missing; for how many seconds the next write waited, or its error.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from functools import partial
from importlib import import_module
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

MEANS = sys.argv[1]
AFTER = 0.15  # seconds
CONNECTIONS = int(os.environ["DATABASE_POOL_SIZE"])
COUNT = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {})"
COUNT += " SELECT count(*) FROM n"
LONG = {
    "sqlite": COUNT.format(5_000_000),
    "postgresql": "SELECT pg_sleep(8)",
    "mysql": "SELECT sleep(8)",
}
UPDATE = text("UPDATE author SET name = 'Lem' WHERE id = 1")


async def read(query: str, begin: Any, _: Any) -> None:
    """Run a query."""
    async with twins.enter(begin()) as transaction:
        await twins.settle(transaction.execute(text(query)))


async def write(query: str, begin: Any, _: Any) -> None:
    """Write a row, then run a query."""
    async with twins.enter(begin()) as transaction:
        await twins.settle(transaction.execute(UPDATE))
        await twins.settle(transaction.execute(text(query)))


async def wait(begin: Any, other: Any) -> None:
    """Wait for a row that somebody else has locked, who gives up at the same moment."""
    async with twins.enter(other.begin()) as holder:
        await twins.settle(holder.execute(UPDATE))
        async with twins.enter(begin()) as transaction:
            await twins.settle(transaction.execute(UPDATE))


def kinds_of_work(database: str) -> dict[str, Any]:
    """Return what is cancelled."""
    # A short one ends by itself before anybody waits for the lock.
    short = COUNT.format(3_000_000)
    works = {"read": partial(read, short), "write": partial(write, short)}
    if database == "sqlite" and not twins.IS_ASYNC:
        return works | {"wait": wait}  # Ctrl-C waits until a query ends
    others = {"wait": wait, "write for long": partial(write, LONG[database])}
    return works | others if database == "sqlite" else others


async def cancel(program: Coroutine[Any, Any, None]) -> None:
    """Run a program that is cancelled."""
    if MEANS == "wait_for":
        await asyncio.wait_for(program, AFTER)
    elif MEANS == "anyio":
        with import_module("anyio").fail_after(AFTER):
            await program
    else:
        threading.Timer(AFTER, os.kill, (os.getpid(), signal.SIGINT)).start()
        await program


async def take_all(engine: Any) -> None:
    """Take all connections of the pool at the same time."""
    async with AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            await stack.enter_async_context(twins.enter(engine.connect()))


async def hurt(engine: Any, other: Any, work: Any) -> dict[str, Any]:
    """Cancel work again and again, then write by another engine."""
    begin = twins.find_begin(engine)
    errors: list[BaseException] = []
    late = 0.0
    for _ in range(CONNECTIONS + 1):
        start = time.monotonic()
        try:
            await cancel(work(begin, other))
        except (KeyboardInterrupt, TimeoutError) as error:
            errors.append(error)  # whoever shows an error keeps its traceback for a while
        late = max(late, time.monotonic() - start - AFTER)
    found = {
        "cancelled": len(errors),
        "missing": engine.pool.checkedout(),
        "error": "",
        "late": round(late, 2),
    }
    start = time.monotonic()
    try:
        async with twins.enter(other.begin()) as connection:
            await twins.settle(connection.execute(UPDATE))
        found["seconds"] = round(time.monotonic() - start, 2)
        await take_all(engine)
    except SQLAlchemyError as error:
        found["error"] = str(error)
    return found


async def main() -> None:
    """Go through all kinds of work."""
    engine, other = make_engine(Settings()), make_engine(Settings())
    await twins.create_tables(engine)
    async with twins.enter(engine.begin()) as connection:
        await twins.settle(connection.execute(text("INSERT INTO author VALUES (1, 'Lem')")))
    for name, work in kinds_of_work(engine.dialect.name).items():
        print(json.dumps({"work": name, **await hurt(engine, other, work)}), flush=True)
        gc.collect()  # so that what one leaves behind is not in the way of the next
    for each in engine, other:
        await twins.settle(each.dispose())


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    twins.run(main())
