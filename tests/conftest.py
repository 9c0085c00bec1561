"""The template under test: a git repository with the working tree as its only commit."""

import shutil
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from generated import ROOT, Answers, Project, make_project, name_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="take every combination of answers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def is_wanted(item: pytest.Item) -> bool:
        marks = {mark.name for mark in item.iter_markers()}
        if "full" in marks and not config.getoption("--full"):
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
    figures = recorded["figure"]
    cases: Counter[str] = Counter()
    for counts in recorded["cases"]:
        cases.update(counts)
    if cases:
        figures.append("cases " + ", ".join(f"{name} {count}" for name, count in cases.items()))
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(sorted(figures)))


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """Virtual environments and a cache of types for all projects of a worker.

    Not among the folders of pytest, which every run makes private again: as root, the server of
    projects on PostgreSQL is another user, who has to read the environment.
    """
    with tempfile.TemporaryDirectory() as shared, pytest.MonkeyPatch.context() as patch:
        for name in ("VIRTUAL_ENV", "DATABASE_URL", "TEST_DATABASE_URL", "PYTEST_XDIST_WORKER"):
            patch.delenv(name, raising=False)
        patch.setenv("ENVIRONMENTS", f"{shared}/environments")
        patch.setenv("MYPY_CACHE_DIR", f"{shared}/mypy")
        patch.setenv("RUFF_NO_CACHE", "true")
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
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=Now"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def project(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The project made with the answers that the tests are parametrized with."""
    answers: Answers = request.param
    return make_project(template, tmp_path_factory.mktemp("made") / name_of(answers), answers)
