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
from answers import Answers, name_of, ways_to_execute
from servers import new_database

PROGRAMS = Path(__file__).parent / "programs"
SHARED = common.ROOT / "tests" / "programs"

# What is compared: a title, and what the program calls the two sides.
COMPARED = {
    "writes": ("write plain", "write tuned"),
    "reads, then writes": ("read_and_write plain", "read_and_write tuned"),
    "point reads": ("read plain", "read tuned"),
    "reads beside a writer": ("beside_a_writer plain", "beside_a_writer tuned"),
    "10,000 rows": ("insert_objects plain", "insert_at_once tuned"),
    "500 books": ("list_one_by_one plain", "list_at_once tuned"),
    "reads / driver": ("read_raw plain", "read tuned"),
    "rows / driver": ("insert_raw plain", "insert_at_once tuned"),
}
WRITTEN = ["writes a second", "lost, errors of 8 threads", "of 8 processes"]


def measure(answers: Answers, rounds: int) -> dict[str, Any]:
    """Return the figures of a project, each side on a database of its own."""
    project = common.make_project(**answers, migrations=False)
    folder = common.fresh(common.WORK / "databases")
    program = PROGRAMS / ("workload.py" if answers["execution"] == "sync" else "workload_async.py")

    def run(*command: str | Path) -> dict[str, Any]:
        output = common.run(["uv", "run", "python", *command], project, PYTHONPATH=str(SHARED))
        figures: dict[str, Any] = json.loads(output.splitlines()[-1])
        return figures

    with ExitStack() as stack:
        tuned, plain = (stack.enter_context(new_database(answers, folder)) for _ in range(2))
        figures = run(program, tuned, plain, str(rounds))
    for workers, kind in product(["threads", "processes"], ["tuned", "plain"]):
        with new_database(answers, folder) as url:
            figures[f"{workers} {kind}"] = run(SHARED / "lend.py", url, kind, workers)
    return figures


def ratios_of(seconds: dict[str, list[float]]) -> list[str]:
    """Return how many times as fast the project is in each comparison that was made."""
    return [
        f"{common.median_ratio(seconds[plain], seconds[tuned]):.2f}" if plain in seconds else ""
        for plain, tuned in COMPARED.values()
    ]


def main() -> None:
    """Measure every way to execute."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    databases = sys.argv[2:] or ["sqlite", "postgresql", "mysql"]
    ratios, counts = [], []
    for answers in ways_to_execute():
        if answers["database"] in databases:
            name, figures = name_of(answers), measure(answers, rounds)
            ratios.append([name, *ratios_of(figures["seconds"])])
            counts.append([name])
            for kind in ("plain", "tuned"):
                rate = f"{100 / median(figures['seconds'][f'write {kind}']):.0f}"
                lent = [figures[f"{workers} {kind}"] for workers in ("threads", "processes")]
                counts[-1] += [rate, *(f"{each['lost']}, {each['errors']}" for each in lent)]
    common.report(
        "runtime",
        "How many times as fast as plain SQLAlchemy",
        (["", *COMPARED], ratios),
        (
            ["", *(f"{kind}: {what}" for kind in ("plain", "project") for what in WRITTEN)],
            counts,
        ),
    )
    shown = {row[0]: row[1:] for row in ratios}["orm-sync-sqlite"]
    common.bars(
        "runtime",
        "The ORM on SQLite: how many times as fast as a plain engine and session",
        dict(zip(list(COMPARED)[:6], map(float, shown[:6]), strict=True)),
        list(COMPARED),
        " times",
    )


if __name__ == "__main__":
    main()
