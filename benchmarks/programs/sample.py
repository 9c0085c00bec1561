"""What the timed programs share: the sample's tables and rows, the turns, the clocks.

Run in the environment of a project: `python workload.py TUNED_URL PLAIN_URL ROUNDS`.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import URL, Connection, Select, insert, make_url, select, text

TUNED_URL, PLAIN_URL, ROUNDS = sys.argv[1:]
IS_CORE = bool(find_spec("my_app.tables"))
WRITES, READS, ROWS, LISTED = 100, 50, 10_000, 500
PRICE = Decimal("9.99")
CLEAN_UP = text("DELETE FROM book WHERE author_id = 51")

if IS_CORE:
    tables = import_module("my_app.tables")
    metadata, books, genres, links = (
        tables.metadata,
        tables.books,
        tables.genres,
        tables.book_genres,
    )
else:
    models = import_module("my_app.models")
    metadata, links = models.Base.metadata, models.book_genre
    books, genres = models.Book.__table__, models.Genre.__table__


def make_engines(create_engine: Callable[[URL], Any]) -> dict[str, Any]:
    """Return the engine of the project and a plain one, each for a database of its own."""
    return {
        "tuned": make_engine(Settings(database_url=make_url(TUNED_URL))),
        "plain": create_engine(Settings(database_url=make_url(PLAIN_URL)).database_url),
    }


def fill(connection: Connection) -> None:
    """Make the tables, and 500 books by 50 authors in five genres each."""
    metadata.create_all(connection)
    names = [{"name": f"Author {n}"} for n in range(1, 52)]
    connection.execute(text("INSERT INTO author (name) VALUES (:name)"), names)
    rows = [
        {"author_id": n % 50 + 1, "title": f"Title {n}", "price": PRICE, "copies": 1_000_000}
        for n in range(1, LISTED + 1)
    ]
    connection.execute(insert(books), rows)
    connection.execute(insert(genres), [{"name": f"Genre {n}"} for n in range(1, 6)])
    connection.execute(
        insert(links),
        [{"book_id": b, "genre_id": g} for b in range(1, LISTED + 1) for g in range(1, 6)],
    )


def select_book(number: int) -> Select[int, str]:
    """Return a statement for one book; a query builds its statement each time."""
    return select(books.c.id, books.c.title).where(books.c.id == number % LISTED + 1)


def list_n_plus_1(connection: Connection) -> None:
    """List every book with author and genres, as code does that asks anew for every book."""
    for book in connection.execute(select(books)).all():
        connection.execute(text("SELECT name FROM author WHERE id = :n"), {"n": book.author_id})
        wanted = select(genres).join(links).where(links.c.book_id == book.id)
        connection.execute(wanted).all()


def new_rows() -> list[dict[str, Any]]:
    """Return 10,000 books of an author who has no others."""
    return [
        {"author_id": 51, "title": f"New {n}", "price": PRICE, "copies": 1} for n in range(ROWS)
    ]


def turns(plan: Mapping[Callable[[str], Any], list[str]]) -> Iterator[tuple[Any, str, str]]:
    """Yield each work with a kind of engine, and the name for its figures, round by round."""
    for _ in range(int(ROUNDS)):
        for work, kinds in plan.items():
            # Reads are so short that they take turns more often.
            for kind in kinds * (20 if work.__name__ in {"read", "read_raw"} else 1):
                yield work, kind, f"{work.__name__} {kind}"


def find_clock(engine: Any, work: Callable[[str], Any]) -> Callable[[], float]:
    """Return the clock for a work.

    On SQLite all but a commit is the work of this process, which others may interrupt.
    """
    on_cpu = engine.dialect.name == "sqlite" and "write" not in work.__name__
    return time.process_time if on_cpu else time.perf_counter
