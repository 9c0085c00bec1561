{% from 'template/facts.jinja' import db with context %}
"""Every query of the application. The caller passes the session, and commits."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, TypedDict, cast

from sqlalchemy import CursorResult, Row, func, select, update
from sqlalchemy.dialects.{{ database }} import insert
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from .models import Author, Biography, Book, Genre


{% include 'template/variants/shared/new_book.py' %}


async def add_author(session: AsyncSession, name: str, biography: str | None = None) -> Author:
    """Add an author, with or without a biography.

    A name that already exists raises `sqlalchemy.exc.IntegrityError`.
    """
    author = Author(name=name, biography=Biography(text=biography) if biography else None)
    session.add(author)
    await session.flush()
    return author


async def get_author(session: AsyncSession, name: str) -> Author | None:
    """Return the author of that name, with biography and books."""
    statement = (
        select(Author)
        .where(Author.name == name)
        .options(joinedload(Author.biography), selectinload(Author.books))
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def add_book(
    session: AsyncSession,
    author_id: int,
    title: str,
    price: Decimal,
    genre_names: Collection[str] = (),
) -> Book:
    """Add a book, and those of its genres that are new.

    A title that the author already has or a negative price raises `sqlalchemy.exc.{{ db.violation }}`.
    """
    named = select(Genre).where(Genre.name.in_(genre_names))
    genres = (await session.scalars(named)).all()
    if new_names := set(genre_names).difference(genre.name for genre in genres):
        # Another transaction may add the same genres at the same time, which is no error. Both sort
        # them, which prevents a deadlock.
        new_genres = insert(Genre).{{ db.insert_missing % {'column': 'Genre.name'} }}
        await session.execute(new_genres, [{"name": name} for name in sorted(new_names)])
{% if db.lock_shows_duplicates %}
        # With a lock, REPEATABLE READ also sees what the other transaction has committed meanwhile.
        named = named.with_for_update(read=True)
{% endif %}
        genres = (await session.scalars(named)).all()
    book = Book(author_id=author_id, title=title, price=price, genres=list(genres))
    session.add(book)
    await session.flush()
    return book


async def add_books(session: AsyncSession, rows: Sequence[NewBook]) -> None:
    """Add many books at once: one statement, no object for each."""
    if rows:
        await session.execute(insert(Book), rows)


async def list_books(session: AsyncSession) -> Sequence[Book]:
    """Return every book by title, with author and genres: two queries, however many books."""
    statement = (
        select(Book)
        .options(joinedload(Book.author), selectinload(Book.genres))
        .order_by(Book.title, Book.id)
    )
    return (await session.scalars(statement)).all()


async def page_of_books(session: AsyncSession, after_id: int = 0, size: int = 20) -> Sequence[Book]:
    """Return the next books, with authors, after the last `id` of the page before.

    Unlike OFFSET this is fast on any page, and skips or repeats no row when earlier rows change.
    """
    statement = (
        select(Book)
        .options(joinedload(Book.author))
        .where(Book.id > after_id)
        .order_by(Book.id)
        .limit(size)
    )
    return (await session.scalars(statement)).all()


async def count_by_genre(session: AsyncSession) -> Sequence[Row[str, int, Decimal]]:
    """Return each genre that has books, with their number and the lowest price among them."""
    statement = (
        select(Genre.name, func.count(Book.id), func.min(Book.price))
        .join(Genre.books)
        .group_by(Genre.name)
        .order_by(Genre.name)
    )
    return (await session.execute(statement)).all()


async def delete_author(session: AsyncSession, name: str) -> bool:
    """Delete an author with biography and books; return whether there was one."""
    statement = select(Author).where(Author.name == name).with_for_update()
    author = (await session.scalars(statement)).one_or_none()
    if author is None:
        return False
    await session.delete(author)
    await session.flush()
    return True


async def lend_book(session: AsyncSession, book_id: int) -> int:
    """Take a copy off the shelf; return how many are left.

    Locks the row, because the count is read before it is written. An unknown book raises
    `sqlalchemy.exc.NoResultFound`, one without copies `NoCopyLeftError`.
    """
    book = await session.get_one(Book, book_id, populate_existing=True, with_for_update=True)
    if book.copies == 0:
        raise NoCopyLeftError(f"no copy of book {book_id} is left")
    book.copies -= 1
    await session.flush()
    return book.copies


async def return_book(session: AsyncSession, book_id: int) -> None:
    """Put a copy back. The database computes the new number, so no row has to be locked first.

    An unknown book raises `sqlalchemy.exc.NoResultFound`.
    """
    statement = update(Book).where(Book.id == book_id).values(copies=Book.copies + 1)
    if cast("CursorResult[Any]", await session.execute(statement)).rowcount == 0:
        raise NoResultFound(f"there is no book {book_id}")
