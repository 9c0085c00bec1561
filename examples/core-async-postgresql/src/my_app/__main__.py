"""A tour of the sample data: `uv run python -m my_app`."""

import asyncio
import sys
from decimal import Decimal

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from . import queries
from .config import Settings
from .engine import make_engine, ping, read_only
from .retry import run_in_transaction
from .schema import SchemaError, create_tables

AUTHOR = "Ursula K. Le Guin"
BOOKS = [
    ("The Dispossessed", Decimal("10.50"), ["science fiction", "utopia"]),
    ("The Left Hand of Darkness", Decimal("9.99"), ["science fiction"]),
]


async def main() -> None:
    """Take the tour, or say in a sentence which setting is wrong or why there is no database."""
    try:
        engine = make_engine(Settings())
    except ValidationError as error:
        sys.exit("\n".join(f"{line['loc'][0]}: {line['msg']}" for line in error.errors()))
    try:
        await ping(engine)
    except DBAPIError as error:
        sys.exit(f"the database does not answer: {error.orig}".partition("\n")[0])
    else:
        await take_tour(engine)
    finally:
        await engine.dispose()


async def take_tour(engine: AsyncEngine) -> None:
    """Add, list and lend: each in a transaction of its own."""
    try:
        async with engine.connect() as connection:
            await connection.run_sync(create_tables)
    except SchemaError as error:
        sys.exit(str(error))
    async with engine.begin() as connection:
        if await queries.get_author(connection, AUTHOR) is None:
            author_id = await queries.add_author(connection, AUTHOR, "Born in Berkeley in 1929.")
            for title, price, genres in BOOKS:
                await queries.add_book(connection, author_id, title, price, genres)

    async with read_only(engine).connect() as connection:
        books = await queries.list_books(connection)
        for _, title, price, author, names in books:
            print(f"{title} by {author}: {price} ({names})")
        for genre, number, price in await queries.count_by_genre(connection):
            print(f"{genre}: {number} from {price}")

    book_id, title, *_ = books[0]

    async def lend_and_return(connection: AsyncConnection) -> int:
        left = await queries.lend_book(connection, book_id)
        await queries.return_book(connection, book_id)
        return left

    left = await run_in_transaction(engine.begin, lend_and_return)
    print(f"Lent {title}, {left} left")


if __name__ == "__main__":
    asyncio.run(main())
