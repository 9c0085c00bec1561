from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from my_app import queries
from my_app.tables import (
    authors,
    biographies,
    book_genres,
    books,
    genres,
)

Begin = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@pytest.fixture
async def author_id(connection: AsyncConnection) -> int:
    """An author with a biography and a book in one genre."""
    author_id = await queries.add_author(connection, "Lem", "Born in Lviv.")
    await queries.add_book(connection, author_id, "Solaris", Decimal("7.50"), ["novel"])
    return author_id


async def test_constraints(begin: Begin, author_id: int) -> None:
    book = {"author_id": author_id, "title": "Eden", "price": Decimal(1)}
    prices = [Decimal(price) for price in ("-0.01", "100000000", "NaN", "Infinity")]
    for wrong in (
        insert(authors).values(name="Lem"),
        insert(genres).values(name="novel"),
        insert(biographies).values(id=author_id, text="A second life."),
        insert(books).values(book | {"title": "Solaris"}),
        insert(books).values(book | {"author_id": author_id + 1}),
        insert(books).values(book | {"copies": -1}),
        insert(books).values(book | {"price": None}),
        *(insert(books).values(book | {"price": price}) for price in prices),
    ):
        with pytest.raises(DBAPIError):
            async with begin() as connection:
                await connection.execute(wrong)
    async with begin() as connection:
        await queries.add_author(connection, "lem")


async def test_an_author_takes_all_along(connection: AsyncConnection, author_id: int) -> None:
    await connection.execute(delete(authors).where(authors.c.id == author_id))
    for table, left in (biographies, 0), (books, 0), (book_genres, 0), (genres, 1):
        assert await connection.scalar(select(func.count()).select_from(table)) == left


async def test_a_genre_leaves_its_books(connection: AsyncConnection, author_id: int) -> None:
    await connection.execute(delete(genres))
    assert (await connection.scalars(select(books.c.author_id))).all() == [author_id]


async def test_defaults(connection: AsyncConnection, author_id: int) -> None:
    book = {"author_id": author_id, "title": "Eden", "price": Decimal(1)}
    await connection.execute(insert(books).values(book))
    statement = text("INSERT INTO book (author_id, title, price) VALUES (:id, 'Fiasco', 1)")
    await connection.execute(statement, {"id": author_id})
    for title in "Eden", "Fiasco":
        query = select(books.c.added_at).where(books.c.title == title, books.c.copies == 1)
        added_at = (await connection.scalars(query)).one()
        assert abs(datetime.now(UTC) - added_at) < timedelta(minutes=1)
        assert (await connection.scalars(query.where(books.c.added_at == added_at))).one()


async def test_values_come_back_as_they_were(connection: AsyncConnection, author_id: int) -> None:
    moment = datetime(2026, 1, 1, 1, 30, 0, 123456, timezone(timedelta(hours=2)))
    change = update(books).where(books.c.author_id == author_id)
    price, title = Decimal("12345678.90"), "Солярис 🪐"
    await connection.execute(change.values(added_at=moment, price=price, title=title))
    row = (await connection.execute(select(books.c.added_at, books.c.price, books.c.title))).one()
    assert (*row, row.added_at.tzinfo) == (moment, price, title, UTC)
    with pytest.raises(StatementError, match="no time zone"):
        await connection.execute(change.values(added_at=moment.replace(tzinfo=None)))
