"""The template under test: a git repository with the working tree as its only commit."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from generated import ROOT, Answers, Project, make_project, name_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="take every combination of answers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full"):
        for_later = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=for_later)
        items[:] = [item for item in items if item not in for_later]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests have recorded."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    figures = [
        str(value)
        for report in reports
        for name, value in getattr(report, "user_properties", [])
        if name == "figure" and report.when == "call"
    ]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(sorted(figures)))


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One virtual environment and one cache of types for all projects of a worker."""
    shared = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("VIRTUAL_ENV", "DATABASE_URL", "PYTEST_XDIST_WORKER"):
            patch.delenv(name, raising=False)
        patch.setenv("UV_PROJECT_ENVIRONMENT", str(shared / "venv"))
        patch.setenv("MYPY_CACHE_DIR", str(shared / "mypy"))
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
