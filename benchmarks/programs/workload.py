"""Time what a sync project does with its own engine and with a plain one; print seconds as JSON."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sample
from my_app import queries
from my_app.engine import read_only
from sqlalchemy import create_engine, event, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker

engines = sample.make_engines(create_engine)
readers = {"tuned": read_only(engines["tuned"]), "plain": engines["plain"]}

if sample.IS_CORE:
    begins = {kind: engine.begin for kind, engine in engines.items()}
    reads = {kind: engine.connect for kind, engine in readers.items()}
else:
    from my_app.models import Book
    from my_app.session import make_session_factory

    begins = {
        "tuned": make_session_factory(engines["tuned"]).begin,
        "plain": sessionmaker(engines["plain"]).begin,
    }
    reads = {
        "tuned": make_session_factory(readers["tuned"]),
        "plain": sessionmaker(readers["plain"]),
    }


@contextmanager
def counted(kind: str) -> Iterator[list[str]]:
    """Count the statements of an engine."""
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engines[kind], "before_cursor_execute", record)
    yield statements
    event.remove(engines[kind], "before_cursor_execute", record)


def write(kind: str) -> None:
    """Commit many transactions of one UPDATE, by a query of the project."""
    for n in range(1, sample.WRITES + 1):
        with begins[kind]() as transaction:
            queries.return_book(transaction, n)


def read_and_write(kind: str) -> None:
    """Commit many transactions that read before they write, by a query of the project."""
    for n in range(1, sample.WRITES + 1):
        with begins[kind]() as transaction:
            queries.lend_book(transaction, n)


def read(kind: str) -> None:
    """Read one row by its key, each time in a transaction of its own."""
    for n in range(1, sample.READS + 1):
        with reads[kind]() as transaction:
            if sample.IS_CORE:
                transaction.execute(sample.select_book(n)).one()
            else:
                transaction.get(Book, n)


def read_raw(kind: str) -> None:
    """Read as many rows by the driver alone, over one connection."""
    connection = engines[kind].raw_connection()
    cursor = connection.cursor()
    for n in range(1, sample.READS + 1):
        cursor.execute(f"SELECT id, title FROM book WHERE id = {n}")
        cursor.fetchone()
        connection.rollback()
    connection.close()


def list_at_once(kind: str) -> None:
    """List every book with author and genres, as the project does."""
    with reads[kind]() as transaction:
        queries.list_books(transaction)


def list_one_by_one(kind: str) -> None:
    """List the same, N+1."""
    with engines[kind].connect() as connection:
        sample.list_n_plus_1(connection)


def insert_at_once(kind: str) -> None:
    """Insert 10,000 books as the project does."""
    with begins[kind]() as transaction:
        queries.add_books(transaction, sample.new_rows())


def insert_objects(kind: str) -> None:
    """Insert 10,000 books with `add_all`; with Core, one statement a row."""
    with begins[kind]() as transaction:
        if sample.IS_CORE:
            for row in sample.new_rows():
                transaction.execute(insert(sample.books).values(row))
        else:
            transaction.add_all([Book(**row) for row in sample.new_rows()])


def insert_raw(kind: str) -> None:
    """Insert 10,000 books by the driver alone."""
    connection = engines[kind].raw_connection()
    mark = "?" if engines[kind].dialect.name == "sqlite" else "%s"
    connection.cursor().executemany(
        "INSERT INTO book (author_id, title, price, copies, added_at)"
        f" VALUES ({', '.join([mark] * 5)})",
        [(51, f"New {n}", "9.99", 1, "2026-01-01 00:00:00.000000") for n in range(sample.ROWS)],
    )
    connection.commit()
    connection.close()


def beside_a_writer(kind: str) -> int:
    """Return how many point reads half a second has beside a thread that only writes."""
    stop, done = threading.Event(), 0

    def keep_writing() -> None:
        while not stop.is_set():
            try:
                with begins[kind]() as transaction:
                    for n in range(1, 51):
                        queries.return_book(transaction, n)
            except DBAPIError:
                pass

    thread = threading.Thread(target=keep_writing)
    thread.start()
    end = time.perf_counter() + 0.5
    while time.perf_counter() < end:
        try:
            with reads[kind]() as transaction:
                transaction.execute(sample.select_book(1)).one()
            done += 1
        except DBAPIError:
            pass
    stop.set()
    thread.join()
    return done


def clean_up(kind: str) -> None:
    """Delete the books that were added."""
    with engines[kind].begin() as connection:
        connection.execute(sample.CLEAN_UP)


def timed(work: Callable[[str], None], kind: str) -> float:
    """Return the seconds that work takes."""
    clock = sample.find_clock(engines[kind], work)
    start = clock()
    work(kind)
    taken = clock() - start
    if work in {insert_at_once, insert_objects, insert_raw}:
        clean_up(kind)
    return taken


def main() -> None:
    """Do everything in turn, and print the figures of every round."""
    taken: dict[str, list[float]] = defaultdict(list)
    counts = {}
    for engine in engines.values():
        with engine.begin() as connection:
            sample.fill(connection)
    plan = {
        write: ["tuned", "plain"],
        read_and_write: ["tuned", "plain"],
        read: ["tuned", "plain"],
        read_raw: ["plain"],
        list_at_once: ["tuned"],
        list_one_by_one: ["plain"],
        insert_at_once: ["tuned"],
        insert_objects: ["plain"],
        insert_raw: ["plain"],
    }
    for work, kind, name in sample.turns(plan):
        taken[name].append(timed(work, kind))
    for _ in range(int(sample.ROUNDS)):
        for kind in engines:
            taken[f"beside_a_writer {kind}"].append(0.5 / max(beside_a_writer(kind), 1))
    # At the end: an engine that once had a listener of its connections is slower ever after.
    with counted("tuned") as statements:
        list_at_once("tuned")
        counts["list"] = sum(statement.startswith("SELECT") for statement in statements)
        statements.clear()
        insert_at_once("tuned")
        counts["insert"] = sum(statement.startswith("INSERT") for statement in statements)
    for engine in engines.values():
        engine.dispose()
    print(json.dumps({"seconds": taken, "statements": counts}))


if __name__ == "__main__":
    main()
