{% from 'template/facts.jinja' import begin, session_imports with context %}
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
{% if session == 'scoped_session' %}
from functools import partial
{% endif %}

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from {{ package_name }} import queries
from {{ package_name }}.models import Book, Genre
from {{ package_name }}.retry import run_in_transaction
from {{ package_name }}.session import {{ session_imports[session] }}

PRICE = Decimal("7.00")


@pytest.fixture
def book(session: Session) -> Book:
    """The only copy of a book in two genres, beside two copies of a book by somebody else."""
    other = queries.add_author(session, "Le Guin")
    queries.add_book(session, other.id, "Malafrena", PRICE * 2).copies = 2
    author = queries.add_author(session, "Lem", "Born in Lviv.")
    return queries.add_book(session, author.id, "Solaris", PRICE, ["novel", "utopia"])


@pytest.mark.usefixtures("book")
def test_get_and_delete_author(session: Session) -> None:
    session.expunge_all()
    author = queries.get_author(session, "Lem")
    assert author is not None
    assert author.biography is not None
    assert author.biography.text == "Born in Lviv."
    assert [book.title for book in author.books] == ["Solaris"]
    queries.add_book(session, author.id, "Eden", PRICE)
    assert queries.get_author(session, "Lem") is author
    assert len(author.books) == 2
    assert queries.delete_author(session, "Lem")
    assert queries.get_author(session, "Lem") is None
    assert not queries.delete_author(session, "Lem")
    assert [book.title for book in queries.list_books(session)] == ["Malafrena"]


def test_list_books(session: Session, book: Book, statements: list[str]) -> None:
    queries.add_book(session, book.author_id, "Eden", PRICE / 2, ["novel", "novel"])
    session.expunge_all()
    statements.clear()
    books = [
        (book.title, book.author.name, sorted(genre.name for genre in book.genres))
        for book in queries.list_books(session)
    ]
    assert books == [
        ("Eden", "Lem", ["novel"]),
        ("Malafrena", "Le Guin", []),
        ("Solaris", "Lem", ["novel", "utopia"]),
    ]
    assert len(statements) == 2
    assert queries.count_by_genre(session) == [("novel", 2, PRICE / 2), ("utopia", 1, PRICE)]


def test_add_and_page_books(session: Session, book: Book, statements: list[str]) -> None:
    statements.clear()
    queries.add_books(session, [])
    row: queries.NewBook = {"author_id": book.author_id, "title": "", "price": PRICE, "copies": 2}
    queries.add_books(session, [{**row, "title": f"Volume {n}"} for n in range(25)])
    assert len(statements) == 1
    last_id, titles = book.id, list[str]()
    for size in (10, 10, 5):
        page = queries.page_of_books(session, last_id, size=10)
        assert len(page) == size
        last_id = page[-1].id
        titles += [f"{book.title} by {book.author.name}" for book in page]
    assert titles == [f"Volume {n} by Lem" for n in range(25)]
    assert len(statements) == 4


def test_lend_and_return(session: Session, book: Book) -> None:
    assert queries.lend_book(session, book.id) == 0
    with pytest.raises(queries.NoCopyLeftError):
        queries.lend_book(session, book.id)
    queries.return_book(session, book.id)
    assert queries.lend_book(session, book.id) == 0
    for query in queries.lend_book, queries.return_book:
        with pytest.raises(NoResultFound):
            query(session, book.id + 1)
    assert {left.copies for left in queries.list_books(session)} == {0, 2}
    session.execute(text("UPDATE book SET copies = 3"))
    assert queries.lend_book(session, book.id) == 2, "what is stored is read again"


def test_new_genres_are_added_by_name(session: Session) -> None:
    author = queries.add_author(session, "Lem")
    names = ["utopia", "satire", "novel", "essay"]
    queries.add_book(session, author.id, "Eden", PRICE, names)
    stored = session.scalars(select(Genre.name).order_by(Genre.id)).all()
    assert stored == sorted(names)


def test_threads_never_lend_a_copy_twice(own_engine: Engine) -> None:
    make_session = make_session_factory(own_engine)
    begin = {{ begin[session] }}
    with begin() as session:
        author = queries.add_author(session, "Lem")
        book = queries.add_book(session, author.id, "Solaris", PRICE)
        book.copies = 200

    def lend(_: int) -> int:
        return run_in_transaction(begin, lambda session: queries.lend_book(session, book.id))

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lend, range(200))) == list(range(200))


{% if database == 'sqlite' %}
@pytest.mark.parametrize("own_engine", ["sqlite://"], indirect=True)
{% endif %}
def test_threads_that_do_the_same(own_engine: Engine) -> None:
    make_session = make_session_factory(own_engine)
    begin = {{ begin[session] }}
    with begin() as session:
        author = queries.add_author(session, "Lem")

    def add(number: int) -> None:
        title, names = f"Volume {number}", [f"Genre {number // 8}"]
        run_in_transaction(
            begin, lambda session: queries.add_book(session, author.id, title, PRICE, names)
        )

    def delete(_: int) -> bool:
        return run_in_transaction(begin, lambda session: queries.delete_author(session, "Lem"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
        with begin() as session:
            counted = queries.count_by_genre(session)
        assert [number for _, number, _ in counted] == [8] * 5
        assert sum(pool.map(delete, range(8))) == 1
