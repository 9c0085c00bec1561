"""Tests kept apart by the fixtures of a project, beside tables that each test makes and drops.

`uv run --group benchmarks python benchmarks/isolation.py [TESTS]`, with `TEST_POSTGRESQL_URL` and
`TEST_MYSQL_URL` for the servers.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

import common

sys.path.insert(0, str(common.ROOT / "tests"))
from servers import new_database, server_url

PROGRAM = Path(__file__).parent / "programs" / "test_isolation.py"


def measure(database: str, tests: int) -> dict[str, list[float]]:
    """Return the seconds of each test, by the way it is kept apart."""
    answers = {"layer": "orm", "database": database, "migrations": False}
    project = common.make_project(**answers)
    program = project / "tests" / PROGRAM.name
    program.write_text(PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    folder = common.fresh(common.WORK / "databases")
    durations = folder / "durations.json"
    with new_database(answers, folder) as url:
        environment = {
            "PLAIN_URL": url,
            "TESTS": str(tests),
            "DURATIONS": str(durations),
            "PYTHONPATH": str(PROGRAM.parent),
        }
        if server := server_url(answers):
            environment["TEST_DATABASE_URL"] = server
        command: list[str | Path] = ["uv", "run", "pytest", "-p", "durations", program]
        common.run(command, project, **environment)
    taken = defaultdict(list)
    for name, seconds in json.loads(durations.read_text(encoding="utf-8")).items():
        taken[name.partition("::")[2].partition("[")[0]].append(seconds)
    return taken


def main() -> None:
    """Measure an ORM project on every database."""
    tests = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rows, ratios = [], {}
    for database in ("sqlite", "postgresql", "mysql"):
        taken = measure(database, tests)
        project, anew = (
            median(taken[name]) for name in ("test_of_the_project", "test_on_new_tables")
        )
        ratios[database] = anew / project
        rows.append(
            [database, f"{project * 1000:.1f}", f"{anew * 1000:.1f}", f"{anew / project:.1f}"]
        )
    header = ["", "of the project, ms", "on new tables, ms", "times as fast"]
    common.report("isolation", "Milliseconds for a test with one row", (header, rows))
    common.bars(
        "isolation",
        "Tests of a project: how many times as fast as with tables that each makes and drops",
        ratios,
        list(ratios),
        " times",
    )


if __name__ == "__main__":
    main()
