"""What grows and what does not: copies with the history of the template, pages with the rows.

`uv run --group benchmarks python benchmarks/scale.py [ROUNDS]`
"""

import json
import shutil
import sys
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import common

COMMITS = (1, 10, 100, 500)
ROWS = (1_000, 10_000, 100_000, 1_000_000)
PROGRAM = Path(__file__).parent / "programs" / "page.py"
SHARED = common.ROOT / "tests" / "programs"


def make_history(commits: int) -> Path:
    """Return the template as a repository of so many commits, each with a change of its own."""
    path = common.fresh(common.WORK / "scale" / str(commits))
    shutil.copytree(
        common.clone_here(), path, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True
    )
    common.run([*common.GIT, "init", "--quiet"], path)
    for number in range(commits):
        with (path / "CHANGELOG.md").open("a", encoding="utf-8") as changelog:
            changelog.write(f"\nChange {number}\n")
        common.run([*common.GIT, "add", "--all"], path)
        common.run([*common.GIT, "commit", "--quiet", f"--message=Change {number}"], path)
    return path


def measure_copies(rounds: int) -> dict[int, float]:
    """Return the CPU seconds of a copy by the number of commits."""
    numbers = count()
    made = common.fresh(common.WORK / "scale" / "made")

    def write(template: Path) -> float:
        path = made / str(next(numbers))
        return common.cpu_seconds([*common.copy(template, {}), path], made)

    ways = {str(commits): partial(write, make_history(commits)) for commits in COMMITS}
    taken = common.in_turn(ways, rounds)
    return {int(commits): median(values) for commits, values in taken.items()}


def measure_pages() -> dict[str, dict[int, float]]:
    """Return the milliseconds of the last page of books by their number, by key and by OFFSET."""
    project = common.make_project(layer="core", migrations=False)
    folder = common.fresh(common.WORK / "databases")
    pages: dict[str, dict[int, float]] = {"page_of_books": {}, "OFFSET": {}}
    for rows in ROWS:
        url = f"sqlite:///{folder}/{rows}.db"
        command: list[str | Path] = ["uv", "run", "python", PROGRAM, url, str(rows)]
        output = common.run(command, project, PYTHONPATH=str(SHARED))
        for name, seconds in json.loads(output).items():
            pages[name][rows] = median(seconds) * 1000
    return pages


def main() -> None:
    """Measure both."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    copies, pages = measure_copies(rounds), measure_pages()
    common.report(
        "scale",
        "What grows with the history, and with the rows",
        (
            ["commits of the template", "CPU seconds of a copy"],
            [[f"{commits:,}", f"{taken:.2f}"] for commits, taken in copies.items()],
        ),
        (
            ["rows of the table", *(f"last page by {name}, ms" for name in pages)],
            [[f"{rows:,}", *(f"{page[rows]:.2f}" for page in pages.values())] for rows in ROWS],
        ),
    )
    title = "CPU seconds of a copy, by the commits of the template"
    common.curves("scale-copies", title, ("commits", "seconds"), {"copier copy": copies})
    title = "Milliseconds of the last page of 20 books"
    common.curves("scale-pages", title, ("rows", "milliseconds"), pages)
    shutil.rmtree(common.WORK / "scale")


if __name__ == "__main__":
    main()
