"""Read many books page by page, and print the rows and the growth of memory from the tenth page on.

Run in the environment of a project, with its settings: `python pages.py NUMBER`.
"""

import resource
import sys
from typing import Any

import twins
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine, read_only
from sqlalchemy import text

SIZE = 1000
NUMBERS = (
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"
)


async def fill(engine: Any, number: int) -> None:
    """Write so many books."""
    insert = (
        "INSERT INTO book (author_id, title, price, copies, added_at)"
        " {} SELECT 1, 'Book ' || n, 1, 1, '2026-01-01 00:00:00.000000' FROM numbers"
    )
    async with twins.enter(engine.begin()) as connection:
        for statement in (
            "INSERT INTO author (id, name) VALUES (1, 'Lem')",
            insert.format(NUMBERS.format(number)),
        ):
            await twins.settle(connection.execute(text(statement)))


def kilobytes() -> int:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def main() -> None:
    """Read to the end."""
    engine = make_engine(Settings())
    await twins.create_tables(engine)
    await fill(engine, int(sys.argv[1]))
    begin = twins.find_begin(read_only(engine))
    rows = pages = last = before = 0
    async with twins.enter(begin()) as transaction:
        while page := await twins.settle(queries.page_of_books(transaction, last, SIZE)):
            rows, pages, last = rows + len(page), pages + 1, page[-1].id
            if pages == 10:
                before = kilobytes()
    print(rows, kilobytes() - before)
    await twins.settle(engine.dispose())


if __name__ == "__main__":
    twins.run(main())
