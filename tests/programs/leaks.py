"""Use thousands of transactions, many of which end badly, and print what is left over.

Run in the environment of a project, with its settings: `python leaks.py NUMBER`.
"""

import asyncio
import gc
import json
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine, read_only
from sqlalchemy import text


async def use(begin: Any) -> None:
    """Read in a transaction."""
    async with twins.enter(begin()) as transaction:
        await twins.settle(transaction.execute(text("SELECT 1")))


async def raise_exception(begin: Any) -> None:
    """Leave a transaction by an exception."""
    with suppress(ZeroDivisionError):
        async with twins.enter(begin()) as transaction:
            await twins.settle(transaction.execute(text("SELECT 1")))
            _ = 1 // 0


async def abandon(begin: Any) -> None:
    """Cancel a task, or let a thread die, in the middle of a transaction."""
    if twins.IS_ASYNC:
        task = asyncio.create_task(use(begin))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    else:

        def die() -> None:
            context = begin()
            context.__enter__().execute(text("SELECT 1"))

        thread = threading.Thread(target=die)
        thread.start()
        thread.join()
        gc.collect()


async def worker(begin: Any, number: int) -> None:
    """Use many transactions."""
    for turn in range(number):
        await {0: raise_exception, 25: abandon, 50: raise_exception}.get(turn % 100, use)(begin)


def descriptors() -> int:
    """Return the number of open file descriptors."""
    return len(list(Path("/proc/self/fd").iterdir()))


def registered(begin: Any) -> int:
    """Return the number of sessions that the registry of a `scoped_session` holds."""
    if not isinstance(begin, partial):
        return 0
    sessions = begin.args[0].registry.registry
    return len(sessions if isinstance(sessions, dict) else vars(sessions))


async def main() -> None:
    """Work, and count what is left."""
    before = descriptors()
    engine = make_engine(Settings())
    await twins.create_tables(engine)
    begin = twins.find_begin(read_only(engine))
    await twins.gather(*(worker(begin, int(sys.argv[1]) // 4) for _ in range(4)))
    gc.collect()
    left = {"connections": engine.pool.checkedout(), "sessions": registered(begin)}
    await twins.settle(engine.dispose())
    print(json.dumps(left | {"descriptors": descriptors() - before}))


if __name__ == "__main__":
    twins.run(main())
