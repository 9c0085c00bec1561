"""Lend 200 copies by eight threads or tasks, in every kind of database that is in memory.

Run in the environment of a project: `python memory.py`.
"""

from functools import partial
from pathlib import Path
from typing import Any

import twins
from my_app import queries
from my_app.config import Settings
from pydantic import ValidationError
from scenes import SCENES, execute, made, run_all, value

# https://www.sqlite.org/inmemorydb.html
URLS = [
    "sqlite://",
    "sqlite:///:memory:",
    "sqlite:///file::memory:?uri=true",
    "sqlite:///file::memory:?cache=shared&uri=true",
    "sqlite:///file:library?mode=memory&uri=true",
    "sqlite:///file:library?mode=memory&cache=shared&uri=true",
    "sqlite:///file:/library?vfs=memdb&uri=true",
    "sqlite:///file:?uri=true",
]
WORKERS, EACH = 8, 25


def is_refused(url: str) -> bool:
    """Return whether the settings refuse a URL, for a reason that they give in one sentence."""
    try:
        Settings.model_validate({"database_url": url})
    except ValidationError as error:
        (reason,) = error.errors()
    else:
        return False
    assert "DATABASE_URL" in reason["msg"], reason
    assert "\n" not in reason["msg"], reason
    return True


async def lend(engine: Any) -> None:
    """Lend as many copies as one worker does."""

    async def work(transaction: Any) -> None:
        await twins.settle(queries.lend_book(transaction, 1))

    begin = twins.find_begin(engine)
    for _ in range(EACH):
        await twins.transact(begin, work)


async def lend_together(_: Path, url: str) -> None:
    """Show that all copies can be lent, or that the URL is refused."""
    if is_refused(url):
        return
    async with made(url) as engine:
        await twins.create_tables(engine)
        async with twins.enter(engine.begin()) as connection:
            await execute(connection, "INSERT INTO author (id, name) VALUES (1, 'Lem')")
            await execute(
                connection,
                "INSERT INTO book (id, author_id, title, price, copies, added_at)"
                f" VALUES (1, 1, 'Solaris', 1, {WORKERS * EACH}, '2026-01-01 00:00:00.000000')",
            )
        await twins.gather(*(lend(engine) for _ in range(WORKERS)))
        async with twins.enter(engine.connect()) as connection:
            assert await value(connection, "SELECT copies FROM book") == 0


SCENES |= {url: partial(lend_together, url=url) for url in URLS}

if __name__ == "__main__":
    run_all()
