"""Write to a primary, and read what was written at once, there and from its replica.

Run in the environment of a project, with DATABASE_URL and DATABASE_REPLICA_URL: `python replica.py`
prints how many reads were stale, and whether writing through the replica's engine was refused.
"""

import json
import re
import time
from contextlib import suppress
from typing import Any

import twins
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine, make_replica_engine, read_only
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

WRITES = 100
FOLLOWS = {"postgresql": "SELECT pg_is_in_recovery()", "mysql": "SELECT @@read_only"}


async def find(engine: Any, name: str) -> bool:
    """Return whether an author is there."""
    async with twins.enter(twins.find_begin(engine)()) as transaction:
        return await twins.settle(queries.get_author(transaction, name)) is not None


async def wait_for_tables(engine: Any) -> None:
    """Return when the tables are there, too."""
    is_there = False
    while not is_there:
        await twins.pause(0.01)
        with suppress(DBAPIError):
            is_there = not await find(engine, "Nobody")


async def add(engine: Any, name: str) -> None:
    """Add an author."""

    async def work(transaction: Any) -> None:
        await twins.settle(queries.add_author(transaction, name))

    await twins.transact(twins.find_begin(engine), work)


async def refuses_writes(engine: Any) -> bool:
    """Return whether it is an error to add an author."""
    try:
        await add(engine, "Nobody")
    except DBAPIError as error:
        return bool(re.search("(?i)read.only", str(error.orig)))
    return False


async def main() -> None:
    """Write to one, read from both, and try to write where that is refused."""
    settings = Settings()
    primary = make_engine(settings)
    replica = make_replica_engine(settings, primary)
    without = settings.model_copy(update={"database_replica_url": None})
    await twins.create_tables(primary)
    await wait_for_tables(replica)
    stale = {"primary": 0, "replica": 0}
    longest = 0.0
    for number in range(WRITES):
        name = f"Author {number} of {time.monotonic_ns()}"
        await add(primary, name)
        start = time.monotonic()
        stale["replica"] += not await find(replica, name)
        stale["primary"] += not await find(read_only(primary), name)
        while not await find(replica, name):
            await twins.pause(0.001)
        longest = max(longest, time.monotonic() - start)
    async with twins.enter(replica.connect()) as connection:
        statement = text(FOLLOWS[replica.dialect.name])
        follows = bool(await twins.settle(connection.scalar(statement)))
    fallback = make_replica_engine(without, primary)
    found = {
        "stale": stale,
        "ms": round(longest * 1000),
        "follows": follows,
        "falls back": fallback.pool is primary.pool,
        "refused": [await refuses_writes(engine) for engine in (replica, fallback)],
    }
    print(json.dumps(found))
    for engine in primary, replica:
        await twins.settle(engine.dispose())


if __name__ == "__main__":
    twins.run(main())
