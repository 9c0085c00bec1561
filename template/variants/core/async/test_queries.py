import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from {{ package_name }} import queries
from {{ package_name }}.retry import run_in_transaction
from {{ package_name }}.tables import books, genres

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


async def test_add_and_page_books(
    connection: AsyncConnection, author_id: int, book_id: int, statements: list[str]
) -> None:
    statements.clear()
    await queries.add_books(connection, [])
    row: queries.NewBook = {"author_id": author_id, "title": "", "price": PRICE, "copies": 2}
    await queries.add_books(connection, [{**row, "title": f"Volume {n}"} for n in range(25)])
    assert len(statements) == 1
    last_id, titles = book_id, list[str]()
    for size in (10, 10, 5):
        page = await queries.page_of_books(connection, last_id, size=10)
        assert len(page) == size
        last_id = page[-1].id
        titles += [f"{title} by {author}" for _, title, _, author in page]
    assert titles == [f"Volume {n} by Lem" for n in range(25)]
    assert len(statements) == 4


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


async def test_new_genres_are_added_by_name(connection: AsyncConnection, author_id: int) -> None:
    names = ["utopia", "satire", "novel", "essay"]
    await queries.add_book(connection, author_id, "Eden", PRICE, names)
    stored = (await connection.scalars(select(genres.c.name).order_by(genres.c.id))).all()
    assert stored == sorted(names)


async def test_tasks_never_lend_a_copy_twice(own_engine: AsyncEngine) -> None:
    async with own_engine.begin() as connection:
        author_id = await queries.add_author(connection, "Lem")
        await queries.add_books(
            connection,
            [{"author_id": author_id, "title": "Solaris", "price": PRICE, "copies": 200}],
        )
        book_id = (await queries.list_books(connection))[0].id

    async def lend() -> int:
        return await run_in_transaction(
            own_engine.begin, lambda connection: queries.lend_book(connection, book_id)
        )

    assert sorted(await asyncio.gather(*(lend() for _ in range(200)))) == list(range(200))


{% if database == 'sqlite' %}
@pytest.mark.parametrize("own_engine", ["sqlite://"], indirect=True)
{% endif %}
async def test_tasks_that_do_the_same(own_engine: AsyncEngine) -> None:
    begin = own_engine.begin
    async with begin() as connection:
        author_id = await queries.add_author(connection, "Lem")

    async def add(number: int) -> None:
        title, names = f"Volume {number}", [f"Genre {number // 8}"]
        await run_in_transaction(
            begin, lambda connection: queries.add_book(connection, author_id, title, PRICE, names)
        )

    async def delete() -> bool:
        return await run_in_transaction(
            begin, lambda connection: queries.delete_author(connection, "Lem")
        )

    await asyncio.gather(*(add(number) for number in range(40)))
    async with begin() as connection:
        counted = await queries.count_by_genre(connection)
    assert [number for _, number, _ in counted] == [8] * 5
    assert sum(await asyncio.gather(*(delete() for _ in range(8)))) == 1
