from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from my_app import queries
from my_app.models import Book, Genre
from my_app.retry import run_in_transaction
from my_app.session import make_session_factory

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
    assert (author.biography and author.biography.text) == "Born in Lviv."
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
    queries.add_book(session, book.author_id, "Fiasco", PRICE, ["d", "c", "b", "a"])
    by_id = select(Genre.name).where(Genre.name < "e").order_by(Genre.id)
    assert session.scalars(by_id).all() == ["a", "b", "c", "d"]


def test_add_and_page_books(session: Session, book: Book, statements: list[str]) -> None:
    statements.clear()
    queries.add_books(session, [])
    row: queries.NewBook = {"author_id": book.author_id, "title": "", "price": PRICE, "copies": 2}
    queries.add_books(session, [{**row, "title": f"Volume {n}"} for n in range(25)])
    assert len(statements) == 1
    first = queries.page_of_books(session, book.id, size=15)
    second = queries.page_of_books(session, first[-1].id, size=15)
    assert (len(first), len(second)) == (15, 10)
    titles = [f"{book.title} by {book.author.name}" for book in (*first, *second)]
    assert titles == [f"Volume {n} by Lem" for n in range(25)]
    assert len(statements) == 3


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


@pytest.mark.parametrize("own_engine", ["sqlite://", "sqlite:///new.db"], indirect=True)
def test_threads_at_the_same_rows(own_engine: Engine) -> None:
    make_session = make_session_factory(own_engine)
    begin = make_session.begin
    with begin() as session:
        author = queries.add_author(session, "Lem")
        book = queries.add_book(session, author.id, "Solaris", PRICE)
        book.copies = 40

    def add_and_lend(number: int) -> int:
        title, names = f"Volume {number}", [f"Genre {number // 8}"]
        run_in_transaction(
            begin, lambda session: queries.add_book(session, author.id, title, PRICE, names)
        )
        return run_in_transaction(begin, lambda session: queries.lend_book(session, book.id))

    def delete() -> bool:
        return run_in_transaction(begin, lambda session: queries.delete_author(session, "Lem"))

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(add_and_lend, range(40))) == list(range(40))
        assert sum(each.result() for each in [pool.submit(delete) for _ in range(8)]) == 1
