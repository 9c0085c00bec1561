{# Derived from ../async/test_tables.py: change that one, and run `make sync`. #}
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from {{ package_name }} import queries
from {{ package_name }}.tables import (
    authors,
    biographies,
    book_genres,
    books,
    genres,
)

Begin = Callable[[], AbstractContextManager[Connection]]


@pytest.fixture
def author_id(connection: Connection) -> int:
    """An author with a biography and a book in one genre."""
    author_id = queries.add_author(connection, "Lem", "Born in Lviv.")
    queries.add_book(connection, author_id, "Solaris", Decimal("7.50"), ["novel"])
    return author_id


def test_constraints(begin: Begin, author_id: int) -> None:
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
        with pytest.raises(DBAPIError), begin() as connection:
            connection.execute(wrong)
    with begin() as connection:
        queries.add_author(connection, "lem")


def test_an_author_takes_all_along(connection: Connection, author_id: int) -> None:
    connection.execute(delete(authors).where(authors.c.id == author_id))
    for table, left in (biographies, 0), (books, 0), (book_genres, 0), (genres, 1):
        assert connection.scalar(select(func.count()).select_from(table)) == left


def test_a_genre_leaves_its_books(connection: Connection, author_id: int) -> None:
    connection.execute(delete(genres))
    assert connection.scalars(select(books.c.author_id)).all() == [author_id]


def test_defaults(connection: Connection, author_id: int) -> None:
    book = {"author_id": author_id, "title": "Eden", "price": Decimal(1)}
    connection.execute(insert(books).values(book))
    statement = text("INSERT INTO book (author_id, title, price) VALUES (:id, 'Fiasco', 1)")
    connection.execute(statement, {"id": author_id})
    for title in "Eden", "Fiasco":
        query = select(books.c.added_at).where(books.c.title == title, books.c.copies == 1)
        added_at = connection.scalars(query).one()
        assert abs(datetime.now(UTC) - added_at) < timedelta(minutes=1)
        assert connection.scalars(query.where(books.c.added_at == added_at)).one()


def test_values_come_back_as_they_were(connection: Connection, author_id: int) -> None:
    moment = datetime(2026, 1, 1, 1, 30, 0, 123456, timezone(timedelta(hours=2)))
    change = update(books).where(books.c.author_id == author_id)
    price, title = Decimal("12345678.90"), "Солярис 🪐"
    connection.execute(change.values(added_at=moment, price=price, title=title))
    row = connection.execute(select(books.c.added_at, books.c.price, books.c.title)).one()
    assert (*row, row.added_at.tzinfo) == (moment, price, title, UTC)
    with pytest.raises(StatementError, match="no time zone"):
        connection.execute(change.values(added_at=moment.replace(tzinfo=None)))
