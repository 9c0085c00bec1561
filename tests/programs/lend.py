"""Lend 800 copies of a book, 100 by each of eight workers, and print what became of them.

Run in the environment of a project: `python lend.py LAYER URL tuned|plain WORKERS`.
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.retry import run_in_transaction
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

WORKERS, EACH = 8, 100
LAYER, URL, KIND, WORKER = sys.argv[1:]

Begin = Callable[[], AbstractContextManager[Any]]


def connect() -> tuple[Engine, Begin]:
    """Return an engine, as the project makes it or a plain one, and what begins a transaction."""
    settings = Settings(database_url=make_url(URL))
    engine = make_engine(settings) if KIND == "tuned" else create_engine(settings.database_url)
    if LAYER == "core":
        return engine, engine.begin
    return engine, import_module("my_app.session").make_session_factory(engine).begin


def lend(begin: Begin) -> int:
    """Lend as many copies as one worker does; return how many went without an error."""
    lent = 0
    for _ in range(EACH):
        try:
            if KIND == "tuned":
                run_in_transaction(begin, lambda transaction: queries.lend_book(transaction, 1))
            else:
                with begin() as transaction:
                    queries.lend_book(transaction, 1)
            lent += 1
        except DBAPIError:
            pass
    return lent


def lend_by_own_connections(_: int) -> int:
    """Do as `lend` does, in a process of its own."""
    engine, begin = connect()
    lent = lend(begin)
    engine.dispose()
    return lent


def main() -> None:
    """Print how many were to be lent, how many were, and how many of these were lost."""
    engine, begin = connect()
    if LAYER == "core":
        import_module("my_app.tables").metadata.create_all(engine)
    else:
        import_module("my_app.models").Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO author (id, name) VALUES (1, 'Lem')"))
        connection.execute(
            text(
                "INSERT INTO book (id, author_id, title, price, copies, added_at)"
                " VALUES (1, 1, 'Solaris', 1, :copies, '2026-01-01 00:00:00.000000')"
            ),
            {"copies": WORKERS * EACH},
        )
    if WORKER.startswith("threads"):
        with ThreadPoolExecutor(WORKERS) as pool:
            lent = sum(pool.map(lend, [begin] * WORKERS))
    else:
        with ProcessPoolExecutor(WORKERS) as pool:
            lent = sum(pool.map(lend_by_own_connections, range(WORKERS)))
    with engine.connect() as connection:
        left = connection.execute(text("SELECT copies FROM book")).scalar_one()
    engine.dispose()
    wanted = WORKERS * EACH
    sys.stdout.write(json.dumps({"errors": wanted - lent, "lost": lent - (wanted - left)}))


if __name__ == "__main__":
    main()
