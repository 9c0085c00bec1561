from decimal import Decimal

import pytest
from sqlalchemy import Connection, func, select

from {{ package_name }} import queries
from {{ package_name }}.tables import books, genres

PRICE = Decimal("7.50")


@pytest.fixture
def author_id(connection: Connection) -> int:
    """An author with a biography."""
    return queries.add_author(connection, "Lem", "Born in Lviv.")


@pytest.fixture
def book_id(connection: Connection, author_id: int) -> int:
    """The only copy of a book in two genres."""
    genres = ["novel", "science fiction"]
    return queries.add_book(connection, author_id, "Solaris", PRICE, genres)


@pytest.mark.usefixtures("book_id")
def test_get_author(connection: Connection, author_id: int) -> None:
    assert queries.get_author(connection, "Lem") == (author_id, "Lem", "Born in Lviv.", 1)
    assert queries.get_author(connection, "Nobody") is None


@pytest.mark.usefixtures("book_id")
def test_add_book_adds_each_genre_once(connection: Connection, author_id: int) -> None:
    queries.add_book(connection, author_id, "Eden", PRICE, ["novel", "novel", "dystopia"])
    names = connection.scalars(select(genres.c.name).order_by(genres.c.name)).all()
    assert names == ["dystopia", "novel", "science fiction"]


@pytest.mark.usefixtures("book_id")
def test_list_books_in_one_query_however_many(
    connection: Connection, author_id: int, statements: list[str]
) -> None:
    queries.add_book(connection, author_id, "Fiasco", PRICE, ["novel"])
    queries.add_book(connection, author_id, "Eden", PRICE)
    statements.clear()
    listed = [
        (title, author, names and sorted(names.split(", ")))
        for _, title, _, author, names in queries.list_books(connection)
    ]
    assert listed == [
        ("Eden", "Lem", None),
        ("Fiasco", "Lem", ["novel"]),
        ("Solaris", "Lem", ["novel", "science fiction"]),
    ]
    assert len(statements) == 1


def test_add_books_in_one_statement(
    connection: Connection, author_id: int, statements: list[str]
) -> None:
    statements.clear()
    queries.add_books(connection, [])
    queries.add_books(
        connection,
        [
            {"author_id": author_id, "title": str(n), "price": PRICE, "copies": n}
            for n in range(100)
        ],
    )
    assert len(statements) == 1
    assert connection.scalar(select(func.sum(books.c.copies))) == 4950


def test_pages_in_one_query_each(
    connection: Connection, author_id: int, statements: list[str]
) -> None:
    ids = [queries.add_book(connection, author_id, title, PRICE) for title in ("A", "B", "C")]
    statements.clear()
    first = queries.page_of_books(connection, size=2)
    assert first == [(ids[0], "A", PRICE, "Lem"), (ids[1], "B", PRICE, "Lem")]
    assert queries.page_of_books(connection, ids[1], size=2) == [(ids[2], "C", PRICE, "Lem")]
    assert len(statements) == 2


@pytest.mark.usefixtures("book_id")
def test_count_by_genre(connection: Connection, author_id: int) -> None:
    queries.add_book(connection, author_id, "Eden", Decimal("5.25"), ["novel"])
    assert queries.count_by_genre(connection) == [
        ("novel", 2, Decimal("5.25")),
        ("science fiction", 1, PRICE),
    ]


def test_change_price(connection: Connection, book_id: int) -> None:
    assert queries.change_price(connection, book_id, Decimal("8.25"))
    assert connection.scalars(select(books.c.price)).all() == [Decimal("8.25")]
    assert not queries.change_price(connection, book_id + 1, PRICE)


@pytest.mark.usefixtures("book_id")
def test_delete_author(connection: Connection) -> None:
    assert queries.delete_author(connection, "Lem")
    assert connection.scalar(select(func.count()).select_from(books)) == 0
    assert not queries.delete_author(connection, "Lem")


def test_lend_and_return(connection: Connection, book_id: int) -> None:
    assert queries.lend_book(connection, book_id) == 0
    with pytest.raises(queries.NoCopyLeftError):
        queries.lend_book(connection, book_id)
    queries.return_book(connection, book_id)
    assert queries.lend_book(connection, book_id) == 0
