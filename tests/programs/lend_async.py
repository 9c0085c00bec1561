"""Lend 800 copies of a book, 100 by each of eight workers, and print what became of them.

Run in the environment of an async project: `python lend_async.py LAYER URL tuned WORKERS`.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Any

from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.retry import run_in_transaction
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

WORKERS, EACH = 8, 100
LAYER, URL, _, WORKER = sys.argv[1:]

Begin = Callable[[], AbstractAsyncContextManager[Any]]


def connect() -> tuple[AsyncEngine, Begin]:
    """Return an engine as the project makes it, and what begins a transaction."""
    engine = make_engine(Settings(database_url=make_url(URL)))
    if LAYER == "core":
        return engine, engine.begin
    return engine, import_module("my_app.session").make_session_factory(engine).begin


async def lend(begin: Begin) -> int:
    """Lend as many copies as one worker does; return how many went without an error."""
    lent = 0
    for _ in range(EACH):
        try:
            await run_in_transaction(begin, lambda transaction: queries.lend_book(transaction, 1))
            lent += 1
        except DBAPIError:
            pass
    return lent


async def lend_by_own_connections() -> int:
    """Do as `lend` does, with an engine of its own."""
    engine, begin = connect()
    lent = await lend(begin)
    await engine.dispose()
    return lent


def run_process(_: int) -> int:
    """Lend in the event loop of another process."""
    return asyncio.run(lend_by_own_connections())


async def set_up() -> None:
    """Make the tables and put the copies on the shelf."""
    engine, _ = connect()
    if LAYER == "core":
        metadata = import_module("my_app.tables").metadata
    else:
        metadata = import_module("my_app.models").Base.metadata
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(text("INSERT INTO author (id, name) VALUES (1, 'Lem')"))
        await connection.execute(
            text(
                "INSERT INTO book (id, author_id, title, price, copies, added_at)"
                " VALUES (1, 1, 'Solaris', 1, :copies, '2026-01-01 00:00:00.000000')"
            ),
            {"copies": WORKERS * EACH},
        )
    await engine.dispose()


async def lend_by_tasks() -> int:
    """Lend by tasks of this process."""
    engine, begin = connect()
    lent = sum(await asyncio.gather(*(lend(begin) for _ in range(WORKERS))))
    await engine.dispose()
    return lent


async def count_copies() -> int:
    """Return how many copies are left."""
    engine, _ = connect()
    async with engine.connect() as connection:
        left: int = (await connection.execute(text("SELECT copies FROM book"))).scalar_one()
    await engine.dispose()
    return left


def main() -> None:
    """Print how many were to be lent, how many were, and how many of these were lost."""
    asyncio.run(set_up())
    if WORKER == "threads":
        lent = asyncio.run(lend_by_tasks())
    else:
        with ProcessPoolExecutor(WORKERS) as pool:
            lent = sum(pool.map(run_process, range(WORKERS)))
    wanted = WORKERS * EACH
    lost = lent - (wanted - asyncio.run(count_copies()))
    sys.stdout.write(json.dumps({"errors": wanted - lent, "lost": lost}))


if __name__ == "__main__":
    main()
