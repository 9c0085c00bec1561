"""Lend books and enter it in a ledger, in transactions that may be hurt; say what became of each.

Run in the environment of a project, with its settings: `python ledger.py WORKERS DEADLINE STOP`. A
line on standard input starts a round, which ends when the file STOP exists. No attempt begins more
than DEADLINE seconds after the first, or after as many conflicts as the variable ATTEMPTS says. For
each operation it prints "done", "failed" or "unknown", its number, how often it was tried, and the
error.
"""

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import twins
from my_app import queries, retry
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import BigInteger, Column, Integer, Table, Text, insert, text
from sqlalchemy.exc import DBAPIError

ATTEMPTS = int(os.environ.get("ATTEMPTS", "15"))
BOOKS, COPIES = (1, 2, 3), 1_000_000
# Nothing is unique but its key: what is done twice is there twice.
LEDGER = Table(
    "ledger",
    twins.find_metadata(),
    Column("id", Integer, primary_key=True),
    Column("entry", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)
NOTE = "x" * int(os.environ.get("NOTE", "1"))


async def set_up(engine: Any) -> None:
    """Make tables and books, where they are not there yet."""
    await twins.create_tables(engine)
    async with twins.enter(engine.begin()) as connection:
        found = await twins.settle(connection.execute(text("SELECT id FROM book")))
        if found.all():
            return
        await twins.settle(connection.execute(text("INSERT INTO author VALUES (1, 'Lem')")))
        for book in BOOKS:
            statement = text(
                "INSERT INTO book (id, author_id, title, price, copies, added_at)"
                " VALUES (:id, 1, :title, 1, :copies, '2026-01-01 00:00:00.000000')"
            )
            values = {"id": book, "title": f"Book {book}", "copies": COPIES}
            await twins.settle(connection.execute(statement, values))


def report(outcome: str, number: int, tries: int, error: object = "") -> None:
    """Print one line at once: it is there even if the next moment this process is killed."""
    line = " ".join(f"{outcome} {number} {tries} {time.monotonic():.3f} {error}".split())
    os.write(1, f"{line}\n".encode())


async def lend(begin: Any, deadline: float) -> None:
    """Lend two books, in any order so that deadlocks happen, and enter it, all or nothing."""
    number, tries = random.getrandbits(48), 0

    async def work(transaction: Any) -> None:
        nonlocal tries
        tries += 1
        for book in random.sample(BOOKS, 2):
            await twins.settle(queries.lend_book(transaction, book))
        entry = {"entry": number, "note": NOTE}
        await twins.settle(transaction.execute(insert(LEDGER).values(entry)))

    try:
        await twins.transact(begin, work, attempts=ATTEMPTS, deadline=deadline)
    except (DBAPIError, OSError) as error:
        report("failed", number, tries, f"{type(error).__name__}: {error}")
        await twins.pause(0.05)
    except getattr(retry, "OutcomeUnknownError", ()) as error:
        report("unknown", number, tries, f"{type(error).__name__}: {error}")
    else:
        report("done", number, tries)


async def lend_until(begin: Any, deadline: float, stop: Path) -> None:
    """Lend books, once at least."""
    await lend(begin, deadline)
    while not stop.exists():
        await lend(begin, deadline)


async def main() -> None:
    """Work in rounds."""
    workers, deadline, stop = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    engine = make_engine(Settings())
    await set_up(engine)
    begin = twins.find_begin(engine)
    print("ready", flush=True)
    while sys.stdin.readline():
        await twins.gather(*(lend_until(begin, deadline, stop) for _ in range(workers)))
        print("ready", flush=True)
    await twins.settle(engine.dispose())


if __name__ == "__main__":
    twins.run(main())
