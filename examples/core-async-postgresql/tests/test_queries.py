import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from my_app import queries
from my_app.retry import run_in_transaction
from my_app.tables import books, genres

PRICE = Decimal("7.00")


@pytest.fixture
async def author_id(connection: AsyncConnection) -> int:
    """An author with a biography, beside somebody else with two copies of a book."""
    other_id = await queries.add_author(connection, "Le Guin")
    await queries.add_books(
        connection, [{"author_id": other_id, "title": "Malafrena", "price": PRICE * 2, "copies": 2}]
    )
    return await queries.add_author(connection, "Lem", "Born in Lviv.")


@pytest.fixture
async def book_id(connection: AsyncConnection, author_id: int) -> int:
    """The only copy of a book in two genres."""
    genres = ["novel", "utopia"]
    return await queries.add_book(connection, author_id, "Solaris", PRICE, genres)


@pytest.mark.usefixtures("book_id")
async def test_get_and_delete_author(connection: AsyncConnection, author_id: int) -> None:
    assert await queries.get_author(connection, "Lem") == (author_id, "Lem", "Born in Lviv.", 1)
    assert await queries.delete_author(connection, "Lem")
    assert await queries.get_author(connection, "Lem") is None
    assert not await queries.delete_author(connection, "Lem")
    assert [title for _, title, *_ in await queries.list_books(connection)] == ["Malafrena"]
    other = await queries.get_author(connection, "Le Guin")
    assert other is not None
    assert other[1:] == ("Le Guin", None, 1)


@pytest.mark.usefixtures("book_id")
async def test_list_books(
    connection: AsyncConnection, author_id: int, statements: list[str]
) -> None:
    await queries.add_book(connection, author_id, "Fiasco", PRICE / 2, ["novel", "novel"])
    await queries.add_book(connection, author_id, "Eden", PRICE)
    statements.clear()
    listed = [
        (title, author, names and sorted(names.split(", ")))
        for _, title, _, author, names in await queries.list_books(connection)
    ]
    assert listed == [
        ("Eden", "Lem", None),
        ("Fiasco", "Lem", ["novel"]),
        ("Malafrena", "Le Guin", None),
        ("Solaris", "Lem", ["novel", "utopia"]),
    ]
    assert len(statements) == 1
    assert await queries.count_by_genre(connection) == [
        ("novel", 2, PRICE / 2),
        ("utopia", 1, PRICE),
    ]
    await queries.add_book(connection, author_id, "Malafrena", PRICE, ["d", "c", "b", "a"])
    by_id = select(genres.c.name).where(genres.c.name < "e").order_by(genres.c.id)
    assert (await connection.scalars(by_id)).all() == ["a", "b", "c", "d"]


async def test_add_and_page_books(
    connection: AsyncConnection, author_id: int, book_id: int, statements: list[str]
) -> None:
    statements.clear()
    await queries.add_books(connection, [])
    row: queries.NewBook = {"author_id": author_id, "title": "", "price": PRICE, "copies": 2}
    await queries.add_books(connection, [{**row, "title": f"Volume {n}"} for n in range(25)])
    assert len(statements) == 1
    first = await queries.page_of_books(connection, book_id, size=15)
    second = await queries.page_of_books(connection, first[-1].id, size=15)
    assert (len(first), len(second)) == (15, 10)
    titles = [f"{title} by {author}" for _, title, _, author in (*first, *second)]
    assert titles == [f"Volume {n} by Lem" for n in range(25)]
    assert len(statements) == 3


async def test_lend_and_return(connection: AsyncConnection, book_id: int) -> None:
    assert await queries.lend_book(connection, book_id) == 0
    with pytest.raises(queries.NoCopyLeftError):
        await queries.lend_book(connection, book_id)
    await queries.return_book(connection, book_id)
    assert await queries.lend_book(connection, book_id) == 0
    for query in queries.lend_book, queries.return_book:
        with pytest.raises(NoResultFound):
            await query(connection, book_id + 1)
    assert set(await connection.scalars(select(books.c.copies))) == {0, 2}


async def test_tasks_at_the_same_rows(own_engine: AsyncEngine) -> None:
    begin = own_engine.begin
    async with begin() as connection:
        author_id = await queries.add_author(connection, "Lem")
        book_id = await queries.add_book(connection, author_id, "Solaris", PRICE)
        await connection.execute(update(books).values(copies=40))

    async def add_and_lend(number: int) -> int:
        title, names = f"Volume {number}", [f"Genre {number // 8}"]
        await run_in_transaction(
            begin, lambda connection: queries.add_book(connection, author_id, title, PRICE, names)
        )
        return await run_in_transaction(
            begin, lambda connection: queries.lend_book(connection, book_id)
        )

    async def delete() -> bool:
        return await run_in_transaction(
            begin, lambda connection: queries.delete_author(connection, "Lem")
        )

    left = await asyncio.gather(*(add_and_lend(number) for number in range(40)))
    assert sorted(left) == list(range(40))
    assert sum(await asyncio.gather(*(delete() for _ in range(8)))) == 1
