"""Short transactions of this commit beside those of an earlier release: what its updates cost.

`uv run --group benchmarks python benchmarks/since.py [ROUNDS]`, with `TEST_POSTGRESQL_URL` and
`TEST_MYSQL_URL` for the servers.
"""

import json
import sys
from functools import partial
from pathlib import Path
from statistics import median

import common

sys.path.insert(0, str(common.ROOT / "tests"))
from answers import RELEASES, Answers, name_of, ways_to_execute
from servers import new_database

PROGRAM = Path(__file__).parent / "programs" / "transactions.py"
SHARED = common.ROOT / "tests" / "programs"
KINDS = "read", "read_only", "write"
TIMES = 1000
RELEASE = "0.7.0"  # the last one without poolers and replicas


def measure(answers: Answers, rounds: int) -> list[str]:
    """Return the microseconds of each kind now, and how many times as fast as before they are."""
    folder = common.fresh(common.WORK / "databases")
    projects = {
        "before": common.make_project(RELEASES[RELEASE], **answers, migrations=False),
        "now": common.make_project(**answers, migrations=False),
    }

    def run(project: Path) -> dict[str, float]:
        with new_database(answers, folder) as url:
            command: list[str | Path] = ["uv", "run", "python", PROGRAM, url, str(TIMES)]
            output = common.run(command, project, PYTHONPATH=str(SHARED))
        seconds: dict[str, float] = json.loads(output)
        return seconds

    taken = common.in_turn({name: partial(run, path) for name, path in projects.items()}, rounds)
    found = []
    for kind in KINDS:
        before, now = ([each[kind] for each in taken[name]] for name in ("before", "now"))
        found += [f"{median(now) * 1e6:.0f}", f"{common.median_ratio(before, now):.2f}"]
    return found


def main() -> None:
    """Measure every driver."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ways = [answers for answers in ways_to_execute() if answers["layer"] == "core"]
    rows = [[name_of(answers), *measure(answers, rounds)] for answers in ways]
    header = ["", *(head for kind in KINDS for head in (f"{kind}, us", f"times {RELEASE}"))]
    common.report("since", f"Short transactions beside those of {RELEASE}", (header, rows))


if __name__ == "__main__":
    main()
