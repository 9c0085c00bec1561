"""Write to a primary and read from its replica; print what a reader there has to expect.

Run in the environment of a project, with its settings: `python replica.py URL_OF_THE_REPLICA`.
"""

import json
import sys
import time
from typing import Any

import twins
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine, read_only
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

WRITES = 100


async def find(replica: Any, name: str) -> bool:
    """Return whether an author is there."""
    async with twins.enter(twins.find_begin(replica)()) as transaction:
        return await twins.settle(queries.get_author(transaction, name)) is not None


async def main() -> None:
    """Write to one, read from the other at once, and try to write there."""
    primary = make_engine(Settings())
    replica = read_only(make_engine(Settings.model_validate({"database_url": sys.argv[1]})))
    await twins.create_tables(primary)
    begin, stale, longest = twins.find_begin(primary), 0, 0.0
    for number in range(WRITES):
        name = f"Author {number}"

        async def work(transaction: Any, name: str = name) -> None:
            await twins.settle(queries.add_author(transaction, name))

        await twins.transact(begin, work)
        start = time.monotonic()
        stale += not await find(replica, name)
        while not await find(replica, name):
            await twins.pause(0.001)
        longest = max(longest, time.monotonic() - start)
    async with twins.enter(replica.connect()) as connection:
        followers = await twins.settle(connection.execute(text("SELECT pg_is_in_recovery()")))
        follows = followers.scalar_one()
    try:
        await twins.transact(twins.find_begin(replica), work)
    except DBAPIError as error:
        refusal = str(error)
    milliseconds = round(longest * 1000)
    print(json.dumps({"follows": follows, "stale": stale, "ms": milliseconds, "error": refusal}))
    await twins.settle(replica.dispose())
    await twins.settle(primary.dispose())


if __name__ == "__main__":
    twins.run(main())
