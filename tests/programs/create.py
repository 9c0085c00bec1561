"""Make the tables of each database by four processes at the same moment; print how each fared.

Run in the environment of a project: `python create.py URL...`.
"""

import json
import multiprocessing
import os
import sys
from multiprocessing.synchronize import Barrier
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.schema import create_tables
from sqlalchemy import text

PROCESSES = 4


async def create(url: str, barrier: Barrier) -> None:
    """Make the tables when all processes have a connection, and use one."""
    engine: Any = make_engine(Settings.model_validate({"database_url": url}))
    async with twins.enter(engine.connect()) as connection:
        await twins.settle(connection.execute(text("SELECT 1")))
        await twins.settle(connection.rollback())
        barrier.wait()
        if twins.IS_ASYNC:
            await connection.run_sync(create_tables)
        else:
            create_tables(connection)
        await twins.settle(connection.execute(text("SELECT count(*) FROM book")))
    await twins.settle(engine.dispose())


def start(url: str, barrier: Barrier) -> None:
    """Print the error, if there is one, in one piece."""
    try:
        twins.run(create(url, barrier))
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
    else:
        found = ""
    os.write(1, f"{json.dumps({'url': url, 'error': found})}\n".encode())


def main() -> None:
    """Go from one database to the next."""
    context = multiprocessing.get_context("fork")
    for url in sys.argv[1:]:
        barrier = context.Barrier(PROCESSES)
        processes = [context.Process(target=start, args=(url, barrier)) for _ in range(PROCESSES)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()


if __name__ == "__main__":
    main()
