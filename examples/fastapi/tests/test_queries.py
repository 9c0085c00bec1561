import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from my_app import queries
from my_app.models import Book, Genre
from my_app.retry import run_in_transaction
from my_app.session import make_session_factory

PRICE = Decimal("7.00")


@pytest.fixture
async def book(session: AsyncSession) -> Book:
    """The only copy of a book in two genres, beside two copies of a book by somebody else."""
    other = await queries.add_author(session, "Le Guin")
    (await queries.add_book(session, other.id, "Malafrena", PRICE * 2)).copies = 2
    author = await queries.add_author(session, "Lem", "Born in Lviv.")
    return await queries.add_book(session, author.id, "Solaris", PRICE, ["novel", "utopia"])


@pytest.mark.usefixtures("book")
async def test_get_and_delete_author(session: AsyncSession) -> None:
    session.expunge_all()
    author = await queries.get_author(session, "Lem")
    assert author is not None
    assert (author.biography and author.biography.text) == "Born in Lviv."
    assert [book.title for book in author.books] == ["Solaris"]
    await queries.add_book(session, author.id, "Eden", PRICE)
    assert await queries.get_author(session, "Lem") is author
    assert len(author.books) == 2
    assert await queries.delete_author(session, "Lem")
    assert await queries.get_author(session, "Lem") is None
    assert not await queries.delete_author(session, "Lem")
    assert [book.title for book in await queries.list_books(session)] == ["Malafrena"]


async def test_list_books(session: AsyncSession, book: Book, statements: list[str]) -> None:
    await queries.add_book(session, book.author_id, "Eden", PRICE / 2, ["novel", "novel"])
    session.expunge_all()
    statements.clear()
    books = [
        (book.title, book.author.name, sorted(genre.name for genre in book.genres))
        for book in await queries.list_books(session)
    ]
    assert books == [
        ("Eden", "Lem", ["novel"]),
        ("Malafrena", "Le Guin", []),
        ("Solaris", "Lem", ["novel", "utopia"]),
    ]
    assert len(statements) == 2
    assert await queries.count_by_genre(session) == [("novel", 2, PRICE / 2), ("utopia", 1, PRICE)]
    await queries.add_book(session, book.author_id, "Fiasco", PRICE, ["d", "c", "b", "a"])
    by_id = select(Genre.name).where(Genre.name < "e").order_by(Genre.id)
    assert (await session.scalars(by_id)).all() == ["a", "b", "c", "d"]


async def test_add_and_page_books(session: AsyncSession, book: Book, statements: list[str]) -> None:
    statements.clear()
    await queries.add_books(session, [])
    row: queries.NewBook = {"author_id": book.author_id, "title": "", "price": PRICE, "copies": 2}
    await queries.add_books(session, [{**row, "title": f"Volume {n}"} for n in range(25)])
    assert len(statements) == 1
    first = await queries.page_of_books(session, book.id, size=15)
    second = await queries.page_of_books(session, first[-1].id, size=15)
    assert (len(first), len(second)) == (15, 10)
    titles = [f"{book.title} by {book.author.name}" for book in (*first, *second)]
    assert titles == [f"Volume {n} by Lem" for n in range(25)]
    assert len(statements) == 3


async def test_lend_and_return(session: AsyncSession, book: Book) -> None:
    assert await queries.lend_book(session, book.id) == 0
    with pytest.raises(queries.NoCopyLeftError):
        await queries.lend_book(session, book.id)
    await queries.return_book(session, book.id)
    assert await queries.lend_book(session, book.id) == 0
    for query in queries.lend_book, queries.return_book:
        with pytest.raises(NoResultFound):
            await query(session, book.id + 1)
    assert {left.copies for left in await queries.list_books(session)} == {0, 2}
    await session.execute(text("UPDATE book SET copies = 3"))
    assert await queries.lend_book(session, book.id) == 2, "what is stored is read again"


@pytest.mark.parametrize("own_engine", ["sqlite://", "sqlite:///new.db"], indirect=True)
async def test_tasks_at_the_same_rows(own_engine: AsyncEngine) -> None:
    make_session = make_session_factory(own_engine)
    begin = make_session.begin
    async with begin() as session:
        author = await queries.add_author(session, "Lem")
        book = await queries.add_book(session, author.id, "Solaris", PRICE)
        book.copies = 40

    async def add_and_lend(number: int) -> int:
        title, names = f"Volume {number}", [f"Genre {number // 8}"]
        await run_in_transaction(
            begin, lambda session: queries.add_book(session, author.id, title, PRICE, names)
        )
        return await run_in_transaction(begin, lambda session: queries.lend_book(session, book.id))

    async def delete() -> bool:
        return await run_in_transaction(
            begin, lambda session: queries.delete_author(session, "Lem")
        )

    left = await asyncio.gather(*(add_and_lend(number) for number in range(40)))
    assert sorted(left) == list(range(40))
    assert sum(await asyncio.gather(*(delete() for _ in range(8)))) == 1
