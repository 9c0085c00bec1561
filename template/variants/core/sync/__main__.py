{# Derived from ../async/__main__.py: change that one, and run `make sync`. #}
"""A tour of the sample data: `uv run python -m {{ package_name }}`."""

import sys
from decimal import Decimal

from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from . import queries
from .config import Settings
from .engine import make_engine, ping, read_only
from .retry import run_in_transaction
from .schema import SchemaError, create_tables

{% include 'template/variants/execution/' ~ execution ~ '/main.py' %}


def take_tour(engine: Engine) -> None:
    """Add, list and lend: each in a transaction of its own."""
    try:
        with engine.connect() as connection:
            create_tables(connection)
    except SchemaError as error:
        sys.exit(str(error))
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

    def lend_and_return(connection: Connection) -> int:
        left = queries.lend_book(connection, book_id)
        queries.return_book(connection, book_id)
        return left

    left = run_in_transaction(engine.begin, lend_and_return)
    print(f"Lent {title}, {left} left")


if __name__ == "__main__":
    main()
