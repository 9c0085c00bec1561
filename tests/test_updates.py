"""Projects of every release take the present template, and keep what their owners wrote."""

import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import copier
import pytest
import yaml

from answers import (
    RELEASES,
    Answers,
    all_pairs,
    answers_for_code,
    changes_of,
    different_projects,
    name_of,
)
from generated import Project, commit_all, make_project, needs_no_server, run
from owner import Contents, append, contents, different, lines, merge, own_lines, work_on
from servers import new_database, server_url

Count = Callable[..., None]

LATEST = list(RELEASES)[-1]


@dataclass(frozen=True)
class Case:
    """A project of a release, and a change of one of its answers."""

    release: str
    answers: Answers
    change: Answers = field(default_factory=dict)
    is_quick: bool = True

    @property
    def name(self) -> str:
        """The case as a name."""
        changes = (f"{key}={choice}" for key, choice in self.change.items())
        return " ".join([self.release, name_of(self.answers), *changes])


def selection(release: str) -> list[Answers]:
    """Return all pairs of answers of the latest release, one project for each layer of others."""
    pairs = all_pairs(release)
    if release == LATEST:
        return pairs
    first = next(filter(needs_no_server, pairs))
    return [first, next(answers for answers in pairs if answers["layer"] != first["layer"])]


def of_releases() -> list[Case]:
    """Return all pairs of answers of each release, and all projects of the latest."""
    return [
        Case(release, answers, is_quick=answers in selection(release))
        for release in RELEASES
        for answers in (different_projects if release == LATEST else all_pairs)(release)
    ]


def of_changes() -> list[Case]:
    """Return changes of every answer of all pairs, and of two answers of every other project.

    Which two, and what an answer becomes, takes turns. The quick cases are each change once, and
    the texts.
    """
    texts = {"project_name": "Our library", "description": "Lends books", "author": "Ada"}
    cases = [Case(LATEST, all_pairs()[0], texts)]
    seen = set()
    for number, answers in enumerate(different_projects()):
        choices = defaultdict(list)
        for change in changes_of(answers):
            choices[next(iter(change))].append(change)
        keys = list(choices)
        if answers not in all_pairs():
            code = [key for key in keys if key in answers_for_code(answers)]
            keys = [code[number % len(code)], code[(number + 1) % len(code)]]
        for key in keys:
            change = choices[key][number % len(choices[key])]
            kind = (key, answers[key], change[key])
            cases.append(Case(LATEST, answers, change, is_quick=kind not in seen))
            seen.add(kind)
    return cases


def of_edits() -> list[Case]:
    """Return projects of each release, and each change once.

    The quick ones are a project of each release that needs no server.
    """
    cases = [replace(case, is_quick=False) for case in of_changes() if case.is_quick]
    for release in RELEASES:
        first = next(filter(needs_no_server, selection(release)))
        cases += [
            Case(release, answers, is_quick=answers is first) for answers in selection(release)
        ]
    return cases


def parametrize(cases: list[Case]) -> pytest.MarkDecorator:
    """Call a test with each case, those that are not quick with `--full`."""
    parameters = [
        pytest.param(case, id=case.name, marks=() if case.is_quick else pytest.mark.full)
        for case in cases
    ]
    return pytest.mark.parametrize("case", parameters)


@dataclass(frozen=True)
class Workshop:
    """Makes projects of releases and fresh ones, each once."""

    history: Path
    folder: Path

    def make_old(self, path: Path, case: Case) -> Contents:
        """Make a project as a release did, commit it, and return its files."""
        made = self.folder / f"{case.release} {name_of(case.answers)}"
        if not made.exists():
            data = {"project_name": "My app", "package_name": "my_app", **case.answers}
            copier.run_copy(
                str(self.history), made, data=data, defaults=True, quiet=True, vcs_ref=case.release
            )
            run("git", "init", "--quiet", cwd=made)
            commit_all(made)
        shutil.copytree(made, path)
        return contents(path)

    def fresh(self, answers: Answers) -> Contents:
        """Return the files of a new project with these answers."""
        made = self.folder / name_of(dict(sorted(answers.items())))
        if not made.exists():
            make_project(self.history, made, answers)
        return contents(made)


@pytest.fixture(scope="session")
def workshop(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Where projects are made."""
    return Workshop(history, tmp_path_factory.mktemp("workshop"))


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Count:
    """Count what was tried and seen, for the summary."""
    return lambda **counts: record_property("counts", ("updates", counts))


def update(path: Path, case: Case) -> Answers:
    """Update a project as `copier update --defaults` does, without trust; return its answers."""
    before = answers_of(path)
    copier.run_update(
        path, data=case.change, defaults=True, overwrite=True, quiet=True, vcs_ref="999"
    )
    after = answers_of(path)
    kept = {key: value for key, value in before.items() if key in after}
    assert after.items() >= (kept | case.change).items()
    return after


def answers_of(path: Path) -> Answers:
    """Return the answers that a project has stored."""
    stored = yaml.safe_load((path / ".copier-answers.yml").read_text(encoding="utf-8"))
    return {key: value for key, value in stored.items() if not key.startswith("_")}


@parametrize(of_releases() + of_changes())
def test_an_untouched_project_becomes_a_fresh_one(
    workshop: Workshop, tmp_path: Path, count: Count, case: Case
) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, case)
    new = workshop.fresh(update(path, case))
    assert different(contents(path), new) == set()
    count(tried=1, identical=1)


@parametrize(of_edits())
def test_what_the_owner_wrote_stays(
    workshop: Workshop, tmp_path: Path, count: Count, case: Case
) -> None:
    path = tmp_path / "my-app"
    old = workshop.make_old(path, case)
    work_on(path)
    own = contents(path)
    commit_all(path)
    new = workshop.fresh(update(path, case))
    updated = contents(path)
    expected, conflicts = merge(tmp_path, old, own, new)
    seen = {name for name, text in updated.items() if b"<<<<<<< before updating" in text}
    assert seen == conflicts
    assert different(updated, expected) == set()

    dropped = old.keys() - new.keys()
    deleted = ("git", "diff", "HEAD", "--name-only", "--diff-filter=D")
    assert set(run(*deleted, cwd=path).splitlines()) == dropped & own.keys()
    written = own_lines(old, own)
    lost = {name: added - lines(updated, name) for name, added in written.items()}
    assert {name for name, missing in lost.items() if missing} <= dropped
    count(
        tried=1,
        edited=1,
        conflicts_expected=len(conflicts),
        conflicts_seen=len(seen),
        lines_of_owners=sum(added.total() for added in written.values()),
        lines_in_dropped_files=sum(written[name].total() for name in written.keys() & dropped),
        lines_lost=sum(missing.total() for name, missing in lost.items() if name not in dropped),
    )


@parametrize([case for case in of_edits() if not case.change])
def test_an_edited_project_works_after_the_update(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, case)
    work_on(path)
    commit_all(path)
    with new_database({"database": "sqlite", **case.answers}, tmp_path) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        project = Project(path, answers_of(path), ())
        if case.answers.get("migrations"):
            project.run("uv", "run", "alembic", "upgrade", "head")
            commit_all(path)
        update(path, case)
        run("git", "checkout", "--ours", "README.md", cwd=path)
        assert (path / "README.md").read_text(encoding="utf-8").startswith("# Our library\n")
        if case.answers.get("migrations"):
            project.run("uv", "run", "alembic", "upgrade", "head")
            project.run("uv", "run", "alembic", "check")
        monkeypatch.delenv("DATABASE_URL")
    if server := server_url({"database": "sqlite", **case.answers}):
        monkeypatch.setenv("TEST_DATABASE_URL", server)
    for command in ("ruff check", "ruff format --check", "mypy", "pytest"):
        project.run("uv", "run", *command.split())


def test_an_applied_revision_is_never_rewritten_nor_brought_back(
    workshop: Workshop, tmp_path: Path
) -> None:
    case = Case(LATEST, {"layer": "core"})
    path = tmp_path / "my-app"
    workshop.make_old(path, case)
    [first] = (path / "migrations" / "versions").iterdir()
    append(first, "# Applied on the first of March.\n")
    commit_all(path)
    applied = first.read_bytes()
    update(path, case)
    assert first.read_bytes() == applied
    first.unlink()
    commit_all(path)
    update(path, Case(LATEST, {}, {"execution": "async"}))
    assert not first.exists()


def test_a_classic_project_does_not_become_another_without_a_word(
    workshop: Workshop, tmp_path: Path
) -> None:
    path = tmp_path / "my-app"
    before = workshop.make_old(path, Case(LATEST, {"mapping": "classic"}))
    with pytest.raises(ValueError, match="classic is for sync code"):
        update(path, Case(LATEST, {}, {"execution": "async"}))
    assert different(contents(path), before) == set()
    update(path, Case(LATEST, {}, {"execution": "async", "mapping": "declarative"}))
