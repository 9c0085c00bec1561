{% from 'template/facts.jinja' import session_imports, unit_of_work with context %}
"""A tour of the sample data: `uv run python -m {{ package_name }}`."""

import sys
from decimal import Decimal

from pydantic import ValidationError

from . import queries
from .config import Settings
from .engine import make_engine, read_only
from .schema import create_tables
from .session import {{ session_imports[session] }}

AUTHOR = "Ursula K. Le Guin"
BOOKS = [
    ("The Dispossessed", Decimal("10.50"), ["science fiction", "utopia"]),
    ("The Left Hand of Darkness", Decimal("9.99"), ["science fiction"]),
]


def main() -> None:
    """Write, read, lend: each in a transaction of its own."""
    try:
        engine = make_engine(Settings())
    except ValidationError as error:
        sys.exit(str(error))
    with engine.connect() as connection:
        create_tables(connection)
    make_session = make_session_factory(engine)
    with {{ unit_of_work[session] % 'make_session' }} as session:
        if queries.get_author(session, AUTHOR) is None:
            author = queries.add_author(session, AUTHOR, "Born in Berkeley in 1929.")
            for title, price, genres in BOOKS:
                queries.add_book(session, author.id, title, price, genres)

    make_reader = make_session_factory(read_only(engine))
    with {{ unit_of_work[session] % 'make_reader' }} as session:
        books = queries.list_books(session)
        for book in books:
            names = ", ".join(sorted(genre.name for genre in book.genres))
            print(f"{book.title} by {book.author.name}: {book.price} ({names})")
        for genre, number, price in queries.count_by_genre(session):
            print(f"{genre}: {number} from {price}")

    with {{ unit_of_work[session] % 'make_session' }} as session:
        print(f"Lent {books[0].title}, {queries.lend_book(session, books[0].id)} left")
        queries.return_book(session, books[0].id)
    engine.dispose()


if __name__ == "__main__":
    main()
