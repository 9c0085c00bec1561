"""A tour of the sample data: `uv run python -m my_app`."""

import sys
from decimal import Decimal

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from . import queries
from .config import Settings
from .engine import make_engine, ping, read_only
from .retry import run_in_transaction
from .schema import SchemaError, create_tables
from .session import make_session_factory

AUTHOR = "Ursula K. Le Guin"
BOOKS = [
    ("The Dispossessed", Decimal("10.50"), ["science fiction", "utopia"]),
    ("The Left Hand of Darkness", Decimal("9.99"), ["science fiction"]),
]


def main() -> None:
    """Take the tour, or say in a sentence which setting is wrong or why there is no database."""
    try:
        engine = make_engine(Settings())
    except ValidationError as error:
        sys.exit("\n".join(f"{line['loc'][0]}: {line['msg']}" for line in error.errors()))
    try:
        ping(engine)
    except DBAPIError as error:
        sys.exit(f"the database does not answer: {error.orig}".partition("\n")[0])
    else:
        take_tour(engine)
    finally:
        engine.dispose()


def take_tour(engine: Engine) -> None:
    """Add, list and lend: each in a transaction of its own."""
    try:
        with engine.connect() as connection:
            create_tables(connection)
    except SchemaError as error:
        sys.exit(str(error))
    make_session = make_session_factory(engine)
    with make_session.begin() as session:
        if queries.get_author(session, AUTHOR) is None:
            author = queries.add_author(session, AUTHOR, "Born in Berkeley in 1929.")
            for title, price, genres in BOOKS:
                queries.add_book(session, author.id, title, price, genres)

    make_reader = make_session_factory(read_only(engine))
    with make_reader.begin() as session:
        books = queries.list_books(session)
        for book in books:
            names = ", ".join(sorted(genre.name for genre in book.genres))
            print(f"{book.title} by {book.author.name}: {book.price} ({names})")
        for genre, number, price in queries.count_by_genre(session):
            print(f"{genre}: {number} from {price}")

    def lend_and_return(session: Session) -> int:
        left = queries.lend_book(session, books[0].id)
        queries.return_book(session, books[0].id)
        return left

    left = run_in_transaction(make_session.begin, lend_and_return)
    print(f"Lent {books[0].title}, {left} left")


if __name__ == "__main__":
    main()
