"""Open the same new file from eight processes at the same moment, 20 times; print the errors.

Run in the environment of a project: `python start.py FOLDER`.
"""

import multiprocessing
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path

from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

PROCESSES, ROUNDS = 8, 20


def start(url: str, barrier: Barrier) -> None:
    """Begin a first transaction when all processes are ready; end with 1 if that fails."""
    engine = make_engine(Settings(database_url=make_url(url)))
    barrier.wait()
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS started (n INTEGER)"))
            connection.execute(text("INSERT INTO started VALUES (1)"))
    except DBAPIError:
        sys.exit(1)


def main() -> None:
    """Print the number of processes that failed, and of files without WAL."""
    errors = others = 0
    for round_ in range(ROUNDS):
        url = f"sqlite:///{Path(sys.argv[1])}/{round_}.db"
        barrier = multiprocessing.Barrier(PROCESSES)
        processes = [
            multiprocessing.Process(target=start, args=(url, barrier)) for _ in range(PROCESSES)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        errors += sum(process.exitcode != 0 for process in processes)
        engine = make_engine(Settings(database_url=make_url(url)))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM started")) == PROCESSES
            others += connection.scalar(text("PRAGMA journal_mode")) != "wal"
        engine.dispose()
    sys.stdout.write(f"{errors} errors, {others} files without WAL")


if __name__ == "__main__":
    main()
