"""Projects made from the template, and the answers to make them with."""

import itertools
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
import jinja2
import pytest
import yaml

ROOT = Path(__file__).parent.parent

Answers = dict[str, str]


def questions() -> dict[str, dict[str, Any]]:
    """Return the questions of copier.yml in their order."""
    settings = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {key: value for key, value in settings.items() if not key.startswith("_")}


def is_asked(question: dict[str, Any], answers: Answers) -> bool:
    """Return whether Copier asks a question after these answers."""
    return bool(jinja2.Template(str(question.get("when", True))).render(answers) == "True")


def combinations() -> list[Answers]:
    """Return every combination of answers to the questions with choices that are asked."""
    found: list[Answers] = [{}]
    for key, question in questions().items():
        if "choices" in question:
            found = [
                answers | chosen
                for answers in found
                for chosen in (
                    [{key: choice} for choice in question["choices"]]
                    if is_asked(question, answers)
                    else [{}]
                )
            ]
    return found


def all_pairs() -> list[Answers]:
    """Return few combinations that together have every pair of answers."""
    candidates = combinations()
    pairs = {name_of(c): set(itertools.combinations(c.items(), 2)) for c in candidates}
    missing = set().union(*pairs.values())
    chosen: list[Answers] = []
    while missing:
        best = max(candidates, key=lambda answers: len(pairs[name_of(answers)] & missing))
        missing -= pairs[name_of(best)]
        chosen.append(best)
    return chosen


def name_of(answers: Answers) -> str:
    """Return a name that shows the answers."""
    return "-".join(answers.values())


def parametrize(selection: list[Answers]) -> pytest.MarkDecorator:
    """Call a test with a project for each of these answers, one worker for all its tests.

    Those beyond all pairs run only with `--full`.
    """
    quick = all_pairs()
    parameters = []
    for answers in selection:
        group = pytest.mark.xdist_group(name_of(answers))
        marks = [group] if answers in quick else [group, pytest.mark.full]
        parameters.append(pytest.param(answers, id=name_of(answers), marks=marks))
    return pytest.mark.parametrize("project", parameters, indirect=True)


@dataclass(frozen=True)
class Project:
    """A project made from the template."""

    path: Path
    answers: Answers
    files: tuple[str, ...]

    @property
    def package(self) -> str:
        """The name of the package."""
        return self.answers["package_name"]

    def read(self, name: str) -> str:
        """Return the text of a file as it is, line ends included."""
        return (self.path / name).read_bytes().decode()

    def run(self, *command: str, succeeds: bool = True, **environment: str) -> str:
        """Run a command in the project and return what it prints."""
        return run(*command, cwd=self.path, succeeds=succeeds, **environment)


def run(*command: str, cwd: Path, succeeds: bool = True, **environment: str) -> str:
    """Run a command and return what it prints."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode == 0) is succeeds, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


def make_project(template: Path, path: Path, answers: Answers) -> Project:
    """Make a project as `copier copy --defaults --data …` does, without trust."""
    copier.run_copy(
        str(template), path, data=dict(answers), defaults=True, quiet=True, vcs_ref="HEAD"
    )
    stored = yaml.safe_load((path / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert stored.pop("_commit"), "the template is not seen as a git repository"
    files = (str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())
    return Project(path, stored, tuple(sorted(files)))
