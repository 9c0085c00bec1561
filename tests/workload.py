"""A project at work: what it says became of each operation, and what the database says."""

import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sqlalchemy import text

from answers import ROOT
from generated import Project
from own_servers import PATIENCE, send_all
from servers import connected

PROGRAMS = ROOT / "tests" / "programs"
COPIES = 3_000_000  # that `ledger.py` puts on the shelf
LINE = re.compile(r"(done|failed|unknown) (\d+) (\d+) (\d+\.\d+) ?(.*)\n")


@dataclass(frozen=True)
class Account:
    """What became of all operations.

    None was done for as long as `gap`, at most; `age` is how long before the end the first one that
    is lost was done.
    """

    operations: int
    retries: int
    failed: int
    unknown: int
    lost: int
    doubled: int
    stored: int
    overwritten: int
    gap: float
    age: float
    errors: frozenset[str]


def compare(output: str, url: str) -> Account:
    """Compare what a program said with what is in its database."""
    said: dict[str, dict[int, float]] = {"done": {}, "failed": {}, "unknown": {}}
    retries, errors = 0, set()
    for outcome, number, tries, moment, error in LINE.findall(output):
        said[outcome][int(number)] = float(moment)
        retries += max(int(tries) - 1, 0)
        errors.add(error and f"{error} (tried {tries} times)")
    with connected(url) as connection:
        stored = Counter(connection.scalars(text("SELECT entry FROM ledger")))
        left = connection.scalars(text("SELECT SUM(copies) FROM book")).one()
    moments = sorted(said["done"].values())
    lost = [moment for number, moment in said["done"].items() if not stored[number]]
    return Account(
        operations=sum(map(len, said.values())),
        retries=retries,
        failed=len(said["failed"]),
        unknown=len(said["unknown"]),
        lost=len(lost),
        # Who is told that it failed does it again.
        doubled=sum(count - 1 for count in stored.values())
        + sum(stored[number] for number in said["failed"]),
        stored=stored.total(),
        # Two copies go with each entry, all or nothing, whoever takes others at the same time.
        overwritten=2 * stored.total() - (COPIES - left),
        gap=max((after - before for before, after in pairwise(moments)), default=0),
        age=max((moments[-1] - moment for moment in lost), default=0),
        errors=frozenset(errors - {""}),
    )


class Workload:
    """The program `ledger.py` in the environment of a project."""

    def __init__(
        self,
        project: Project,
        url: str,
        folder: Path,
        *,
        workers: int,
        deadline: float,
        **settings: str,
    ) -> None:
        """Start it, and wait until it is ready to begin."""
        self.url = url
        self.output = folder / "output"
        self.stop = folder / "stop"
        self.rounds = 0
        environment = {"UV_PROJECT_ENVIRONMENT": str(project.environment), "DATABASE_URL": url}
        program = [str(PROGRAMS / "ledger.py"), str(workers), str(deadline), str(self.stop)]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["uv", "run", "--quiet", "python", *program],
                cwd=project.path,
                env=os.environ | environment | settings,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait(self.is_ready)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()[-2000:]
            time.sleep(0.03)

    def is_ready(self) -> bool:
        """Return whether no round is under way."""
        return self.output.read_text().count("ready\n") > self.rounds

    def begin(self) -> None:
        """Begin a round."""
        self.stop.unlink(missing_ok=True)
        assert self.process.stdin
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        self.rounds += 1

    def end(self) -> None:
        """End the round when all workers have done what they are at."""
        self.stop.touch()
        self.wait(self.is_ready)

    def wait_until_done(self, operations: int) -> None:
        """Wait until so many more operations have been done."""
        enough = self.count("done") + operations
        self.wait(lambda: self.count("done") >= enough)

    def count(self, outcome: str) -> int:
        """Return how many operations have had this outcome."""
        return self.output.read_text().count(f"\n{outcome} ")

    def kill(self) -> None:
        """Kill the program at its work."""
        send_all(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the program, however it is by now."""
        self.stop.touch()
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@contextmanager
def at_work(
    project: Project,
    url: str,
    folder: Path,
    *,
    workers: int = 4,
    deadline: float = 30,
    **settings: str,
) -> Iterator[Workload]:
    """Give a workload that is ready to begin, and end it."""
    workload = Workload(project, url, folder, workers=workers, deadline=deadline, **settings)
    try:
        yield workload
    finally:
        workload.close()
