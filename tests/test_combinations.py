"""What every combination of answers must show, on its real database."""

import functools
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

import pytest

from answers import different_projects, has_sample
from generated import Project, parametrize
from servers import new_database, rows, server_url

pytestmark = parametrize(different_projects())


@pytest.fixture(scope="module", autouse=True)
def synced(project: Project) -> None:
    """Have exactly what the project asks for in the environment, nothing of the one before."""
    project.run("uv", "sync")


@pytest.fixture
def server(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the project's tests run on its server; skip where there is none."""
    if url := server_url(project.answers):
        monkeypatch.setenv("TEST_DATABASE_URL", url)


@pytest.fixture
def database(project: Project, tmp_path: Path) -> Iterator[str]:
    """The URL of a new database."""
    with new_database(project.answers, tmp_path) as url:
        yield url


@functools.cache
def later_interpreters() -> list[tuple[str, str]]:
    """Return the interpreters after 3.11 on the path, or among the versions of pyenv."""
    found = []
    for name in (f"python3.{minor}" for minor in range(12, 20)):
        pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
        for path in (shutil.which(name), *sorted(pyenv.glob(f"*/bin/{name}"))):
            if path and subprocess.run([path, "-c", ""], check=False).returncode == 0:
                found.append((name, str(path)))
                break
    return found


def assert_green(output: str) -> int:
    """Check that every test passed: none skipped, none expected to fail, no warning; count them."""
    summary = re.fullmatch(r"=* ?(\d+) passed in .*", output.splitlines()[-1])
    assert summary, output
    return int(summary[1])


@pytest.mark.usefixtures("server")
def test_tests(project: Project, record_property: Callable[[str, object], None]) -> None:
    start = time.monotonic()
    count = assert_green(project.run("uv", "run", "pytest"))
    record_property("combination", (project.name, count, time.monotonic() - start))


def in_any_order(project: Project, *options: str, **environment: str) -> None:
    """Run the tests in random order by two workers."""
    command = ("uv", "run", "--with=pytest-randomly", "pytest", "-n", "2", *options)
    assert_green(project.run(*command, succeeds=True, **environment))


@pytest.mark.full
@pytest.mark.pairs
@pytest.mark.usefixtures("server")
def test_tests_on_a_later_interpreter(project: Project) -> None:
    interpreters = later_interpreters()
    if not interpreters:
        pytest.skip("there is no interpreter after 3.11")
    # They take turns, each with projects of its own.
    name, path = interpreters[crc32(project.name.encode()) % len(interpreters)]
    environment = f"{project.environment}-{name}"
    in_any_order(project, UV_PYTHON=path, UV_PROJECT_ENVIRONMENT=environment)


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "mypy"])
def test_lint_format_and_types(project: Project, command: str) -> None:
    project.run("uv", "run", *command.split())


@pytest.mark.pairs
def test_types_with_ty(project: Project) -> None:
    project.run("ty", "check", "--python", str(project.environment))


@pytest.mark.full
@pytest.mark.pairs
def test_types_with_pyright(project: Project, tmp_path: Path) -> None:
    project.check_with_pyright(tmp_path)


@pytest.mark.pairs
def test_tour_adds_nothing_the_second_time(project: Project, database: str) -> None:
    if not has_sample(project.answers):
        pytest.skip("a project that starts empty has no tour")
    tour = ("uv", "run", "python", "-W", "error", "-m", project.package)
    first = project.run(*tour, DATABASE_URL=database)
    written = rows(database)
    assert written["book"]
    # asyncmy logs what the server ignored when the tables were made.
    assert first.endswith(project.run(*tour, DATABASE_URL=database))
    assert rows(database) == written


@pytest.mark.pairs
@pytest.mark.usefixtures("server")
def test_tests_in_any_order_by_two_workers_leave_nothing_that_git_sees(
    project: Project, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run("git", "init", "--quiet")
    in_any_order(project, "--cov")
    if project.answers["database"] != "sqlite":
        monkeypatch.setenv("DATABASE_URL", database)
    if has_sample(project.answers):
        project.run("uv", "run", "python", "-m", project.package)
    others = project.run("git", "ls-files", "--others", "--exclude-standard").splitlines()
    assert sorted(others) == sorted([*project.files, "uv.lock"])
