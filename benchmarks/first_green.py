"""From nothing to the first green test run: what each step takes on the clock.

`uv run --group benchmarks python benchmarks/first_green.py [ROUNDS]`; uv's cache is warm. The tests
of a project on a server start their own.
"""

import sys
from functools import partial
from itertools import count
from statistics import median

import common

PROJECTS = {
    "default": {},
    "core": {"layer": "core"},
    "async": {"execution": "async"},
    "postgresql": {"database": "postgresql"},
    "mysql": {"database": "mysql"},
}
STEPS = ("copier copy", "uv sync", "uv run pytest")


def main() -> None:
    """Let the projects take turns."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    template = common.clone_here()
    numbers = count()

    def start(answers: dict[str, str]) -> tuple[float, ...]:
        folder = common.fresh(common.WORK / "first_green" / str(next(numbers)))
        path = folder / "my-app"
        return (
            common.seconds([*common.copy(template, answers), path], folder),
            common.seconds(["uv", "sync", "--quiet"], path),
            common.seconds(["uv", "run", "pytest", "--quiet"], path),
        )

    start({})
    taken = common.in_turn({n: partial(start, answers) for n, answers in PROJECTS.items()}, rounds)
    rows = []
    for name, values in taken.items():
        steps = [median(step) for step in zip(*values, strict=True)]
        shares = [f"{step:.1f} ({step / sum(steps):.0%})" for step in steps]
        rows.append([name, *shares, f"{sum(steps):.1f}"])
    common.report(
        "first_green", "Seconds to the first green test run", (["", *STEPS, "together"], rows)
    )
    common.fresh(common.WORK / "first_green")


if __name__ == "__main__":
    main()
