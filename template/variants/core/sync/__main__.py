"""A tour of the sample data: `uv run python -m {{ package_name }}`."""

import sys
from decimal import Decimal

from pydantic import ValidationError

from . import queries
from .config import Settings
from .engine import make_engine, read_only
from .schema import create_tables

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
    with engine.begin() as connection:
        if queries.get_author(connection, AUTHOR) is None:
            author_id = queries.add_author(connection, AUTHOR, "Born in Berkeley in 1929.")
            for title, price, genres in BOOKS:
                queries.add_book(connection, author_id, title, price, genres)

    with read_only(engine).connect() as connection:
        books = queries.list_books(connection)
        for _, title, price, author, names in books:
            print(f"{title} by {author}: {price} ({names})")
        for genre, number, price in queries.count_by_genre(connection):
            print(f"{genre}: {number} from {price}")

    book_id, title, *_ = books[0]
    with engine.begin() as connection:
        print(f"Lent {title}, {queries.lend_book(connection, book_id)} left")
        queries.return_book(connection, book_id)
    engine.dispose()


if __name__ == "__main__":
    main()
