{# Derived from ../async/queries.py: change that one, and run `make sync`. #}
{% from 'template/facts.jinja' import db with context %}
"""Every query of the application. The caller passes the connection, and commits."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import TypedDict

from sqlalchemy import Connection, Nullable, Row, delete, func, literal, select, update
from sqlalchemy.dialects.{{ database }} import insert
from sqlalchemy.exc import NoResultFound

from .tables import authors, biographies, book_genres, books, genres


{% include 'template/variants/shared/new_book.py' %}


def add_author(connection: Connection, name: str, biography: str | None = None) -> int:
    """Add an author, with or without a biography; return the new `id`.

    A name that already exists raises `sqlalchemy.exc.IntegrityError`.
    """
    new_author = insert(authors).values(name=name)
{% if db.returning %}
    author_id = connection.execute(new_author.returning(authors.c.id)).scalar_one()
{% else %}
    author_id = connection.execute(new_author).lastrowid
{% endif %}
    if biography:
        connection.execute(insert(biographies).values(id=author_id, text=biography))
    return author_id


def get_author(connection: Connection, name: str) -> Row[int, str, str | None, int] | None:
    """Return id, name, biography and number of books of the author of that name."""
    statement = (
        select(authors.c.id, authors.c.name, Nullable(biographies.c.text), func.count(books.c.id))
        .outerjoin_from(authors, biographies)
        .outerjoin(books, books.c.author_id == authors.c.id)
        .where(authors.c.name == name)
        .group_by(authors.c.id, authors.c.name, biographies.c.text)
    )
    return connection.execute(statement).one_or_none()


def add_book(
    connection: Connection,
    author_id: int,
    title: str,
    price: Decimal,
    genre_names: Collection[str] = (),
) -> int:
    """Add a book, and those of its genres that are new; return the new `id` of the book.

    A title that the author already has or a negative price raises `sqlalchemy.exc.{{ db.violation }}`.
    """
    new_book = insert(books).values(author_id=author_id, title=title, price=price)
{% if db.returning %}
    book_id = connection.execute(new_book.returning(books.c.id)).scalar_one()
{% else %}
    book_id = connection.execute(new_book).lastrowid
{% endif %}
    named = genres.c.name.in_(genre_names)
    known = connection.scalars(select(genres.c.name).where(named)).all()
    if new_names := set(genre_names).difference(known):
        # Another transaction may add the same genres at the same time, which is no error. Both sort
        # them, which prevents a deadlock.
        new_genres = insert(genres).{{ db.insert_missing % {'column': 'genres.c.name'} }}
        connection.execute(new_genres, [{"name": name} for name in sorted(new_names)])
    links = select(literal(book_id), genres.c.id).where(named)
    connection.execute(insert(book_genres).from_select(["book_id", "genre_id"], links))
    return book_id


def add_books(connection: Connection, rows: Sequence[NewBook]) -> None:
    """Add many books at once: one statement for all."""
    if rows:
        connection.execute(insert(books), rows)


def list_books(connection: Connection) -> Sequence[Row[int, str, Decimal, str, str | None]]:
    """Return id, title, price, author and genres of every book by title, in one query."""
    statement = (
        select(
            books.c.id,
            books.c.title,
            books.c.price,
            authors.c.name,
{% if database == 'sqlite' %}
            Nullable(func.aggregate_strings(genres.c.name, ", ")),
{% else %}
            Nullable(func.aggregate_strings(genres.c.name, ", ").aggregate_order_by(genres.c.name)),
{% endif %}
        )
        .join_from(books, authors)
        .outerjoin(book_genres, book_genres.c.book_id == books.c.id)
        .outerjoin(genres)
        .group_by(books.c.id, books.c.title, books.c.price, authors.c.name)
        .order_by(books.c.title, books.c.id)
    )
    return connection.execute(statement).all()


def page_of_books(
    connection: Connection, after_id: int = 0, size: int = 20
) -> Sequence[Row[int, str, Decimal, str]]:
    """Return id, title, price and author of the next books after the last `id` of the page before.

    Unlike OFFSET this is fast on any page, and skips or repeats no row when earlier rows change.
    """
    statement = (
        select(books.c.id, books.c.title, books.c.price, authors.c.name)
        .join_from(books, authors)
        .where(books.c.id > after_id)
        .order_by(books.c.id)
        .limit(size)
    )
    return connection.execute(statement).all()


def count_by_genre(connection: Connection) -> Sequence[Row[str, int, Decimal]]:
    """Return each genre that has books, with their number and the lowest price among them."""
    statement = (
        select(genres.c.name, func.count(books.c.id), func.min(books.c.price))
        .join_from(genres, book_genres)
        .join(books)
        .group_by(genres.c.name)
        .order_by(genres.c.name)
    )
    return connection.execute(statement).all()


def delete_author(connection: Connection, name: str) -> bool:
    """Delete an author with biography and books; return whether there was one."""
    return connection.execute(delete(authors).where(authors.c.name == name)).rowcount == 1


def lend_book(connection: Connection, book_id: int) -> int:
    """Take a copy off the shelf; return how many are left.

    Locks the row, because the count is read before it is written. An unknown book raises
    `sqlalchemy.exc.NoResultFound`, one without copies `NoCopyLeftError`.
    """
    this_book = books.c.id == book_id
    count = select(books.c.copies).where(this_book).with_for_update()
    copies = connection.execute(count).scalar_one()
    if copies == 0:
        raise NoCopyLeftError(f"no copy of book {book_id} is left")
    connection.execute(update(books).where(this_book).values(copies=copies - 1))
    return copies - 1


def return_book(connection: Connection, book_id: int) -> None:
    """Put a copy back. The database computes the new number, so no row has to be locked first.

    An unknown book raises `sqlalchemy.exc.NoResultFound`.
    """
    statement = update(books).where(books.c.id == book_id).values(copies=books.c.copies + 1)
    if connection.execute(statement).rowcount == 0:
        raise NoResultFound(f"there is no book {book_id}")
