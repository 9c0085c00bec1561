"""Time the last page of many books, by the key of the page before and by OFFSET; print JSON.

Run in the environment of a Core project: `python page.py URL NUMBER`.
"""

import json
import sys
import time
from collections.abc import Callable

import pages
import twins
from my_app.config import Settings
from my_app.engine import make_engine, read_only
from my_app.queries import page_of_books
from my_app.tables import authors, books
from sqlalchemy import Connection, make_url, select

URL, NUMBER = sys.argv[1], int(sys.argv[2])
SIZE, TIMES = 20, 25


def by_key(connection: Connection) -> int:
    """Read the last page as the project does."""
    return len(page_of_books(connection, NUMBER - SIZE, SIZE))


def by_offset(connection: Connection) -> int:
    """Read the last page by its distance from the first."""
    statement = (
        select(books.c.id, books.c.title, books.c.price, authors.c.name)
        .join_from(books, authors)
        .order_by(books.c.id)
        .limit(SIZE)
        .offset(NUMBER - SIZE)
    )
    return len(connection.execute(statement).all())


def timed(work: Callable[[Connection], int], connection: Connection) -> float:
    """Return the seconds that a page takes."""
    start = time.perf_counter()
    assert work(connection) == SIZE
    return time.perf_counter() - start


async def fill() -> None:
    """Write the books."""
    await twins.create_tables(engine)
    await pages.fill(engine, NUMBER)


engine = make_engine(Settings(database_url=make_url(URL)))
twins.run(fill())
ways = {"page_of_books": by_key, "OFFSET": by_offset}
with read_only(engine).connect() as reader:
    # One after the other: who reads every row takes what the other one needs out of the cache.
    taken = {name: [timed(way, reader) for _ in range(TIMES)] for name, way in ways.items()}
engine.dispose()
print(json.dumps(taken))
