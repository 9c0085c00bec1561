"""Run SQLAlchemy's own tests on the engines that projects make.

A test that fails there and passes on a plain engine is a difference. Those that are wanted stand in
wanted.toml; any other ends the run with 1. Suite A has the tests of databases and of engines, suite
B the others that are meant for every database.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .runs import ENGINES, LOGS, BrokenRunError, Engine, Tests, empty_database
from .wanted import Wanted, read_wanted

COLUMNS = ("suite", "engine", "run", "failed", "plain too", "wanted", "unexpected", "minutes")


def main() -> int:
    """Run what is asked for, and return 1 if there is a difference that nobody wants."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # databases are dropped all the same
    engines = [engine for engine in ENGINES if engine.name in options.engines]
    for variable in {engine.variable for engine in engines} - {None, *os.environ}:
        sys.exit(f"{variable} is not set")
    wanted = read_wanted()
    unexpected: list[str] = []
    write_row(COLUMNS)
    write_row(["---"] * len(COLUMNS))
    for engine in engines:
        with tempfile.TemporaryDirectory(prefix="suite-") as name:
            tests = Tests(engine, Path(name), options.numprocesses)
            with empty_database(engine, Path(name)) as url:
                for suite in options.suites:
                    paths = options.tests or engine.paths(suite)
                    unexpected += compare(tests, url, suite, paths, wanted)
    for entry in wanted:
        if entry.seen:
            write(f"\n{entry.cause}: {entry.reason}")
    if not options.tests and set(options.suites) == {"A", "B"}:
        write_stale(wanted, engines)
    if unexpected:
        write(f"\nUnexpected (what pytest printed is in {LOGS}):", *unexpected)
    return bool(unexpected)


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m suite", description=__doc__)
    names = [engine.name for engine in ENGINES]
    parser.add_argument("--engines", nargs="+", choices=names, default=names, metavar="ENGINE")
    parser.add_argument("--suites", nargs="+", choices=["A", "B"], default=["A", "B"])
    parser.add_argument("--tests", nargs="+", help="paths for pytest in place of the suites")
    parser.add_argument("--numprocesses", type=int, default=2)
    options = parser.parse_args()
    if options.tests:
        options.suites = ["tests"]
    return options


def compare(
    tests: Tests, url: str, suite: str, paths: Sequence[str], wanted: Sequence[Wanted]
) -> list[str]:
    """Write a row of the table, and return the differences that nobody wants."""
    start = time.monotonic()
    engine = tests.engine
    try:
        made, plain = tests.compare(url, suite, paths)
    except BrokenRunError as broken:
        write_row([suite, engine.name, *["?"] * (len(COLUMNS) - 2)])
        return [f"{suite} {engine.name} {broken}"]
    causes: Counter[str] = Counter()
    unexpected = []
    for test in sorted(made.failed.keys() - plain.failed.keys()):
        error = made.failed[test]
        entry = next((entry for entry in wanted if entry.explains(engine, test, error)), None)
        if entry:
            causes[entry.cause] += 1
        else:
            unexpected.append(f"{suite} {engine.name} {test}\n    {error.splitlines()[0]}")
    by_cause = ", ".join(f"{cause} {count}" for cause, count in causes.most_common())
    minutes = f"{(time.monotonic() - start) / 60:.1f}"
    counts = (made.run, len(made.failed), len(plain.failed))
    write_row([suite, engine.name, *map(str, counts), by_cause, str(len(unexpected)), minutes])
    return unexpected


def write_stale(wanted: Sequence[Wanted], engines: Sequence[Engine]) -> None:
    """Note the patterns that no difference matched, if all engines that they are for have run."""
    for entry in wanted:
        if all(engine in engines for engine in ENGINES if entry.concerns(engine)):
            for pattern in entry.tests:
                if pattern not in entry.seen:
                    write(f"\nNote: nothing failed by {entry.cause} in {pattern}")


def write_row(cells: Sequence[str]) -> None:
    """Write a row of the table."""
    write(f"| {' | '.join(cells)} |")


def write(*lines: str) -> None:
    """Write lines at once, as a run takes long."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
