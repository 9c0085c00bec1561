"""Time what a project does with its own engine and with a plain one; print seconds as JSON.

Run in the environment of a project: `python workload.py LAYER TUNED_URL PLAIN_URL ROUNDS`.
"""

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib import import_module
from typing import Any

from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine, read_only
from sqlalchemy import create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

LAYER, TUNED_URL, PLAIN_URL, ROUNDS = sys.argv[1:]
WRITES, READS, ROWS, LISTED = 100, 50, 10_000, 500
PRICE = Decimal("9.99")
UPDATE = text("UPDATE book SET copies = copies + 1 WHERE id = :n")

settings = Settings(database_url=make_url(TUNED_URL))
plain_url = Settings(database_url=make_url(PLAIN_URL)).database_url
engines = {"tuned": make_engine(settings), "plain": create_engine(plain_url)}
readers = {"tuned": read_only(engines["tuned"]), "plain": engines["plain"]}

if LAYER == "core":
    tables = import_module("my_app.tables")
    metadata, books, genres = tables.metadata, tables.books, tables.genres
    links = tables.book_genres
    begins = {kind: engine.begin for kind, engine in engines.items()}
    reads = {kind: engine.connect for kind, engine in readers.items()}
else:
    orm = import_module("sqlalchemy.orm")
    models = import_module("my_app.models")
    factory = import_module("my_app.session").make_session_factory
    metadata, links = models.Base.metadata, models.book_genre
    books, genres = models.Book.__table__, models.Genre.__table__
    begins = {
        "tuned": factory(engines["tuned"]).begin,
        "plain": orm.sessionmaker(engines["plain"]).begin,
    }
    reads = {"tuned": factory(readers["tuned"]), "plain": orm.sessionmaker(readers["plain"])}


@contextmanager
def counted(kind: str) -> Iterator[list[str]]:
    """Count the statements of an engine."""
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engines[kind], "before_cursor_execute", record)
    yield statements
    event.remove(engines[kind], "before_cursor_execute", record)


def fill(kind: str) -> None:
    """Make the tables, and 500 books by 50 authors in five genres each."""
    metadata.create_all(engines[kind])
    with engines[kind].begin() as connection:
        names = [{"name": f"Author {n}"} for n in range(1, 52)]
        connection.execute(text("INSERT INTO author (name) VALUES (:name)"), names)
        rows = [
            {"author_id": n % 50 + 1, "title": f"Title {n}", "price": PRICE, "copies": 1}
            for n in range(1, LISTED + 1)
        ]
        connection.execute(insert(books), rows)
        connection.execute(insert(genres), [{"name": f"Genre {n}"} for n in range(1, 6)])
        connection.execute(
            insert(links),
            [{"book_id": b, "genre_id": g} for b in range(1, LISTED + 1) for g in range(1, 6)],
        )


def write(kind: str) -> None:
    """Commit many transactions of one UPDATE; with the ORM, of an object that is loaded first."""
    for n in range(WRITES):
        with begins[kind]() as transaction:
            if LAYER == "orm":
                transaction.get(models.Book, n % LISTED + 1).copies += 1
            else:
                transaction.execute(UPDATE, {"n": n % LISTED + 1})


def read(kind: str) -> None:
    """Read one row by its key, each time in a transaction of its own."""
    for n in range(READS):
        with reads[kind]() as transaction:
            if LAYER == "orm":
                transaction.get(models.Book, n % LISTED + 1)
            else:
                wanted = select(books.c.id, books.c.title).where(books.c.id == n % LISTED + 1)
                transaction.execute(wanted).one()


def read_raw(kind: str) -> None:
    """Read as many rows by the driver alone, over one connection."""
    connection = engines[kind].raw_connection()
    cursor = connection.cursor()
    for n in range(READS):
        cursor.execute(f"SELECT id, title FROM book WHERE id = {n % LISTED + 1}")
        cursor.fetchone()
        connection.rollback()
    connection.close()


def list_at_once(kind: str) -> None:
    """List every book with author and genres, as the project does."""
    with reads[kind]() as transaction:
        queries.list_books(transaction)


def list_one_by_one(kind: str) -> None:
    """List the same as code does that asks anew for every book: N+1."""
    with engines[kind].connect() as connection:
        for book in connection.execute(select(books)).all():
            connection.execute(text("SELECT name FROM author WHERE id = :n"), {"n": book.author_id})
            wanted = select(genres).join(links).where(links.c.book_id == book.id)
            connection.execute(wanted).all()


def new_rows() -> list[dict[str, Any]]:
    """Return 10,000 books of an author who has no others."""
    return [
        {"author_id": 51, "title": f"New {n}", "price": PRICE, "copies": 1} for n in range(ROWS)
    ]


def insert_at_once(kind: str) -> None:
    """Insert 10,000 books as the project does."""
    with begins[kind]() as transaction:
        queries.add_books(transaction, new_rows())


def insert_objects(kind: str) -> None:
    """Insert 10,000 books with `add_all`; with Core, one statement a row."""
    with begins[kind]() as transaction:
        if LAYER == "orm":
            transaction.add_all([models.Book(**row) for row in new_rows()])
        else:
            for row in new_rows():
                transaction.execute(insert(books).values(row))


def insert_raw(kind: str) -> None:
    """Insert 10,000 books by the driver alone."""
    connection = engines[kind].raw_connection()
    mark = "?" if engines[kind].dialect.name == "sqlite" else "%s"
    connection.cursor().executemany(
        "INSERT INTO book (author_id, title, price, copies, added_at)"
        f" VALUES ({', '.join([mark] * 5)})",
        [(51, f"New {n}", "9.99", 1, "2026-01-01 00:00:00.000000") for n in range(ROWS)],
    )
    connection.commit()
    connection.close()


def read_beside_a_writer(kind: str) -> int:
    """Return how many point reads half a second has beside a thread that only writes."""
    stop, done = threading.Event(), 0

    def keep_writing() -> None:
        while not stop.is_set():
            try:
                with begins[kind]() as transaction:
                    for n in range(50):
                        queries.return_book(transaction, n + 1)
            except DBAPIError:
                pass

    thread = threading.Thread(target=keep_writing)
    thread.start()
    end = time.perf_counter() + 0.5
    while time.perf_counter() < end:
        try:
            with reads[kind]() as transaction:
                transaction.execute(select(books.c.title).where(books.c.id == 1)).one()
            done += 1
        except DBAPIError:
            pass
    stop.set()
    thread.join()
    return done


def timed(work: Callable[[str], None], kind: str) -> float:
    """Return the seconds that work takes; without the books that it added."""
    # On SQLite all but a commit is the work of this process, which others may interrupt.
    on_cpu = engines[kind].dialect.name == "sqlite" and work is not write
    clock = time.process_time if on_cpu else time.perf_counter
    start = clock()
    work(kind)
    taken = clock() - start
    if work in {insert_at_once, insert_objects, insert_raw}:
        with engines[kind].begin() as connection:
            connection.execute(text("DELETE FROM book WHERE author_id = 51"))
    return taken


def main() -> None:
    """Do everything in turn, and print the figures of every round."""
    taken: dict[str, list[float]] = defaultdict(list)
    counts = {}
    for kind in engines:
        fill(kind)
    with counted("tuned") as statements:
        list_at_once("tuned")
        counts["list"] = sum(statement.startswith("SELECT") for statement in statements)
        statements.clear()
        insert_at_once("tuned")
        counts["insert"] = sum(statement.startswith("INSERT") for statement in statements)
    with engines["tuned"].begin() as connection:
        connection.execute(text("DELETE FROM book WHERE author_id = 51"))
    for _ in range(int(ROUNDS)):
        for work, kinds in {
            write: ["tuned", "plain"],
            read: ["tuned", "plain"],
            read_raw: ["plain"],
            list_at_once: ["tuned"],
            list_one_by_one: ["plain"],
            insert_at_once: ["tuned"],
            insert_objects: ["plain"],
            insert_raw: ["plain"],
        }.items():
            # Reads are so short that they take turns more often.
            for kind in kinds * (20 if work in {read, read_raw} else 1):
                taken[f"{work.__name__} {kind}"].append(timed(work, kind))
        for kind in engines:
            taken[f"read_beside_a_writer {kind}"].append(0.5 / max(read_beside_a_writer(kind), 1))
    for engine in engines.values():
        engine.dispose()
    sys.stdout.write(json.dumps({"seconds": taken, "statements": counts}))


if __name__ == "__main__":
    main()
