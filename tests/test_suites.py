"""The tests of a project may be run again and again in the same folder."""

from pathlib import Path

import pytest

from answers import Answers
from generated import make_project

MADE_BY_TOOLS = {"uv.lock", ".pytest_cache", "__pycache__"}


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"layer": "core", "execution": "sync"}, id="sync"),
        pytest.param({"layer": "orm", "execution": "async"}, id="async", marks=pytest.mark.full),
    ],
)
def test_a_suite_passes_twice_in_a_row(template: Path, tmp_path: Path, answers: Answers) -> None:
    project = make_project(template, tmp_path / "made", {"package_name": "my_app", **answers})
    # In one process, where the second run finds whatever the first has left behind.
    project.run("uv", "run", "--quiet", "pytest", "-q", "--keep-duplicates", "tests", "tests")
    files = (path.relative_to(project.path) for path in project.path.rglob("*") if path.is_file())
    new = {path.as_posix() for path in files if not MADE_BY_TOOLS & {*path.parts}}
    assert new == {*project.files}
