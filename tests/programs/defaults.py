"""Make the tables, and print what the database makes of values that a careless one would change.

Run in the environment of a project, with its settings: `python defaults.py`.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import twins
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.schema import create_tables
from sqlalchemy import Connection, func, insert, select

TITLE = "Солярис 🪐"
AUTHOR, BOOK = (twins.find_metadata().tables[name] for name in ("author", "book"))


def add_author(connection: Connection, name: str) -> int:
    """Add an author; return its key."""
    connection.execute(insert(AUTHOR).values(name=name))
    return connection.execute(select(AUTHOR.c.id).where(AUTHOR.c.name == name)).scalar_one()


def add_book(
    connection: Connection, title: str = "Solaris", price: str = "9.99"
) -> tuple[str, str]:
    """Add a book by a new author; return its title and price as they are stored."""
    author = add_author(connection, "Lem")
    values = {"author_id": author, "title": title, "price": Decimal(price)}
    connection.execute(insert(BOOK).values(values))
    stored = select(BOOK.c.title, BOOK.c.price).where(BOOK.c.author_id == author)
    found = connection.execute(stored).one()
    return found.title, str(found.price)


def add_twins(connection: Connection) -> int:
    """Add two authors whose names differ by case; return how many there are."""
    keys = {add_author(connection, "Lem"), add_author(connection, "lem")}
    return len(keys)


def ask_for_time(connection: Connection) -> float:
    """Return how far the clock of the server is from UTC, in seconds."""
    now = connection.execute(select(func.now())).scalar_one()
    return abs((now.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds())


CASES: dict[str, Callable[[Connection], object]] = {
    "text": lambda connection: add_book(connection, TITLE)[0] == TITLE,
    "300 characters": lambda connection: add_book(connection, "x" * 300),
    "too much money": lambda connection: add_book(connection, price="123456789012.34"),
    "Lem and lem": add_twins,
    "seconds from UTC": ask_for_time,
}


def main() -> None:
    """Try each value in a transaction that is rolled back."""
    engine = twins.sync_engine(ENGINE)
    with engine.connect() as connection:
        create_tables(connection)
    for name, case in CASES.items():
        with engine.connect() as connection:
            try:
                found = {"found": case(connection)}
            except Exception as error:
                found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"case": name, **found}))
    engine.dispose()


if __name__ == "__main__":
    ENGINE = make_engine(Settings())
    twins.run(twins.in_greenlet(main))
