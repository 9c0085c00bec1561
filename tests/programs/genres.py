"""Add 160 books by eight workers who need the same new genres at the same time; print what came.

Run in the environment of a project, with its settings: `python genres.py`.
"""

import json
from decimal import Decimal
from typing import Any

import twins
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

WORKERS, EACH = 8, 20
ATTEMPTS = 100  # SERIALIZABLE may refuse a transaction for each of the others, on a busy machine
UNSORTED: list[list[str]] = []  # the names of genres that were sent in another order
STORED = """
SELECT genre.name, count(*) FROM genre JOIN book_genre ON genre.id = genre_id GROUP BY genre.name
"""


def check_order(
    _connection: object, _cursor: object, statement: str, rows: Any, *_: object
) -> None:
    """Keep the names of genres that are not sent in order: two transactions could deadlock."""
    if statement.startswith("INSERT INTO genre "):
        rows = rows if isinstance(rows, list) else [rows]
        names = [name for row in rows for name in (row.values() if isinstance(row, dict) else row)]
        if names != sorted(names):
            UNSORTED.append(names)


async def add(begin: Any, title: str, *genres: str) -> str:
    """Add a book in these genres; return the error, or nothing."""

    async def work(transaction: Any) -> None:
        # What a transaction has read already must not hide from it what others commit.
        await twins.settle(transaction.execute(text("SELECT name FROM author")))
        await twins.settle(queries.add_book(transaction, 1, title, Decimal(1), genres))

    try:
        await twins.transact(begin, work, attempts=ATTEMPTS)
    except DBAPIError as error:
        return f"{type(error).__name__}: {error.orig}"
    return ""


async def add_some(begin: Any, worker: int) -> list[str]:
    """Add the books of a worker, each in two genres that no book had in the turn before."""
    errors = []
    for turn in range(EACH):
        genres = [f"Genre {turn} {part}" for part in "ab"]
        # Some name them the other way round.
        errors.append(await add(begin, f"Volume {worker} {turn}", *genres[:: (-1) ** worker]))
    return errors


async def main() -> None:
    """Print the errors, the books of each genre, and the genres when one is named with a space."""
    engine = make_engine(Settings())
    await twins.create_tables(engine)
    async with twins.enter(engine.begin()) as connection:
        await twins.settle(connection.execute(text("INSERT INTO author VALUES (1, 'Lem')")))
    event.listen(getattr(engine, "sync_engine", engine), "before_cursor_execute", check_order)
    begin = twins.find_begin(engine)
    errors = await twins.gather(*(add_some(begin, worker) for worker in range(WORKERS)))
    books = await read(engine)
    space = await add(begin, "Spaces", "Genre 0 a ")
    found = {
        "errors": sorted({error for part in [*errors, [space]] for error in part if error}),
        "unsorted": UNSORTED,
        "books": [*books.values()],
        "with_space": len(await read(engine)),
    }
    print(json.dumps(found))
    await twins.settle(engine.dispose())


async def read(engine: Any) -> dict[str, int]:
    """Return the number of books of each genre that has any."""
    async with twins.enter(engine.connect()) as connection:
        rows = await twins.settle(connection.execute(text(STORED)))
        return {row[0]: row[1] for row in rows}


if __name__ == "__main__":
    twins.run(main())
