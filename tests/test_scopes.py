"""Sessions of a `scoped_session` belong to a scope, by themselves and in web applications."""

from pathlib import Path

import pytest

from failures import failures_of
from generated import make_project

FLASK = ("flask>=3.1,<4",)
FASTAPI = ("fastapi>=0.139,<1", "httpx>=0.28,<1")


@pytest.mark.parametrize(
    ("execution", "program", "packages"),
    [
        pytest.param("sync", "scopes.py", (), id="sync"),
        pytest.param("async", "scopes.py", (), id="async"),
        pytest.param("sync", "scopes_flask.py", FLASK, id="flask", marks=pytest.mark.full),
        pytest.param("async", "scopes_fastapi.py", FASTAPI, id="fastapi", marks=pytest.mark.full),
    ],
)
def test_sessions_belong_to_scopes(
    template: Path, tmp_path: Path, execution: str, program: str, packages: tuple[str, ...]
) -> None:
    answers = {"package_name": "my_app", "execution": execution, "session": "scoped_session"}
    project = make_project(template, tmp_path / "made", answers)
    assert failures_of(program, project, packages=packages) == {}
