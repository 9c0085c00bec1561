"""What SQLite does differently, on the engine of a project: first statements, modes, memory."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from failures import failures_of
from generated import Project, make_project
from servers import IS_ROOT
from workload import PROGRAMS

WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(execution, marks=pytest.mark.xdist_group(execution))
        for execution in ("sync", "async")
    ],
)
def project(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A project on SQLite."""
    answers = {"layer": "core", "execution": request.param, "package_name": "my_app"}
    return make_project(template, tmp_path_factory.mktemp("made") / "my-app", answers)


@pytest.mark.parametrize(
    "program", ["first_statements.py", "file_modes.py", "locks.py", "memory.py"]
)
def test_scenes(project: Project, program: str) -> None:
    assert failures_of(program, project) == {}


@pytest.mark.skipif(os.name == "nt", reason="a folder is closed to writers as POSIX does it")
def test_a_file_can_be_read_where_nobody_may_write(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "closed" / "notes.db"
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE note (n INTEGER); INSERT INTO note VALUES (1)")
    connection.close()
    project.run("uv", "sync", "--quiet")
    program = (
        str(project.environment / "bin" / "python"),
        str(PROGRAMS / "file_modes.py"),
        str(path),
    )
    assert project.run(*program) == "1\n"
    if IS_ROOT and not shutil.which("setpriv"):
        pytest.skip("root may write everywhere")
    path.parent.chmod(0o555)
    try:
        assert project.run(*(WITHOUT_RIGHTS if IS_ROOT else ()), *program) == "1\n"
    finally:
        path.parent.chmod(0o755)
