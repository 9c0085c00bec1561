"""Meet the limits of an engine: take more connections, time or room than there is.

Run in the environment of a project, with its settings: `python limits.py`. It prints for each limit
the error, after how many seconds it came, and whether all was well afterwards.
"""

import json
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import text

SLOW = {
    "postgresql": "SELECT pg_sleep(30)",
    "mysql": "SELECT count(*) FROM information_schema.columns AS a,"
    " information_schema.columns AS b, information_schema.columns AS c",
}


async def take_all(engine: Any) -> None:
    """Take every connection of the pool, and one more."""
    async with AsyncExitStack() as stack:
        for _ in range(Settings().database_pool_size + 1):
            await stack.enter_async_context(twins.enter(engine.connect()))


async def be_slow(engine: Any) -> None:
    """Run a statement that takes too long, after one that is undone with it."""
    async with twins.enter(engine.begin()) as connection:
        await twins.settle(connection.execute(text("INSERT INTO author (name) VALUES ('Lem')")))
        await twins.settle(connection.execute(text(SLOW[engine.dialect.name])))


async def outgrow_the_file(engine: Any) -> None:
    """Write more pages than a file of SQLite may have, after a row that is undone with them."""
    async with twins.enter(engine.begin()) as connection:
        pages = await twins.settle(connection.execute(text("PRAGMA page_count")))
        limit = text(f"PRAGMA max_page_count = {pages.scalar_one() + 5}")
        await twins.settle(connection.execute(limit))
        for name in "Lem", "x" * 1_000_000:
            statement = text("INSERT INTO author (name) VALUES (:name)")
            await twins.settle(connection.execute(statement, {"name": name}))


async def show(engine: Any, limit: Coroutine[Any, Any, None]) -> None:
    """Print what comes of meeting a limit."""
    start = time.monotonic()
    try:
        await limit
    except Exception as error:
        found = {"error": type(error).__name__, "message": str(error)}
    else:
        found = {"error": "none", "message": ""}
    found["seconds"] = str(round(time.monotonic() - start, 1))
    async with twins.enter(engine.begin()) as connection:
        authors = await twins.settle(connection.execute(text("SELECT count(*) FROM author")))
        well = authors.scalar_one() == 0 and engine.pool.checkedout() == 1
    print(json.dumps(found | {"well": well}))


async def main() -> None:
    """Meet one limit after the other."""
    engine = make_engine(Settings())
    await twins.create_tables(engine)
    await show(engine, take_all(engine))
    beyond = be_slow if engine.dialect.name in SLOW else outgrow_the_file
    await show(engine, beyond(engine))
    await twins.settle(engine.dispose())


if __name__ == "__main__":
    twins.run(main())
