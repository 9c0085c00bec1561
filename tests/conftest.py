"""The template under test: a git repository with the working tree as its only commit."""

import dataclasses
import json
import shutil
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType

import jinja2
import pytest

from answers import RELEASES, ROOT, Answers, name_of
from generated import Project, commit_all, make_project, run
from own_servers import SERVERS, Server, shared
from servers import start_postgresql

# Options of a run, and marks of the tests that run only with them.
OPTIONS = {
    "full": "take every combination of answers",
    "reliability": "hurt every kind of project",
    "mutations": "break every kind of project",
    "updates": "update every kind of project of every owner",
}
# What is counted where faults happen to a project at work.
COUNTED = ["operations", "faults", "retries", "errors", "unknown", "lost", "doubled"]

# The same, and more, where several servers stand in for each other.
IN_CLUSTERS = ["operations", "retries", "errors", "unknown", "longest gap"]
IN_CLUSTERS += ["lost", "doubled", "stale"]


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, what in OPTIONS.items():
        parser.addoption(f"--{name}", action="store_true", help=what)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start a PostgreSQL server, as the tests of projects do."""
    if not session.config.option.collectonly:
        start_postgresql(session.config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def is_wanted(item: pytest.Item) -> bool:
        marks = {mark.name for mark in item.iter_markers()}
        if any(name in marks and not config.getoption(name) for name in OPTIONS):
            return False
        return not {"pairs", "beyond_pairs"} <= marks

    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    items[:] = filter(is_wanted, items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests have recorded, and a table of the combinations."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    recorded = defaultdict(list)
    for report in reports:
        if report.when == "call":
            for name, value in report.user_properties:
                recorded[name].append(value)
    if combinations := recorded["combination"]:
        terminalreporter.section("combination: tests, seconds")
        for name, tests, seconds in sorted(combinations):
            terminalreporter.write_line(f"{name:62} {tests:3} {seconds:6.1f}")
    if rows := recorded["reliability"]:
        write_reliability(terminalreporter, rows)
    if rows := recorded["cluster"]:
        write_clusters(terminalreporter, rows)
    figures = recorded["figure"]
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for title, counts in recorded["counts"]:
        totals[title].update(counts)
    for title, total in totals.items():
        counted = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in total.items())
        figures.append(f"{title} {counted}")
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(sorted(figures)))


def write_reliability(
    reporter: pytest.TerminalReporter, rows: list[tuple[str, str, *tuple[int, ...]]]
) -> None:
    """Print what faults did to each project, and to all of them together."""
    sums: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for fault, _, *counts in rows:
        sums[fault].append(tuple(counts))
    together = [
        (fault, len(counts), *map(sum, zip(*counts, strict=True))) for fault, counts in sums.items()
    ]
    for heading, table in ("project", rows), ("projects", together):
        columns = ["what happens", heading, *COUNTED]
        write_table(reporter, f"reliability by {heading}", columns, 2, table)


def write_clusters(
    reporter: pytest.TerminalReporter, rows: list[tuple[str, str, str, *tuple[float | None, ...]]]
) -> None:
    """Print what servers that stand in for each other did to each project, and to all of them."""
    sums: dict[tuple[str, str], list[tuple[float | None, ...]]] = defaultdict(list)
    for _, topology, fault, *counts in rows:
        sums[topology, fault].append(tuple(counts))
    together = [
        (*names, len(counts), *map(add, zip(*counts, strict=True)))
        for names, counts in sums.items()
    ]
    columns = ["engine", "topology", "fault", *IN_CLUSTERS]
    write_table(reporter, "beyond one machine, by engine", columns, 3, rows)
    columns = ["topology", "fault", "engines", *IN_CLUSTERS]
    write_table(reporter, "beyond one machine", columns, 2, together)


def add(counts: tuple[float | None, ...]) -> float | None:
    """Return the sum of numbers, the longest of seconds, or None where nothing was counted."""
    known = [count for count in counts if count is not None]
    if not known:
        return None
    return max(known) if isinstance(known[0], float) else sum(known)


def write_table(
    reporter: pytest.TerminalReporter,
    title: str,
    columns: list[str],
    words: int,
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Print a table; after the columns with words come those with figures."""
    reporter.section(title)
    lines = "---|" * words + "--:|" * (len(columns) - words)
    reporter.write_line(f"| {' | '.join(columns)} |\n|{lines}")
    for row in sorted(rows, key=lambda row: [str(cell) for cell in row[:words]]):
        reporter.write_line(f"| {' | '.join(map(show, row))} |")


def show(cell: object) -> str:
    """Return a cell as text: a number, seconds, words, or nothing for None."""
    match cell:
        case int():
            return f"{cell:,}"
        case float():
            return f"{cell:.1f} s"
    return "" if cell is None else str(cell)


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """Virtual environments and a cache of types for all projects of a worker.

    Not among the folders of pytest, which every run makes private again: as root, the server of
    projects on PostgreSQL is another user, who has to read the environment.
    """
    with tempfile.TemporaryDirectory() as shared, pytest.MonkeyPatch.context() as patch:
        for name in (
            "VIRTUAL_ENV",
            "DATABASE_URL",
            "TEST_DATABASE_URL",
            "TEST_AS_ROOT",
            "PYTEST_XDIST_WORKER",
        ):
            patch.delenv(name, raising=False)
        # Where it is set, every program compiles all of SQLAlchemy again.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("ENVIRONMENTS", f"{shared}/environments")
        patch.setenv("MYPY_CACHE_DIR", f"{shared}/mypy")
        patch.setenv("RUFF_NO_CACHE", "true")
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_templates() -> Iterator[None]:
    """Compile each template once for all copies: it takes Copier a third of its time."""
    compile_template = jinja2.Environment.compile
    compiled: dict[tuple[object, ...], CodeType] = {}

    def compile_once(
        environment: jinja2.Environment,
        source: str,
        name: str | None = None,
        filename: str | None = None,
    ) -> CodeType:
        key = (environment.lexer, source, filename)  # each kind of environment has one lexer
        if key not in compiled:
            compiled[key] = compile_template(environment, source, name, filename)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what git tracks here, or would: uncommitted changes are tested too."""
    folder = tmp_path_factory.mktemp("template")
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    tracked = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    run("git", "init", "--quiet", cwd=folder)
    commit_all(folder)
    return folder


@pytest.fixture(scope="session")
def history(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository with its releases, and the working tree as the newest, 999."""
    folder = tmp_path_factory.mktemp("history") / "template"
    run("git", "clone", "--quiet", str(ROOT), str(folder), cwd=ROOT)
    for version, commit in RELEASES.items():
        run("git", "tag", "--force", version, commit, cwd=folder)
    run("git", "fetch", "--quiet", str(template), "HEAD", cwd=folder)
    run("git", "read-tree", "-u", "--reset", "FETCH_HEAD", cwd=folder)
    commit_all(folder)
    run("git", "tag", "999", cwd=folder)
    return folder


@pytest.fixture(scope="session")
def unused(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Answers], Project]:
    """Make projects that nobody has used, each once."""
    made: dict[str, Project] = {}

    def make(answers: Answers) -> Project:
        key = json.dumps(answers, sort_keys=True)
        if key not in made:
            path = tmp_path_factory.mktemp("unused") / name_of(answers)
            made[key] = make_project(template, path, answers)
        return made[key]

    return make


@pytest.fixture(scope="module")
def project(
    request: pytest.FixtureRequest,
    unused: Callable[[Answers], Project],
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    """The project made with the answers that the tests are parametrized with."""
    model = unused(request.param)
    path = tmp_path_factory.mktemp("made") / model.path.name
    shutil.copytree(model.path, path)
    return dataclasses.replace(model, path=path)


@pytest.fixture(scope="session")
def own_servers() -> Iterator[Callable[[str], Server]]:
    """Servers that the tests of a worker share: that of a database runs once it is asked for."""
    few_connections = {
        "postgresql": ("-cmax_connections=30", "-cmax_prepared_transactions=4"),
        "mysql": ("--max-connections=30",),
    }
    with shared(SERVERS, few_connections) as find:
        yield find


@pytest.fixture
def own_server(project: Project, own_servers: Callable[[str], Server]) -> Server:
    """A server for the project, which a test leaves as it was."""
    return own_servers(project.answers["database"])
