"""Read where reads may be stale, in threads, and print how often that was done in a second.

Run in the environment of a sync project, with its settings: `python reads.py SECONDS`.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import twins
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine, make_replica_engine
from sqlalchemy import Engine

READERS = 8


def read(engine: Engine, seconds: float) -> int:
    """Read until so many seconds have passed; return how often."""
    begin, reads = twins.find_begin(engine), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with begin() as transaction:
            queries.get_author(transaction, "Nobody")
        reads += 1
    return reads


def main(seconds: float) -> None:
    """Read with all threads at the same time."""
    settings = Settings()
    primary = make_engine(settings)
    replica = make_replica_engine(settings, primary)
    with ThreadPoolExecutor(READERS) as pool:
        reads = sum(pool.map(read, [replica] * READERS, [seconds] * READERS))
    print(round(reads / seconds))
    for engine in primary, replica:
        engine.dispose()


if __name__ == "__main__":
    main(float(sys.argv[1]))
