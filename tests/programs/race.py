"""Write to a file in processes that hold its lock nearly all the time; print who wrote how often.

Run in the environment of a project on SQLite: `python race.py FILE SECONDS`. The processes stop
when each has written often enough, or after so many seconds.
"""

import json
import multiprocessing
import sys
import time
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine
from scenes import execute
from sqlalchemy import make_url

PROCESSES, ENOUGH = 4, 5
HOLD = 0.05  # seconds


async def hold(transaction: Any) -> None:
    """Write, and keep the lock for a while."""
    await execute(transaction, "INSERT INTO note VALUES (1)")
    await twins.pause(HOLD)


async def write(url: str, written: Any, number: int, end: float) -> None:
    """Write without a pause between two transactions."""
    engine = make_engine(Settings(database_url=make_url(url)))
    async with twins.enter(engine.begin()) as connection:
        await execute(connection, "CREATE TABLE IF NOT EXISTS note (n INTEGER)")
    while min(written) < ENOUGH and time.time() < end:
        await twins.transact(engine.begin, hold)
        written[number] += 1
    await twins.settle(engine.dispose())


def run(*arguments: Any) -> None:
    """Write in a process of its own."""
    twins.run(write(*arguments))


def main() -> None:
    """Print how often each process has written, and how many of them ended with an error."""
    url, end = f"sqlite:///{sys.argv[1]}", time.time() + float(sys.argv[2])
    written = multiprocessing.Array("i", PROCESSES)
    processes = [
        multiprocessing.Process(target=run, args=(url, written, number, end))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    errors = sum(process.exitcode != 0 for process in processes)
    sys.stdout.write(json.dumps({"written": list(written), "errors": errors}))


if __name__ == "__main__":
    main()
