"""Lend 800 copies of a book, 100 by each of eight workers, and print what became of them.

Run in the environment of a project: `python lend.py URL tuned|plain WORKERS`.
"""

import json
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import twins
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

WORKERS, EACH = 8, 100
URL, KIND, WORKER = sys.argv[1:]


def connect() -> Any:
    """Return an engine, as the project makes it or a plain one."""
    settings = Settings(database_url=make_url(URL))
    make_plain = twins.find_create_engine()
    return make_engine(settings) if KIND == "tuned" else make_plain(settings.database_url)


async def lend_one(transaction: Any) -> None:
    """Lend a copy."""
    await twins.settle(queries.lend_book(transaction, 1))


async def lend(engine: Any) -> int:
    """Lend as many copies as one worker does; return how many went without an error."""
    begin, lent = twins.find_begin(engine), 0
    for _ in range(EACH):
        try:
            if KIND == "tuned":
                await twins.transact(begin, lend_one)
            else:
                async with twins.enter(begin()) as transaction:
                    await lend_one(transaction)
            lent += 1
        except DBAPIError:
            pass
    return lent


async def set_up(engine: Any) -> None:
    """Make the tables and put the copies on the shelf."""
    await twins.create_tables(engine)
    book = text(
        "INSERT INTO book (id, author_id, title, price, copies, added_at)"
        " VALUES (1, 1, 'Solaris', 1, :copies, '2026-01-01 00:00:00.000000')"
    )
    async with twins.enter(engine.begin()) as connection:
        await twins.settle(connection.execute(text("INSERT INTO author VALUES (1, 'Lem')")))
        await twins.settle(connection.execute(book, {"copies": WORKERS * EACH}))


async def count_copies(engine: Any) -> int:
    """Return how many copies are left."""
    async with twins.enter(engine.connect()) as connection:
        copies = await twins.settle(connection.execute(text("SELECT copies FROM book")))
        left: int = copies.scalar_one()
        return left


async def lend_together(engine: Any) -> tuple[int, int]:
    """Lend by threads or tasks of this process; return how many were lent and how many are left."""
    await set_up(engine)
    lent = sum(await twins.gather(*(lend(engine) for _ in range(WORKERS))))
    return lent, await count_copies(engine)


async def with_own_engine(step: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    """Do something with an engine that nobody else uses."""
    engine = connect()
    result = await step(engine)
    await twins.settle(engine.dispose())
    return result


def lend_in_process(_: int) -> int:
    """Lend in a process that has connections of its own."""
    lent: int = twins.run(with_own_engine(lend))
    return lent


def main() -> None:
    """Print how many errors there were, and how many of the copies lent were lost."""
    if WORKER.startswith("threads"):
        lent, left = twins.run(with_own_engine(lend_together))
    else:
        twins.run(with_own_engine(set_up))
        with ProcessPoolExecutor(WORKERS) as pool:
            lent = sum(pool.map(lend_in_process, range(WORKERS)))
        left = twins.run(with_own_engine(count_copies))
    wanted = WORKERS * EACH
    sys.stdout.write(json.dumps({"errors": wanted - lent, "lost": lent - (wanted - left)}))


if __name__ == "__main__":
    main()
