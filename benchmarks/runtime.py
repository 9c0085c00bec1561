"""What the generated engine, sessions and queries do beside a plain engine and session.

`uv run --group benchmarks python benchmarks/runtime.py [ROUNDS [DATABASE…]]`, with
`TEST_POSTGRESQL_URL` and `TEST_MYSQL_URL` for the servers.
"""

import json
import sys
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import common

sys.path.insert(0, str(common.ROOT / "tests"))
from servers import new_database

PROGRAMS = Path(__file__).parent / "programs"
LEND = common.ROOT / "tests" / "programs" / "lend.py"

# What is compared: a title, and what the program calls the two sides.
COMPARED = {
    "write transactions": ("write plain", "write tuned"),
    "point reads, read_only": ("read plain", "read tuned"),
    "reads beside a busy writer": ("read_beside_a_writer plain", "read_beside_a_writer tuned"),
    "10,000 rows, beside add_all": ("insert_objects plain", "insert_at_once tuned"),
    "500 books listed, beside N+1": ("list_one_by_one plain", "list_at_once tuned"),
    "point reads, beside the driver": ("read_raw plain", "read tuned"),
    "10,000 rows, beside the driver": ("insert_raw plain", "insert_at_once tuned"),
}


def measure(layer: str, database: str, rounds: int) -> dict[str, Any]:
    """Return the figures of a project, each side on a database of its own."""
    answers = {"layer": layer, "database": database, "migrations": False}
    project = common.make_project(**answers)
    folder = common.fresh(common.WORK / "databases")
    with ExitStack() as stack:
        tuned, plain = (stack.enter_context(new_database(answers, folder)) for _ in range(2))
        output = common.run(
            ["uv", "run", "python", PROGRAMS / "workload.py", layer, tuned, plain, str(rounds)],
            project,
        )
        figures: dict[str, Any] = json.loads(output.splitlines()[-1])
    for workers, kind in product(["threads", "processes"], ["tuned", "plain"]):
        with new_database(answers, folder) as url:
            output = common.run(["uv", "run", "python", LEND, layer, url, kind, workers], project)
            figures[f"{workers} {kind}"] = json.loads(output.splitlines()[-1])
    return figures


def main() -> None:
    """Measure Core and the ORM on every database."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    databases = sys.argv[2:] or ["sqlite", "postgresql", "mysql"]
    ratios: dict[str, list[str]] = {title: [] for title in COMPARED}
    speed: dict[str, list[str]] = {}
    lost: dict[str, list[str]] = {}
    header = [""]
    for database, layer in product(databases, ["core", "orm"]):
        figures = measure(layer, database, rounds)
        header.append(f"{database}, {layer}")
        taken = figures["seconds"]
        for title, (plain, tuned) in COMPARED.items():
            ratios[title].append(f"{common.median_ratio(taken[plain], taken[tuned]):.2f}")
        for kind in ("plain", "tuned"):
            title = f"write transactions a second, {kind}"
            speed.setdefault(title, []).append(f"{100 / median(taken[f'write {kind}']):.0f}")
            for workers in ("threads", "processes"):
                count = figures[f"{workers} {kind}"]
                title = f"8 {workers}, {kind}: lost, errors"
                lost.setdefault(title, []).append(f"{count['lost']}, {count['errors']}")
    rows = [[title, *values] for title, values in [*ratios.items(), *speed.items(), *lost.items()]]
    common.report("runtime", "How many times as fast as plain SQLAlchemy", header, rows)
    shown = list(COMPARED)[:5]
    common.bars(
        "runtime",
        f"{databases[0]} with the ORM: how many times as fast as a plain engine and session",
        {title: float(ratios[title][1]) for title in shown},
        shown,
        " times",
    )


if __name__ == "__main__":
    main()
