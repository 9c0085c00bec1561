"""Projects of earlier releases take the present template, and keep what their owners wrote."""

import tomllib
from pathlib import Path

import copier
import pytest
import yaml

from generated import ROOT, Answers, make_project, run

RELEASES: dict[str, str] = tomllib.loads(
    (ROOT / "tests" / "releases.toml").read_text(encoding="utf-8")
)["releases"]


@pytest.fixture(scope="module")
def history(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository, with the working tree as its newest release, 999."""
    folder = tmp_path_factory.mktemp("history") / "template"
    run("git", "clone", "--quiet", str(ROOT), str(folder), cwd=ROOT)
    run("git", "fetch", "--quiet", str(template), "HEAD", cwd=folder)
    git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org")
    run(*git, "read-tree", "-u", "--reset", "FETCH_HEAD", cwd=folder)
    run(*git, "commit", "--quiet", "--allow-empty", "--message=Now", cwd=folder)
    run(*git, "tag", "--force", "999", cwd=folder)
    return folder


def make_old_project(history: Path, path: Path, release: str, answers: Answers) -> None:
    """Make a project as a release did, and commit it."""
    data = {"package_name": "my_app", **answers}
    commit = RELEASES[release]
    copier.run_copy(str(history), path, data=data, defaults=True, quiet=True, vcs_ref=commit)
    commit_all(path)


def commit_all(path: Path) -> None:
    """Commit everything in a project."""
    git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org")
    run("git", "init", "--quiet", cwd=path)
    run("git", "add", "--all", cwd=path)
    run(*git, "commit", "--quiet", "--message=Now", cwd=path)


def update(path: Path, **data: str) -> None:
    """Update a project as `copier update --defaults` does, without trust."""
    copier.run_update(path, data=data, defaults=True, overwrite=True, quiet=True, vcs_ref="999")


def contents(path: Path) -> dict[str, str]:
    """Return the files of a project; the answers file without the version."""
    files = [file for file in path.rglob("*") if file.is_file() and ".git" not in file.parts]
    texts = {str(file.relative_to(path)): file.read_bytes().decode() for file in files}
    answers = texts[".copier-answers.yml"].splitlines()
    texts[".copier-answers.yml"] = "\n".join(x for x in answers if not x.startswith("_commit"))
    return texts


def answers_of(path: Path) -> Answers:
    """Return the answers that a project has stored."""
    stored = yaml.safe_load((path / ".copier-answers.yml").read_text(encoding="utf-8"))
    return {key: value for key, value in stored.items() if not key.startswith("_")}


def fresh_contents(history: Path, path: Path, answers: Answers) -> dict[str, str]:
    """Return the files of a new project with these answers."""
    make_project(history, path, answers)
    return contents(path)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    "answers",
    [{"layer": "orm"}, {"layer": "orm", "session": "scoped_session"}, {"layer": "core"}],
    ids=["orm", "scoped", "core"],
)
def test_an_untouched_project_becomes_a_fresh_one(
    history: Path, tmp_path: Path, release: str, answers: Answers
) -> None:
    path = tmp_path / "my-app"
    make_old_project(history, path, release, answers)
    before = answers_of(path)
    update(path)
    after = answers_of(path)
    assert after.items() >= before.items()
    assert not after.get("migrations") or before.get("migrations"), "nobody asked for migrations"
    assert contents(path) == fresh_contents(history, tmp_path / "fresh", after)


@pytest.mark.parametrize("release", RELEASES)
def test_what_the_owner_wrote_stays(history: Path, tmp_path: Path, release: str) -> None:
    path = tmp_path / "my-app"
    make_old_project(history, path, release, {"layer": "orm"})
    queries = path / "src" / "my_app" / "queries.py"
    added = "\n\ndef count_books(session: Session) -> int:\n    return 0\n"
    queries.write_text(queries.read_text(encoding="utf-8") + added, encoding="utf-8")
    (path / "README.md").write_text("# Mine\n", encoding="utf-8")
    (path / "src" / "my_app" / "own.py").write_text("OWN = True\n", encoding="utf-8")
    commit_all(path)
    update(path)
    assert added in queries.read_text(encoding="utf-8")
    assert (path / "src" / "my_app" / "own.py").read_text(encoding="utf-8") == "OWN = True\n"
    readme = (path / "README.md").read_text(encoding="utf-8")
    assert "# Mine\n" in readme


@pytest.mark.parametrize(
    "change", [{"session": "scoped_session"}, {"mapping": "dataclass"}, {"ci": "none"}], ids=str
)
def test_an_answer_can_change(history: Path, tmp_path: Path, change: Answers) -> None:
    path = tmp_path / "my-app"
    make_old_project(history, path, list(RELEASES)[-1], {"layer": "orm"})
    update(path, **change)
    after = answers_of(path)
    assert after.items() >= change.items()
    assert contents(path) == fresh_contents(history, tmp_path / "fresh", after)
