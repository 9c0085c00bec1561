"""Time what an async project does with its own engine and with a plain one; print JSON."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable

import sample
from my_app import queries
from my_app.engine import read_only
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engines = sample.make_engines(create_async_engine)
readers = {"tuned": read_only(engines["tuned"]), "plain": engines["plain"]}

if sample.IS_CORE:
    begins = {kind: engine.begin for kind, engine in engines.items()}
    reads = {kind: engine.connect for kind, engine in readers.items()}
else:
    from my_app.models import Book
    from my_app.session import make_session_factory

    begins = {
        "tuned": make_session_factory(engines["tuned"]).begin,
        "plain": async_sessionmaker(engines["plain"]).begin,
    }
    reads = {
        "tuned": make_session_factory(readers["tuned"]),
        "plain": async_sessionmaker(readers["plain"]),
    }


async def write(kind: str) -> None:
    """Commit many transactions of one UPDATE, by a query of the project."""
    for n in range(1, sample.WRITES + 1):
        async with begins[kind]() as transaction:
            await queries.return_book(transaction, n)


async def read_and_write(kind: str) -> None:
    """Commit many transactions that read before they write, by a query of the project."""
    for n in range(1, sample.WRITES + 1):
        async with begins[kind]() as transaction:
            await queries.lend_book(transaction, n)


async def read(kind: str) -> None:
    """Read one row by its key, each time in a transaction of its own."""
    for n in range(1, sample.READS + 1):
        async with reads[kind]() as transaction:
            if sample.IS_CORE:
                (await transaction.execute(sample.select_book(n))).one()
            else:
                await transaction.get(Book, n)


async def list_at_once(kind: str) -> None:
    """List every book with author and genres, as the project does."""
    async with reads[kind]() as transaction:
        await queries.list_books(transaction)


async def list_one_by_one(kind: str) -> None:
    """List the same, N+1."""
    async with engines[kind].connect() as connection:
        await connection.run_sync(sample.list_n_plus_1)


async def insert_at_once(kind: str) -> None:
    """Insert 10,000 books as the project does."""
    async with begins[kind]() as transaction:
        await queries.add_books(transaction, sample.new_rows())


async def insert_objects(kind: str) -> None:
    """Insert 10,000 books with `add_all`; with Core, one statement a row."""
    async with begins[kind]() as transaction:
        if sample.IS_CORE:
            for row in sample.new_rows():
                await transaction.execute(insert(sample.books).values(row))
        else:
            transaction.add_all([Book(**row) for row in sample.new_rows()])


async def beside_a_writer(kind: str) -> int:
    """Return how many point reads half a second has beside a task that only writes."""
    stop, done = asyncio.Event(), 0

    async def keep_writing() -> None:
        while not stop.is_set():
            try:
                async with begins[kind]() as transaction:
                    for n in range(1, 51):
                        await queries.return_book(transaction, n)
            except DBAPIError:
                pass

    task = asyncio.create_task(keep_writing())
    end = time.perf_counter() + 0.5
    while time.perf_counter() < end:
        try:
            async with reads[kind]() as transaction:
                (await transaction.execute(sample.select_book(1))).one()
            done += 1
        except DBAPIError:
            pass
    stop.set()
    await task
    return done


async def timed(work: Callable[[str], Awaitable[None]], kind: str) -> float:
    """Return the seconds that work takes."""
    clock = sample.find_clock(engines[kind], work)
    start = clock()
    await work(kind)
    taken = clock() - start
    if work in {insert_at_once, insert_objects}:
        async with engines[kind].begin() as connection:
            await connection.execute(sample.CLEAN_UP)
    return taken


async def main() -> None:
    """Do everything in turn, and print the figures of every round."""
    taken: dict[str, list[float]] = defaultdict(list)
    for engine in engines.values():
        async with engine.begin() as connection:
            await connection.run_sync(sample.fill)
    plan = {
        write: ["tuned", "plain"],
        read_and_write: ["tuned", "plain"],
        read: ["tuned", "plain"],
        list_at_once: ["tuned"],
        list_one_by_one: ["plain"],
        insert_at_once: ["tuned"],
        insert_objects: ["plain"],
    }
    for work, kind, name in sample.turns(plan):
        taken[name].append(await timed(work, kind))
    for _ in range(int(sample.ROUNDS)):
        for kind in engines:
            taken[f"beside_a_writer {kind}"].append(0.5 / max(await beside_a_writer(kind), 1))
    for engine in engines.values():
        await engine.dispose()
    print(json.dumps({"seconds": taken}))


if __name__ == "__main__":
    asyncio.run(main())
