"""What projects do over HTTP, beside the same on a plain engine and beside the shape of peers.

`uv run --group benchmarks python benchmarks/web.py [ROUNDS [DATABASE…]]`, with
`TEST_POSTGRESQL_URL` and `TEST_MYSQL_URL` for the servers.
"""

import os
import sys
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from statistics import median

import common
from clients import BOOKS, COPIES, REQUESTS, Load, Side

sys.path.insert(0, str(common.ROOT / "tests"))
from answers import name_of
from generated import make_project
from served import serving
from servers import new_database

PROGRAMS = [Path(__file__).parent / "programs", common.ROOT / "tests" / "programs"]
FRAMEWORKS = {
    "FastAPI": {"web": "fastapi", "execution": "async", "layer": "orm"},
    "Flask": {"web": "flask", "execution": "sync", "layer": "orm"},
    "Litestar": {"web": "litestar", "execution": "async", "layer": "core"},
}
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
SHAPES = ("project", "plain", "peers")
# By database: the request, and what is compared with a plain engine.
COMPARED = {
    "sqlite": [("lend", "rate")],
    "postgresql": [("lend", "cpu"), ("list", "cpu")],
    "mysql": [("lend", "cpu"), ("list", "cpu")],
}
Figures = dict[tuple[str, str], list[Load]]  # by shape and request, one a round


def measure(framework: str, database: str, rounds: int) -> tuple[Figures, list[int]]:
    """Return what each shape did in each round, and how many loans each has lost."""
    answers = {"package_name": "my_app", **FRAMEWORKS[framework], "database": database}
    folder = common.fresh(common.WORK / "web" / name_of(answers))
    project = make_project(common.ROOT, folder / "project", answers)
    fill = ("uv", "run", "--quiet", "python", "-m", "shapes", str(BOOKS), str(COPIES))
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, PROGRAMS))
    with ExitStack() as stack:
        sides = {}
        for shape in SHAPES:
            url = stack.enter_context(new_database(answers, folder))
            name = f"peers_{answers['web']}" if shape == "peers" else shape
            project.run(*fill, DATABASE_URL=url, SHAPE=name)
            program = "" if shape == "project" else "shapes"
            sides[shape] = Side(stack.enter_context(serving(project, url, program, SHAPE=name)))
        # In the first round all is cold.
        taken = common.in_turn({shape: side.work for shape, side in sides.items()}, rounds + 1)
        lost = [side.lost() for side in sides.values()]
    figures = {
        (shape, request): [each[request] for each in taken[shape][1:]]
        for request, shape in product(REQUESTS, SHAPES)
    }
    return figures, lost


def ratio(figures: Figures, request: str, what: str) -> float:
    """Return how a figure of the project compares to that on a plain engine."""
    project, plain = (
        [getattr(load, what) for load in figures[shape, request]] for shape in ("project", "plain")
    )
    return common.median_ratio(project, plain)


def main() -> None:
    """Measure every framework on every database."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    databases = sys.argv[2:] or list(DATABASES)
    os.environ["ENVIRONMENTS"] = str(common.WORK / "environments")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each server compiles SQLAlchemy again
    rates, times, ratios, lends = [], [], [], {}
    for framework, database in product(FRAMEWORKS, databases):
        name = f"{framework} on {DATABASES[database]}"
        figures, lost = measure(framework, database, rounds)
        loads = figures.values()
        rates.append([name, *(f"{median(each.rate for each in load):,.0f}" for load in loads)])
        lends_of = [figures[shape, "lend"] for shape in SHAPES]
        rates[-1] += (f"{sum(load.refused for load in each):,}" for each in lends_of)
        rates[-1] += map(str, lost)
        times.append([name, *(f"{median(each.cpu for each in load):.2f}" for load in loads)])
        lends[name] = ratio(figures, "lend", "rate")
        for request, what in COMPARED[database]:
            seen = ratio(figures, request, what)
            ratios.append([name, f"{what} of {request}", f"{seen:.2f}"])
    columns = [f"{request}: {shape}" for request, shape in product(REQUESTS, SHAPES)]
    common.report(
        "web",
        "Projects over HTTP, beside a plain engine and the shape of peers",
        (
            ["acknowledged a second", *columns]
            + [f"{what}: {shape}" for what in ("loans refused", "lost") for shape in SHAPES],
            rates,
        ),
        (["CPU milliseconds of the server for each", *columns], times),
        (["", "", "times plain"], ratios),
    )
    common.bars(
        "web",
        "Loans over HTTP: how many times as many a second as on a plain engine and session",
        lends,
        list(lends),
        " times",
    )


if __name__ == "__main__":
    main()
