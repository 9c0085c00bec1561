"""Type checkers find mistakes in the use of what a project defines."""

from pathlib import Path

import pytest

from generated import Project, make_project

MISTAKES = {
    "a misspelt keyword": 'Author(nmae="Lem")',
    "a missing field": "Author()",
    "a positional argument": 'Author("Lem")',
    "a wrong type": "Author(name=1)",
}


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose models are dataclasses."""
    answers = {"mapping": "dataclass", "package_name": "my_app"}
    project = make_project(template, tmp_path_factory.mktemp("made") / "my-app", answers)
    project.run("uv", "sync")
    return project


@pytest.mark.parametrize("checker", ["mypy", "ty"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_dataclass_is_a_type_error(
    project: Project, mistake: str, checker: str
) -> None:
    command = {
        "mypy": ("uv", "run", "mypy", "--no-warn-unused-configs"),
        "ty": ("ty", "check", "--python", str(project.environment)),
    }[checker]
    for name, call in ("right.py", 'Author(name="Lem")'), ("wrong.py", MISTAKES[mistake]):
        text = f"from my_app.models import Author\n\n{call}\n"
        (project.path / name).write_text(text, encoding="utf-8")
    project.run(*command, "right.py")
    assert "wrong.py:3" in project.run(*command, "wrong.py", succeeds=False)
