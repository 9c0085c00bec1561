from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from {{ package_name }} import queries
from {{ package_name }}.models import Book, Genre

PRICE = Decimal("7.50")


@pytest.fixture
def book(session: Session) -> Book:
    """The only copy of a book in two genres, by an author with a biography."""
    author = queries.add_author(session, "Lem", "Born in Lviv.")
    return queries.add_book(session, author.id, "Solaris", PRICE, ["novel", "science fiction"])


@pytest.mark.usefixtures("book")
def test_get_author(session: Session) -> None:
    session.expunge_all()
    author = queries.get_author(session, "Lem")
    assert author is not None
    assert author.biography is not None
    assert author.biography.text == "Born in Lviv."
    assert [book.title for book in author.books] == ["Solaris"]
    assert queries.get_author(session, "Nobody") is None


def test_add_book_adds_each_genre_once(session: Session, book: Book) -> None:
    queries.add_book(session, book.author_id, "Eden", PRICE, ["novel", "novel", "dystopia"])
    genres = session.scalars(select(Genre.name).order_by(Genre.name)).all()
    assert genres == ["dystopia", "novel", "science fiction"]


def test_list_books_in_two_queries_however_many(
    session: Session, book: Book, statements: list[str]
) -> None:
    for title in ("Fiasco", "Eden"):
        queries.add_book(session, book.author_id, title, PRICE, ["novel"])
    session.expunge_all()
    statements.clear()
    books = [
        (book.title, book.author.name, sorted(genre.name for genre in book.genres))
        for book in queries.list_books(session)
    ]
    assert books == [
        ("Eden", "Lem", ["novel"]),
        ("Fiasco", "Lem", ["novel"]),
        ("Solaris", "Lem", ["novel", "science fiction"]),
    ]
    assert len(statements) == 2


def test_add_books_in_one_statement(session: Session, book: Book, statements: list[str]) -> None:
    statements.clear()
    queries.add_books(session, [])
    queries.add_books(
        session,
        [
            {"author_id": book.author_id, "title": str(n), "price": PRICE, "copies": n}
            for n in range(100)
        ],
    )
    assert len(statements) == 1
    assert session.scalar(select(func.sum(Book.copies))) == 4951


def test_pages_in_one_query_each(session: Session, book: Book, statements: list[str]) -> None:
    for title in ("Fiasco", "Eden"):
        queries.add_book(session, book.author_id, title, PRICE)
    session.expunge_all()
    statements.clear()
    first = queries.page_of_books(session, size=2)
    assert [(book.title, book.author.name) for book in first] == [
        ("Solaris", "Lem"),
        ("Fiasco", "Lem"),
    ]
    second = queries.page_of_books(session, first[-1].id, size=2)
    assert [(book.title, book.author.name) for book in second] == [("Eden", "Lem")]
    assert len(statements) == 2


def test_count_by_genre(session: Session, book: Book) -> None:
    queries.add_book(session, book.author_id, "Eden", Decimal("5.25"), ["novel"])
    assert queries.count_by_genre(session) == [
        ("novel", 2, Decimal("5.25")),
        ("science fiction", 1, PRICE),
    ]


def test_change_price(session: Session, book: Book) -> None:
    assert queries.change_price(session, book.id, Decimal("8.25"))
    session.refresh(book)
    assert book.price == Decimal("8.25")
    assert not queries.change_price(session, book.id + 1, PRICE)


@pytest.mark.usefixtures("book")
def test_delete_author(session: Session) -> None:
    assert queries.delete_author(session, "Lem")
    assert session.scalar(select(func.count(Book.id))) == 0
    assert not queries.delete_author(session, "Lem")


def test_lend_and_return(session: Session, book: Book) -> None:
    assert queries.lend_book(session, book.id) == 0
    with pytest.raises(queries.NoCopyLeftError):
        queries.lend_book(session, book.id)
    queries.return_book(session, book.id)
    assert queries.lend_book(session, book.id) == 0
