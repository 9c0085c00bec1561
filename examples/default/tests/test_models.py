from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError, StatementError
from sqlalchemy.orm import Session, joinedload, selectinload

from my_app.models import Author, Biography, Book, Genre


@pytest.fixture
def author(session: Session) -> Author:
    """An author with a biography and two books in one genre."""
    author = Author(name="Lem", biography=Biography(text="Born in Lviv."))
    genres = [Genre(name="science fiction")]
    for title in "Solaris", "Fiasco":
        author.books.append(Book(title=title, price=Decimal("7.50"), genres=genres))
    session.add(author)
    session.commit()
    return author


def test_states_of_an_object(session: Session) -> None:
    author = Author(name="Lem")
    assert inspect(author).transient
    session.add(author)
    assert inspect(author).pending
    session.flush()
    assert inspect(author).persistent
    session.expire(author)
    assert inspect(author).expired
    session.refresh(author)
    session.commit()
    session.close()
    assert inspect(author).detached
    assert author.name == "Lem", "what was loaded outlives the session"


def test_relationships_load_on_request_only(session: Session, author: Author) -> None:
    session.expunge_all()
    loaded = session.get_one(Author, author.id)
    with pytest.raises(InvalidRequestError, match="lazy='raise_on_sql'"):
        _ = loaded.biography
    session.scalars(select(Author).options(joinedload(Author.biography))).one()
    assert loaded.biography is not None
    assert loaded.biography.author is loaded
    genre = session.scalars(select(Genre).options(selectinload(Genre.books))).one()
    assert len(set(genre.books)) == 2


def test_cascades(session: Session, author: Author, statements: list[str]) -> None:
    del author.books[0]
    author.biography = Biography(text="Studied medicine.")
    session.commit()
    assert session.scalars(select(Book.title)).all() == ["Fiasco"]
    assert session.scalars(select(Biography.text)).all() == ["Studied medicine."]
    for model in Genre, Book, Author:
        session.expunge_all()
        statements.clear()
        session.delete(session.scalars(select(model)).one())
        session.commit()
        assert len(statements) == 2, "the database deletes what belongs to it"
    assert session.scalars(select(Biography)).all() == []


def test_constraints(session: Session, author: Author) -> None:
    prices = [Decimal(price) for price in ("-0.01", "100000000", "NaN", "Infinity")]
    for wrong in (
        Author(name=author.name),
        Genre(name="science fiction"),
        Book(author_id=author.id, title="Solaris", price=Decimal(1)),
        Book(author_id=author.id + 1, title="Eden", price=Decimal(1)),
        Book(author_id=author.id, title="Eden", price=Decimal(1), copies=-1),
        *(Book(author_id=author.id, title="Eden", price=price) for price in prices),
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.add(wrong)
    session.add(Author(name=author.name.lower()))
    session.flush()


def test_defaults_of_the_database(session: Session, author: Author) -> None:
    statement = text("INSERT INTO book (author_id, title, price) VALUES (:id, 'Eden', 1)")
    session.execute(statement, {"id": author.id})
    eden = select(Book).where(Book.title == "Eden", Book.copies == 1)
    book = session.scalars(eden).one()
    assert abs(datetime.now(UTC) - book.added_at) < timedelta(minutes=1)
    assert session.scalars(eden.where(Book.added_at == book.added_at)).one() is book


def test_values_come_back_as_they_were(session: Session, author: Author) -> None:
    book = author.books[0]
    assert datetime.now(UTC) - book.added_at < timedelta(minutes=1)
    book.added_at = datetime(2026, 1, 1, 1, 30, 0, 123456, timezone(timedelta(hours=2)))
    book.price, book.title = Decimal("12345678.90"), "Солярис 🪐"
    session.commit()
    session.refresh(book)
    moment = datetime(2025, 12, 31, 23, 30, 0, 123456, UTC)
    assert (book.added_at, book.added_at.tzinfo) == (moment, UTC)
    assert (book.price, book.title) == (Decimal("12345678.90"), "Солярис 🪐")
    book.added_at = book.added_at.replace(tzinfo=None)
    with pytest.raises(StatementError, match="no time zone"):
        session.flush()
