"""Projects of every supported release take the present template; what is the owner's stays."""

import functools
import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import copier
import pytest

from answers import SUPPORTED, Answers, all_pairs, changes_of, covering, name_of
from generated import Project, commit_all, make_project, needs_no_server, run
from owner import (
    APPLICATIONS,
    Contents,
    answers_of,
    append,
    contents,
    different,
    is_owners,
    lines,
    merge,
    own_lines,
    replace_sample,
    work_on,
)
from servers import new_database, server_url

Count = Callable[..., None]

LATEST = SUPPORTED[-1]
IN_FULL = [SUPPORTED[0], LATEST]
OWNERS = ["untouched", "edited", *APPLICATIONS]
# The version of the working tree.
NOW = "999"


@dataclass(frozen=True)
class Case:
    """A project of a release, what its owner did, and changes of its answers after an update."""

    release: str
    answers: Answers
    owner: str = "untouched"
    changes: list[Answers] = field(default_factory=list)
    mark: str = ""

    @property
    def name(self) -> str:
        """The case as a name."""
        return f"{self.owner} {self.release} {name_of(self.answers)}"

    def work(self, path: Path) -> None:
        """Do what the owner did to the project."""
        if self.owner == "edited":
            work_on(path)
        elif self.owner != "untouched":
            replace_sample(path, self.owner)


def selection(release: str) -> list[Answers]:
    """Return all pairs of answers of the first release and the latest, one project of others."""
    pairs = all_pairs(release)
    return pairs if release in IN_FULL else [next(filter(needs_no_server, pairs))]


def changes_in(release: str) -> dict[str, list[Answers]]:
    """Return every change of an answer once, under the name of one of the projects that have it."""
    kinds = defaultdict(list)
    for answers in all_pairs(release):
        for change in changes_of(answers):
            [(key, choice)] = change.items()
            kinds[key, answers[key], choice].append((name_of(answers), change))
    changes: defaultdict[str, list[Answers]] = defaultdict(list)
    for number, projects in enumerate(kinds.values()):
        name, change = projects[number % len(projects)]
        changes[name].append(change)
    return changes


@functools.cache
def cases() -> list[Case]:
    """Return the projects of every release, each with every owner.

    With `--updates` that is all; with `--full` the owners take turns: with projects of the latest
    release each has every answer, and among those of others each answer and each owner is once.
    Quick is one project of the first release for each owner.
    """
    found = []
    for release in SUPPORTED:
        changes = changes_in(release) if release in IN_FULL else {}
        projects = [{**answers, "owner": o} for answers in selection(release) for o in OWNERS]
        by_pairs = covering(2, projects)
        in_turn = by_pairs if release == LATEST else covering(1, by_pairs)
        first = [project for project in by_pairs if needs_no_server(project)][::-1]
        quick = {each["owner"]: each for each in first}.values() if release == SUPPORTED[0] else ()
        for project in projects:
            answers = {key: choice for key, choice in project.items() if key != "owner"}
            mark = "" if project in quick else "full" if project in in_turn else "updates"
            chosen = changes.get(name_of(answers), [])
            found.append(Case(release, answers, project["owner"], chosen, mark))
    return found


def parametrize(cases: list[Case]) -> pytest.MarkDecorator:
    """Call a test with each case, those that are not quick with an option."""
    parameters = [
        pytest.param(case, id=case.name, marks=getattr(pytest.mark, case.mark) if case.mark else ())
        for case in cases
    ]
    return pytest.mark.parametrize("case", parameters)


@dataclass(frozen=True)
class Workshop:
    """Makes projects of releases and fresh ones, each once."""

    history: Path
    folder: Path

    def make_old(self, path: Path, release: str, answers: Answers) -> Contents:
        """Make a project as a release did, commit it, and return its files."""
        made = self.folder / f"{release} {name_of(answers)}"
        if not made.exists():
            data = {"project_name": "My app", "package_name": "my_app", **answers}
            copier.run_copy(
                str(self.history), made, data=data, defaults=True, quiet=True, vcs_ref=release
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
    return lambda title, **counts: record_property("counts", (title, counts))


def update(path: Path, change: Answers | None = None, *, quiet: bool = True) -> Answers:
    """Update a project as `copier update --defaults` does, without trust; return its answers."""
    change = change or {}
    before = answers_of(path)
    copier.run_update(path, data=change, defaults=True, overwrite=True, quiet=quiet, vcs_ref=NOW)
    after = answers_of(path)
    kept = {key: value for key, value in before.items() if key in after}
    assert after.items() >= (kept | change).items()
    return after


def take_the_templates_version(path: Path) -> None:
    """End every conflict as the message after an update says."""
    for name in run("git", "diff", "--name-only", "--diff-filter=U", cwd=path).splitlines():
        run("git", "checkout", "--theirs", name, cwd=path)


@parametrize(cases())
def test_what_is_the_owners_stays_and_the_rest_is_merged(
    workshop: Workshop, tmp_path: Path, count: Count, case: Case, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "my-app"
    old = workshop.make_old(path, case.release, case.answers)
    case.work(path)
    commit_all(path)
    title = f"updates, {'replaced by ' if case.owner in APPLICATIONS else ''}{case.owner}:"

    def take(old: Contents, change: Answers) -> Contents:
        own = contents(path)
        new = workshop.fresh(update(path, change))
        count(title, updates=1, **compare(path, old, own, new, change))
        return new

    new = take(old, {})
    take_the_templates_version(path)
    commit_all(path)
    # After the update a project is as one of any other release: only --updates tries both.
    is_tried = case.release == LATEST or request.config.getoption("updates")
    for change in case.changes if is_tried else ():
        take(new, change)
        run("git", "reset", "--quiet", "--hard", cwd=path)
        run("git", "clean", "--quiet", "--force", "-d", cwd=path)


def compare(
    path: Path, old: Contents, own: Contents, new: Contents, change: Answers
) -> dict[str, int]:
    """Compare what an update made of a project with what a merge makes of it; count."""
    updated = contents(path)
    expected, conflicts = merge(path.parent, old, own, new, change)
    seen = {name for name, text in updated.items() if b"<<<<<<< before updating" in text}
    assert seen == conflicts
    assert different(updated, expected) == set()

    dropped = {name for name in old.keys() - new.keys() if not is_owners(name)}
    deleted = ("git", "diff", "HEAD", "--name-only", "--diff-filter=D")
    assert set(run(*deleted, cwd=path).splitlines()) == dropped & own.keys()
    written = own_lines(old, own)
    lost = {name: added - lines(updated, name) for name, added in written.items()}
    assert {name for name, missing in lost.items() if missing} <= dropped
    owners = [name for name in own if is_owners(name) or name not in old.keys() | new.keys()]
    return {
        "files_of_owners": len(owners),
        "of_these_changed": sum(own[name] != updated.get(name) for name in owners),
        "conflicts_there": len(seen & {*owners}),
        "conflicts_elsewhere_expected": len(conflicts),
        "seen": len(seen - {*owners}),
        "lines_of_owners": sum(added.total() for added in written.values()),
        "lines_in_dropped_files": sum(written[name].total() for name in written.keys() & dropped),
        "lines_lost": sum(missing.total() for name, missing in lost.items() if name not in dropped),
    }


def of_green() -> list[Case]:
    """Return the projects of the first release; quick is the one with edits.

    There an update can go wrong in the most ways.
    """
    first = [case for case in cases() if case.release == SUPPORTED[0]]
    return [
        case if case.mark or case.owner == "edited" else replace(case, mark="full")
        for case in first
    ]


@parametrize(of_green())
def test_a_project_is_green_after_the_update(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, case.release, case.answers)
    case.work(path)
    commit_all(path)
    project = Project(path, answers_of(path), ())
    alembic = ("uv", "run", "alembic")
    with new_database(case.answers, tmp_path) as url:
        if case.answers["migrations"]:
            project.run(*alembic, "upgrade", "head", DATABASE_URL=url)
            commit_all(path)
        update(path)
        conflicts = run("git", "diff", "--name-only", "--diff-filter=U", cwd=path).splitlines()
        # These two have edited files of the template's.
        assert not conflicts or case.owner in {"edited", "invoicing"}
        take_the_templates_version(path)
        if case.answers["migrations"]:
            project.run(*alembic, "upgrade", "head", DATABASE_URL=url)
            project.run(*alembic, "check", DATABASE_URL=url)
    assert_green(project, monkeypatch)


def assert_green(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run lint, types and tests of a project."""
    if server := server_url(project.answers):
        monkeypatch.setenv("TEST_DATABASE_URL", server)
    for command in ("ruff check", "ruff format --check", "mypy", "pytest"):
        project.run("uv", "run", *command.split())


def test_a_package_keeps_a_name_that_is_refused_today(workshop: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, SUPPORTED[0], {"package_name": "click"})
    assert update(path)["package_name"] == "click"
    commit_all(path)
    assert update(path, {"ci": "none"})["package_name"] == "click"
    with pytest.raises(ValueError, match="such projects depend on"):
        workshop.fresh({"package_name": "click"})


@pytest.mark.parametrize(
    "answers",
    [
        {"migrations": False},
        pytest.param(
            {"migrations": False, "layer": "core", "database": "postgresql"}, marks=pytest.mark.full
        ),
    ],
    ids=name_of,
)
def test_the_message_says_how_the_first_revision_is_written(
    workshop: Workshop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    answers: Answers,
) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, SUPPORTED[0], answers)
    replace_sample(path, "invoicing")
    commit_all(path)
    update(path, {"migrations": True}, quiet=False)
    take_the_templates_version(path)
    [command] = re.findall("^ +(DATABASE_URL=.*)", capfd.readouterr().err, re.MULTILINE)
    project = Project(path, answers_of(path), ())
    with new_database(project.answers, tmp_path) as url:
        project.run("bash", "-c", command.replace("<an empty database>", url))
        [revision] = (path / "migrations" / "versions").glob("*.py")
        if answers.get("database") == "postgresql":
            append(revision, '    op.execute("DROP TYPE status")\n')  # see docs/migrations.md
        project.run("uv", "run", "alembic", "upgrade", "head", DATABASE_URL=url)
        project.run("uv", "run", "alembic", "check", DATABASE_URL=url)
    assert '"invoice_line"' in revision.read_text(encoding="utf-8")
    assert_green(project, monkeypatch)


def test_the_message_says_what_the_new_database_does_not_understand(
    workshop: Workshop, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, SUPPORTED[0], {})
    replace_sample(path, "invoicing")
    commit_all(path)
    update(path, quiet=False)
    message = capfd.readouterr().err
    for command in "git diff --check", "--diff-filter=D", "uv run mypy", "uv run pytest":
        assert command in message
    assert "git grep" not in message
    assert "alembic" not in message
    commit_all(path)
    update(path, {"database": "postgresql"}, quiet=False)
    [command] = re.findall("^ +(git grep .*)", capfd.readouterr().err, re.MULTILINE)
    take_the_templates_version(path)
    found = run("bash", "-c", command, cwd=path)
    assert "src/my_app/models.py:" in found
    assert "sqlite_where" in found
    names = {line.partition(":")[0] for line in found.splitlines() if "sqlite" in line}
    assert all(map(is_owners, names))


FIXED: dict[str, list[object]] = {
    "layer": ["orm", "core"],
    "package_name": ["my_app", "other"],
    "start": ["library", "empty"],
    "migrations": [True, False],
}


@pytest.mark.parametrize(
    ("release", "answers"),
    [
        (SUPPORTED[0], {}),
        pytest.param(NOW, {"layer": "core", "start": "empty"}, marks=pytest.mark.full),
        pytest.param(SUPPORTED[0], {"layer": "core"}, marks=pytest.mark.full),
        pytest.param(NOW, {}, marks=pytest.mark.full),
    ],
)
def test_what_cannot_be_changed_is_refused(
    workshop: Workshop, tmp_path: Path, release: str, answers: Answers
) -> None:
    path = tmp_path / "my-app"
    before = workshop.make_old(path, release, answers)
    now = {"start": "library", "package_name": "my_app", **answers_of(path)}
    for key, values in FIXED.items():
        [other] = [value for value in values if value != now[key]]
        with pytest.raises(ValueError, match=f"'{key}': Try .*: ") as caught:
            update(path, {key: other})
        assert "\n" not in str(caught.value).strip()
    assert different(contents(path), before) == set()
    update(path, {key: now[key] for key in FIXED})


def test_migrations_that_were_turned_on_later_stay(workshop: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, NOW, {"migrations": False, "start": "empty"})
    update(path, {"migrations": True})
    commit_all(path)
    with pytest.raises(ValueError, match="Try true: "):
        update(path, {"migrations": False})
    assert run("git", "status", "--porcelain", cwd=path) == ""


@pytest.mark.parametrize(
    ("answers", "change", "left"),
    [
        ({}, {"database": "postgresql", "session": "scoped_session"}, set()),
        ({"database": "mysql"}, {"database": "sqlite"}, {"compose.yaml", "tests/server.py"}),
        (
            {"web": "flask"},
            {"execution": "async", "web": "fastapi"},
            {"src/my_app/web.py", "tests/test_web.py"},
        ),
    ],
)
def test_an_untouched_sample_follows_an_answer_by_recopy(
    workshop: Workshop, tmp_path: Path, answers: Answers, change: Answers, left: set[str]
) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, NOW, answers)
    copier.run_recopy(
        path, data=change, defaults=True, overwrite=True, quiet=True, vcs_ref=copier.VcsRef.CURRENT
    )
    assert different(contents(path), workshop.fresh(answers_of(path))) == left


def test_an_applied_revision_is_never_rewritten_nor_brought_back(
    workshop: Workshop, tmp_path: Path
) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, LATEST, {"layer": "core"})
    [first] = (path / "migrations" / "versions").iterdir()
    append(first, "# Applied on the first of March.\n")
    commit_all(path)
    applied = first.read_bytes()
    update(path)
    assert first.read_bytes() == applied
    first.unlink()
    commit_all(path)
    update(path, {"execution": "async"})
    assert not first.exists()


def test_a_classic_project_does_not_become_another_without_a_word(
    workshop: Workshop, tmp_path: Path
) -> None:
    path = tmp_path / "my-app"
    before = workshop.make_old(path, LATEST, {"mapping": "classic"})
    with pytest.raises(ValueError, match="classic is for sync code"):
        update(path, {"execution": "async"})
    assert different(contents(path), before) == set()
    update(path, {"execution": "async", "mapping": "declarative"})


@pytest.mark.full
@pytest.mark.parametrize(
    ("release", "answers"),
    [
        (SUPPORTED[0], {"execution": "async"}),
        (NOW, {"execution": "async"}),
        (NOW, {"execution": "async", "start": "empty"}),
    ],
)
def test_web_comes_when_it_is_asked_for_and_is_the_owners_then(
    workshop: Workshop, tmp_path: Path, release: str, answers: Answers
) -> None:
    path = tmp_path / "my-app"
    workshop.make_old(path, release, answers)
    names = ["src/my_app/web.py", "tests/test_web.py"]

    def found_after(change: Answers | None = None) -> list[bytes | None]:
        update(path, change)
        commit_all(path)
        return [contents(path).get(name) for name in names]

    assert found_after() == [None, None]
    there = [workshop.fresh(answers_of(path) | {"web": "fastapi"})[name] for name in names]
    assert found_after({"web": "fastapi"}) == there
    assert found_after() == there

    append(path / names[0], "# Ours.\n")
    (path / names[1]).unlink()
    commit_all(path)
    edited = there[0] + b"# Ours.\n"
    assert found_after() == [edited, None]
    assert found_after({"ci": "none"}) == [edited, None]
    assert found_after({"web": "fastapi"}) == [edited, there[1]]
    assert found_after({"web": "none"}) == [edited, there[1]]
    assert "fastapi" not in (path / "pyproject.toml").read_text(encoding="utf-8")
    assert found_after({"web": "litestar"}) == [edited, there[1]]
    assert "litestar>=" in (path / "pyproject.toml").read_text(encoding="utf-8")


def test_a_web_framework_follows_the_execution(workshop: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "my-app"
    before = workshop.make_old(path, NOW, {"web": "flask"})
    with pytest.raises(ValueError, match="flask is for sync code"):
        update(path, {"execution": "async"})
    assert different(contents(path), before) == set()
    update(path, {"execution": "async", "web": "litestar"})
