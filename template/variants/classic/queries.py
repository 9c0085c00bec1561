{% from 'template/facts.jinja' import db with context %}
"""Every query of the application. The caller gives the session, and commits."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import TypedDict

from sqlalchemy import Row, func, insert
from sqlalchemy.orm import Query, Session, joinedload, selectinload

from .models import Author, Biography, Book, Genre


class NewBook(TypedDict):
    """A row for `add_books`."""

    author_id: int
    title: str
    price: Decimal
    copies: int


class NoCopyLeftError(Exception):
    """All copies of the book are lent."""


def add_author(session: Session, name: str, biography: str | None = None) -> Author:
    """Add an author, with or without a biography.

    A name that is there already raises `sqlalchemy.exc.IntegrityError`.
    """
    author = Author(name=name, biography=Biography(text=biography) if biography else None)
    session.add(author)
    session.flush()
    return author


def get_author(session: Session, name: str) -> Author | None:
    """Return the author of that name, with biography and books."""
    return (
        session.query(Author)
        .filter(Author.name == name)
        .options(joinedload(Author.biography), selectinload(Author.books))
        .populate_existing()
        .one_or_none()
    )


def add_book(
    session: Session, author_id: int, title: str, price: Decimal, genre_names: Collection[str] = ()
) -> Book:
    """Add a book, and those of its genres that are new.

    A second one of that title, or a price below zero, raises `sqlalchemy.exc.{{ db.violation }}`.
    """
    known = {
        genre.name: genre for genre in session.query(Genre).filter(Genre.name.in_(genre_names))
    }
    book = Book(
        author_id=author_id,
        title=title,
        price=price,
        genres=[known.get(name) or Genre(name=name) for name in sorted(set(genre_names))],
    )
    session.add(book)
    session.flush()
    return book


def add_books(session: Session, rows: Sequence[NewBook]) -> None:
    """Add many books at once: one statement on the table, no object for each."""
    if rows:
        session.execute(insert(Book.metadata.tables["book"]), rows)


def books_with_authors(session: Session) -> Query[Book]:
    """Return a query for books that loads their authors too."""
    # Today: select(Book).options(…), given to session.scalars() at the end.
    return session.query(Book).options(joinedload(Book.author))


def list_books(session: Session) -> Sequence[Book]:
    """Return every book by title, with author and genres: two queries, however many books."""
    return (
        books_with_authors(session)
        .options(selectinload(Book.genres))
        .order_by(Book.title, Book.id)
        .all()
    )


def page_of_books(session: Session, after_id: int = 0, size: int = 20) -> Sequence[Book]:
    """Return the next books, with authors, after the last `id` of the page before.

    Unlike OFFSET this stays quick on any page, and does not shift when earlier rows come or go.
    """
    books = books_with_authors(session).filter(Book.id > after_id)
    return books.order_by(Book.id).limit(size).all()


def count_by_genre(session: Session) -> Sequence[Row[str, int, Decimal]]:
    """Return each genre that has books, with their number and the lowest price among them."""
    return (
        session.query(Genre.name, func.count(Book.id), func.min(Book.price))
        .join(Genre.books)
        .group_by(Genre.name)
        .order_by(Genre.name)
        .all()
    )


def delete_author(session: Session, name: str) -> bool:
    """Delete an author with biography and books; return whether there was one."""
    author = session.query(Author).filter(Author.name == name).with_for_update().one_or_none()
    if author is None:
        return False
    session.delete(author)
    session.flush()
    return True


def lend_book(session: Session, book_id: int) -> int:
    """Take a copy off the shelf; return how many are left.

    It reads, decides and writes, so nobody else may write to the book in between: its row is
    locked until the transaction ends. `NoCopyLeftError` is also raised where there is no such book.
    """
    book = session.get(Book, book_id, populate_existing=True, with_for_update=True)
    if book is None or book.copies == 0:
        raise NoCopyLeftError(f"no copy of book {book_id} is left")
    book.copies -= 1
    session.flush()
    return book.copies


def return_book(session: Session, book_id: int) -> None:
    """Put a copy back; the database adds, so there is nothing to lock."""
    session.query(Book).filter(Book.id == book_id).update({Book.copies: Book.copies + 1})
