"""The application of a project on a plain engine and session, or shaped like those of peers.

Run in the environment of a project with `web`: `python -m shapes BOOKS COPIES` fills a database by
the engine of the shape that `SHAPE` names, and `uvicorn --factory shapes:serve` serves it.
"""

import os
import sys
from importlib import import_module
from typing import Any

import twins
from my_app import web
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import text

SHAPE = os.environ["SHAPE"]  # project, plain, or the program of a peer


def connect() -> Any:
    """Return an engine, as the project makes it or a plain one."""
    settings = Settings()
    make_plain = twins.find_create_engine()
    return make_engine(settings) if SHAPE == "project" else make_plain(settings.database_url)


def write_once(begin: Any, work: Any, **_: float) -> Any:
    """Do some work in a transaction, without another try."""
    with begin() as transaction:
        return work(transaction)


async def write_once_async(begin: Any, work: Any, **_: float) -> Any:
    """Do some work in a transaction, without another try."""
    async with begin() as transaction:
        return await work(transaction)


def serve() -> Any:
    """Return the application on a plain engine."""
    engine = connect()
    if SHAPE != "plain":
        return import_module(SHAPE).make_app(engine)
    web.run_in_transaction = write_once_async if twins.IS_ASYNC else write_once
    if twins.IS_CORE:
        return web.make_app(engine.begin, engine.connect)
    if twins.IS_ASYNC:
        make_session: Any = import_module("sqlalchemy.ext.asyncio").async_sessionmaker(engine)
    else:
        make_session = import_module("sqlalchemy.orm").sessionmaker(engine)
    return web.make_app(make_session.begin, make_session)


async def fill(books: int, copies: int) -> None:
    """Make the tables, and books with so many copies."""
    engine = connect()
    await twins.create_tables(engine)
    book = text(
        "INSERT INTO book (author_id, title, price, copies, added_at)"
        " VALUES (1, :title, 1, :copies, '2026-01-01 00:00:00.000000')"
    )
    rows = [{"title": f"Book {number}", "copies": copies} for number in range(books)]
    async with twins.enter(engine.begin()) as connection:
        await twins.settle(connection.execute(text("INSERT INTO author VALUES (1, 'Lem')")))
        await twins.settle(connection.execute(book, rows))
    await twins.settle(engine.dispose())


if __name__ == "__main__":
    twins.run(fill(*map(int, sys.argv[1:])))
