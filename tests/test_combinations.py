"""What every combination of answers must show, on its real database."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from generated import Project, combinations, parametrize

pytestmark = parametrize(combinations())


@pytest.fixture(scope="module", autouse=True)
def synced(project: Project) -> None:
    """Have exactly what the project asks for in the environment, nothing of the one before."""
    project.run("uv", "sync")


def later_interpreters() -> dict[str, str]:
    """Return the interpreters after 3.11 on the path, or among the versions of pyenv."""
    found = {}
    for name in (f"python3.{minor}" for minor in range(12, 20)):
        pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
        for path in (shutil.which(name), *sorted(pyenv.glob(f"*/bin/{name}"))):
            if path and subprocess.run([path, "-c", ""], check=False).returncode == 0:
                found[name] = str(path)
                break
    return found


def assert_green(output: str) -> None:
    """Check that every test passed: none skipped, none expected to fail, no warning."""
    assert re.fullmatch(r"=* ?\d+ passed in .*", output.splitlines()[-1]), output


def test_tests(project: Project) -> None:
    assert_green(project.run("uv", "run", "pytest"))


def test_tests_in_any_order_by_two_workers(project: Project) -> None:
    assert_green(project.run("uv", "run", "--with=pytest-randomly", "pytest", "-n", "2"))


@pytest.mark.full
@pytest.mark.parametrize("interpreter", later_interpreters().items(), ids=lambda item: item[0])
def test_tests_on_later_interpreters(project: Project, interpreter: tuple[str, str]) -> None:
    name, path = interpreter
    environment = f"{os.environ['UV_PROJECT_ENVIRONMENT']}-{name}"
    output = project.run("uv", "run", "pytest", UV_PYTHON=path, UV_PROJECT_ENVIRONMENT=environment)
    assert_green(output)


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "mypy"])
def test_lint_format_and_types(project: Project, command: str) -> None:
    project.run("uv", "run", *command.split())


def test_types_with_ty(project: Project) -> None:
    project.run("ty", "check", "--python", os.environ["UV_PROJECT_ENVIRONMENT"])


@pytest.mark.full
def test_types_with_pyright(project: Project, tmp_path: Path) -> None:
    folders = [str(project.path / folder) for folder in ("src", "tests")]
    settings = {"include": folders, "typeCheckingMode": "strict"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    python = Path(os.environ["UV_PROJECT_ENVIRONMENT"]) / "bin" / "python"
    project.run("pyright", f"--project={tmp_path}", f"--pythonpath={python}")


def test_tour_adds_nothing_the_second_time(project: Project, tmp_path: Path) -> None:
    database = tmp_path / "tour.db"
    tour = ("uv", "run", "python", "-W", "error", "-m", project.package)
    first = project.run(*tour, DATABASE_URL=f"sqlite:///{database}")
    rows = list(sqlite3.connect(database).iterdump())
    assert "INSERT" in "".join(rows)
    assert project.run(*tour, DATABASE_URL=f"sqlite:///{database}") == first
    assert list(sqlite3.connect(database).iterdump()) == rows


def test_git_sees_only_what_was_written(project: Project) -> None:
    project.run("git", "init", "--quiet")
    project.run("uv", "run", "pytest", "--cov")
    project.run("uv", "run", "python", "-m", project.package)
    others = project.run("git", "ls-files", "--others", "--exclude-standard").splitlines()
    assert sorted(others) == sorted([*project.files, "uv.lock"])
