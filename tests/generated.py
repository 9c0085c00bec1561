"""Projects made from the template."""

import ast
import hashlib
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import copier
import pytest
import yaml

from answers import (
    Answers,
    all_pairs,
    answers_for_code,
    covering,
    every_answer,
    name_of,
    questions,
)
from mutations import Mutation

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
DEVICE = r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|\Z)"
ILLEGAL = re.compile(rf'(?i)[<>:"|?*\\\x00-\x1f]|[. ]\Z|\A{DEVICE}')
# Windows has 260 for a whole path; the rest is for where the owner keeps the project.
LONGEST_PATH = 140


def needs_no_server(answers: Answers) -> bool:
    """Return whether the tests of a project made with these answers run without a server."""
    return bool(answers.get("database", "sqlite") == "sqlite")


def parametrize(selection: list[Answers]) -> pytest.MarkDecorator:
    """Call a test with a project for each of these answers, one worker for all its tests.

    Few that have every answer run without `--full`.
    """
    parameters = []
    for answers in selection:
        marks = [pytest.mark.xdist_group(name_of(answers))]
        if answers not in every_answer():
            marks.append(pytest.mark.full)
        if answers not in all_pairs():
            marks.append(pytest.mark.beyond_pairs)
        parameters.append(pytest.param(answers, id=name_of(answers), marks=marks))
    return pytest.mark.parametrize("project", parameters, indirect=True)


def parametrize_by_pairs(ways: list[Answers]) -> pytest.MarkDecorator:
    """Call a test with the answers for sync code on SQLite; in full with pairs of all answers."""
    quick = [way for way in ways if {"sync", "sqlite"} <= {*way.values()}]
    in_full = [way for way in covering(2, ways) if way not in quick]
    parameters = [pytest.param(way, id=name_of(way)) for way in quick]
    parameters += [pytest.param(way, id=name_of(way), marks=pytest.mark.full) for way in in_full]
    return pytest.mark.parametrize("answers", parameters)


@dataclass(frozen=True)
class Project:
    """A project made from the template."""

    path: Path
    answers: Answers
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The answers that its code depends on, as a name."""
        chosen = {key: self.answers[key] for key in questions() if key in self.answers}
        return name_of(
            {k: v for k, v in answers_for_code(chosen).items() if "choices" in questions()[k]}
        )

    @property
    def environment(self) -> Path:
        """The virtual environment, one for all projects with the same dependencies."""
        settings = tomllib.loads(self.read("pyproject.toml"))
        wanted = [settings["project"]["dependencies"], settings["dependency-groups"]]
        return (
            Path(os.environ["ENVIRONMENTS"]) / hashlib.sha256(repr(wanted).encode()).hexdigest()[:8]
        )

    @property
    def package(self) -> str:
        """The name of the package."""
        return str(self.answers["package_name"])

    def read(self, name: str) -> str:
        """Return the text of a file as it is, line ends included."""
        return (self.path / name).read_bytes().decode()

    def run(self, *command: str, succeeds: bool = True, **environment: str) -> str:
        """Run a command in the project and return what it prints."""
        environment = {"UV_PROJECT_ENVIRONMENT": str(self.environment), **environment}
        return run(*command, cwd=self.path, succeeds=succeeds, **environment)

    def check_with_pyright(self, folder: Path) -> None:
        """See that the strict checks of pyright find nothing; its settings go into a folder."""
        # Absolute paths it leaves out, and finds no mistake then.
        here = os.path.relpath(self.path, folder)
        settings = {
            "include": [f"{here}/{name}" for name in ("src", "tests")],
            "extraPaths": [f"{here}/src"],  # as where the project itself is opened
            "typeCheckingMode": "strict",
        }
        (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
        python = self.environment / "bin" / "python"
        output = self.run("pyright", f"--project={folder}", f"--pythonpath={python}")
        assert "0 errors" in output, output


def run(*command: str, cwd: Path, succeeds: bool = True, **environment: str) -> str:
    """Run a command and return what it prints."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
        timeout=300,
    )
    assert (done.returncode == 0) is succeeds, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


def commit_all(path: Path) -> None:
    """Commit everything in a repository."""
    git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org")
    run("git", "add", "--all", cwd=path)
    run(*git, "commit", "--quiet", "--allow-empty", "--message=Now", cwd=path)


def make_project(template: Path, path: Path, answers: Answers) -> Project:
    """Make a project as `copier copy --defaults --data …` does, without trust."""
    copier.run_copy(
        str(template), path, data=dict(answers), defaults=True, quiet=True, vcs_ref="HEAD"
    )
    if broken := os.environ.get("MUTATION"):  # by test_mutations.py, which wants to see tests fail
        Mutation(**json.loads(broken)).apply(path)
    stored = yaml.safe_load((path / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert stored.pop("_commit"), "the template is not seen as a git repository"
    files = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    return Project(path, stored, tuple(sorted(files)))


def check_syntax(name: str, text: str) -> None:
    """Read a file of a project as the suffix of its name says."""
    match Path(name).suffix:
        case ".py":
            compile(ast.parse(text), name, "exec", dont_inherit=True)
        case ".toml":
            tomllib.loads(text)
        case ".yml" | ".yaml":
            yaml.safe_load(text)


def check_names(names: Iterable[str]) -> None:
    """Check that files of these names can be written, side by side, on every system."""
    folded: dict[str, str] = {}
    for name in names:
        assert len(name) <= LONGEST_PATH, name
        assert name.isascii(), name
        for path in [PurePosixPath(name), *PurePosixPath(name).parents][:-1]:
            assert not ILLEGAL.search(path.name), name
            # Only one of two names that differ by case exists on macOS and Windows.
            assert folded.setdefault(str(path).lower(), str(path)) == str(path), name
