from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import NoResultFound

from {{ package_name }} import queries
from {{ package_name }}.retry import run_in_transaction
from {{ package_name }}.tables import books, genres

PRICE = Decimal("7.00")


@pytest.fixture
def author_id(connection: Connection) -> int:
    """An author with a biography, beside somebody else with two copies of a book."""
    other_id = queries.add_author(connection, "Le Guin")
    queries.add_books(
        connection, [{"author_id": other_id, "title": "Malafrena", "price": PRICE * 2, "copies": 2}]
    )
    return queries.add_author(connection, "Lem", "Born in Lviv.")


@pytest.fixture
def book_id(connection: Connection, author_id: int) -> int:
    """The only copy of a book in two genres."""
    genres = ["novel", "utopia"]
    return queries.add_book(connection, author_id, "Solaris", PRICE, genres)


@pytest.mark.usefixtures("book_id")
def test_get_and_delete_author(connection: Connection, author_id: int) -> None:
    assert queries.get_author(connection, "Lem") == (author_id, "Lem", "Born in Lviv.", 1)
    assert queries.delete_author(connection, "Lem")
    assert queries.get_author(connection, "Lem") is None
    assert not queries.delete_author(connection, "Lem")
    assert [title for _, title, *_ in queries.list_books(connection)] == ["Malafrena"]
    other = queries.get_author(connection, "Le Guin")
    assert other is not None
    assert other[1:] == ("Le Guin", None, 1)


@pytest.mark.usefixtures("book_id")
def test_list_books(connection: Connection, author_id: int, statements: list[str]) -> None:
    queries.add_book(connection, author_id, "Fiasco", PRICE / 2, ["novel", "novel"])
    queries.add_book(connection, author_id, "Eden", PRICE)
    statements.clear()
    listed = [
        (title, author, names and sorted(names.split(", ")))
        for _, title, _, author, names in queries.list_books(connection)
    ]
    assert listed == [
        ("Eden", "Lem", None),
        ("Fiasco", "Lem", ["novel"]),
        ("Malafrena", "Le Guin", None),
        ("Solaris", "Lem", ["novel", "utopia"]),
    ]
    assert len(statements) == 1
    assert queries.count_by_genre(connection) == [
        ("novel", 2, PRICE / 2),
        ("utopia", 1, PRICE),
    ]


def test_add_and_page_books(
    connection: Connection, author_id: int, book_id: int, statements: list[str]
) -> None:
    statements.clear()
    queries.add_books(connection, [])
    row: queries.NewBook = {"author_id": author_id, "title": "", "price": PRICE, "copies": 2}
    queries.add_books(connection, [{**row, "title": f"Volume {n}"} for n in range(25)])
    assert len(statements) == 1
    last_id, titles = book_id, list[str]()
    for size in (10, 10, 5):
        page = queries.page_of_books(connection, last_id, size=10)
        assert len(page) == size
        last_id = page[-1].id
        titles += [f"{title} by {author}" for _, title, _, author in page]
    assert titles == [f"Volume {n} by Lem" for n in range(25)]
    assert len(statements) == 4


def test_lend_and_return(connection: Connection, book_id: int) -> None:
    assert queries.lend_book(connection, book_id) == 0
    with pytest.raises(queries.NoCopyLeftError):
        queries.lend_book(connection, book_id)
    queries.return_book(connection, book_id)
    assert queries.lend_book(connection, book_id) == 0
    for query in queries.lend_book, queries.return_book:
        with pytest.raises(NoResultFound):
            query(connection, book_id + 1)
    assert set(connection.scalars(select(books.c.copies))) == {0, 2}


def test_new_genres_are_added_by_name(connection: Connection, author_id: int) -> None:
    names = ["utopia", "satire", "novel", "essay"]
    queries.add_book(connection, author_id, "Eden", PRICE, names)
    stored = connection.scalars(select(genres.c.name).order_by(genres.c.id)).all()
    assert stored == sorted(names)


def test_threads_never_lend_a_copy_twice(own_engine: Engine) -> None:
    with own_engine.begin() as connection:
        author_id = queries.add_author(connection, "Lem")
        queries.add_books(
            connection,
            [{"author_id": author_id, "title": "Solaris", "price": PRICE, "copies": 200}],
        )
        book_id = queries.list_books(connection)[0].id

    def lend(_: int) -> int:
        return run_in_transaction(
            own_engine.begin, lambda connection: queries.lend_book(connection, book_id)
        )

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lend, range(200))) == list(range(200))


{% if database == 'sqlite' %}
@pytest.mark.parametrize("own_engine", ["sqlite://"], indirect=True)
{% endif %}
def test_threads_that_do_the_same(own_engine: Engine) -> None:
    begin = own_engine.begin
    with begin() as connection:
        author_id = queries.add_author(connection, "Lem")

    def add(number: int) -> None:
        title, names = f"Volume {number}", [f"Genre {number // 8}"]
        run_in_transaction(
            begin, lambda connection: queries.add_book(connection, author_id, title, PRICE, names)
        )

    def delete(_: int) -> bool:
        return run_in_transaction(
            begin, lambda connection: queries.delete_author(connection, "Lem")
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
        with begin() as connection:
            counted = queries.count_by_genre(connection)
        assert [number for _, number, _ in counted] == [8] * 5
        assert sum(pool.map(delete, range(8))) == 1
