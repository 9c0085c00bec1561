"""Lend books in processes that are killed at their work, one after the other.

Run in the environment of a project, with its settings: `python killed.py KILLS WORKERS`. It prints
what `ledger.py` prints, and a line "killed" for every process.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import ledger
import twins
from my_app.config import Settings
from my_app.engine import make_engine


async def set_up() -> None:
    """Make tables and books, and leave no connection to a process that is to come."""
    engine = make_engine(Settings())
    await ledger.set_up(engine)
    await twins.settle(engine.dispose())


async def lend_for_ever(workers: int) -> None:
    """Lend books until somebody kills this process."""
    begin = twins.find_begin(make_engine(Settings()))
    never = Path("/dev/null/never")
    await twins.gather(*(ledger.lend_until(begin, 30, never) for _ in range(workers)))


def main() -> None:
    """Start a process, wait for some lines of it, and kill it."""
    kills, workers = map(int, sys.argv[1:])
    twins.run(set_up())
    for _ in range(kills):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writer, 1)
            twins.run(lend_for_ever(workers))
        os.close(writer)
        with os.fdopen(reader, "rb", buffering=0) as lines:
            for _ in range(random.randint(1, 5)):
                os.write(1, lines.read(4096))
            time.sleep(random.uniform(0, 0.01))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.write(1, lines.read() + b"killed\n")


if __name__ == "__main__":
    main()
