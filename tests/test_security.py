"""Nothing secret is shown or stored, no value becomes SQL, and nothing has to be trusted."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from answers import ROOT, Answers, all_pairs, has_sample, name_of
from generated import Project, make_project, needs_no_server, parametrize, run
from servers import new_database

PASSWORD = "hunter2"
# What may stand in a file as a password: an example, or that of a server for tests.
EXAMPLES = {"secret", "password", "${DATABASE_PASSWORD}"}
# The URLs of each database with a password, and others that are refused.
URLS = {
    "sqlite": [f"sqlite://:{PASSWORD}@/library.db", f"sqlite://me:{PASSWORD}@/library.db"],
    # Nobody listens at port 1.
    "postgresql": [f"postgresql://me:{PASSWORD}@127.0.0.1:1/library"],
    "mysql": [f"mysql://me:{PASSWORD}@127.0.0.1:1/library"],
}
WRONG_URLS = [
    PASSWORD,
    f"sqlite://me:{PASSWORD}@host/library.db",
    f"other://me:{PASSWORD}@host/library",
    f"postgresql://me:{PASSWORD}@host:port/library",
    f"://me:{PASSWORD}@",
    f"postgresql://me@127.0.0.1:1/library?password={PASSWORD}",
    f"postgresql://me@127.0.0.1:1/library?sslpassword={PASSWORD}",
    f"mysql://me@127.0.0.1:1/library?passwd={PASSWORD}",
]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
PROGRAMS = ROOT / "tests" / "programs"


def test_nothing_has_to_be_trusted() -> None:
    settings = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    assert not {"_tasks", "_migrations", "_jinja_extensions", "_external_data"} & settings.keys()
    assert "!include" not in (ROOT / "copier.yml").read_text(encoding="utf-8")


def test_the_tree_has_only_files() -> None:
    listing = run("git", "ls-files", "--stage", cwd=ROOT).splitlines()
    assert {line.split()[0] for line in listing} == {"100644", "100755"}
    others = run("git", "ls-files", "--others", "--exclude-standard", "-z", cwd=ROOT).split("\0")
    assert not [name for name in others if name and (ROOT / name).is_symlink()]


def test_vulnerabilities_are_reported_to_the_host_of_the_repository() -> None:
    policy = " ".join((ROOT / "SECURITY.md").read_text(encoding="utf-8").split())
    assert '"Report a vulnerability" on the Security tab of this repository' in policy
    assert "@" not in policy


@parametrize(all_pairs())
def test_no_secret_in_any_file(project: Project) -> None:
    for name in project.files:
        text = project.read(name)
        passwords = set(re.findall(r"://[^\s/:@\"'`]*:([^\s/@\"'`]+)@", text))
        assert passwords <= EXAMPLES, name
        assert not re.search(
            r"PRIVATE KEY|\b(ghp|github_pat|glpat|pypi|sk|xox[bp])[-_]\w{16}", text
        )
    assert ".env" not in project.files
    project.run("git", "init", "--quiet")
    assert project.run("git", "check-ignore", ".env").strip() == ".env"
    assert not project.run("git", "check-ignore", *project.files, succeeds=False)


@pytest.mark.parametrize(
    "user", [f"me:{PASSWORD}@", f"{PASSWORD}@", f"me:{PASSWORD}@9@", ""], ids=range(4)
)
def test_the_password_of_the_template_is_not_stored(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    with_user, without = (f"https://{part}example.org/template.git" for part in (user, ""))
    (tmp_path / "gitconfig").write_text(
        f'[url "{template.as_posix()}"]\ninsteadOf = {with_user}\ninsteadOf = {without}\n'
        "[user]\nname = Test\nemail = test@example.org\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "my-app"
    run("copier", "copy", "--defaults", "--vcs-ref=HEAD", with_user, str(path), cwd=tmp_path)
    answers = (path / ".copier-answers.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(answers)["_src_path"] == without
    if user == f"{PASSWORD}@":
        run("git", "init", "--quiet", cwd=path)
        run("git", "add", "--all", cwd=path)
        run("git", "commit", "--quiet", "--message=Now", cwd=path)
        run("copier", "update", "--defaults", "--vcs-ref=HEAD", cwd=path)
        assert (path / ".copier-answers.yml").read_text(encoding="utf-8") == answers


def kinds() -> list[Answers]:
    """Return answers for each combination that makes a difference to the data layer."""
    matters = ("layer", "execution", "mapping", "database", "driver")
    found = {
        tuple(answers.get(key) for key in matters): answers
        for answers in all_pairs()
        if has_sample(answers)
    }
    return list(found.values())


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            answers,
            id=name_of(answers),
            marks=[pytest.mark.xdist_group(name_of(answers))]
            + ([] if needs_no_server(answers) else [pytest.mark.full]),
        )
        for answers in kinds()
    ],
)
def my_app(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A project of each kind, whose package is called `my_app`."""
    return make_project(template, tmp_path_factory.mktemp("made") / "my-app", request.param)


def test_no_password_is_shown(my_app: Project) -> None:
    urls = URLS[my_app.answers.get("database", "sqlite")]
    for selected, mark in (urls, "***"), (WRONG_URLS, "DATABASE_URL is not"):
        program = ("uv", "run", "--quiet", "python", str(PROGRAMS / "passwords.py"))
        shown = my_app.run(*program, *selected).split("URL number ")[1:]
        assert len(shown) == len(selected)
        for url, output in zip(selected, shown, strict=True):
            assert mark in output, url
            assert PASSWORD not in output, url


def test_every_value_of_every_query_is_bound(my_app: Project, tmp_path: Path) -> None:
    program = ("uv", "run", "--quiet", "python", str(PROGRAMS / "inject.py"))
    with new_database(my_app.answers, tmp_path) as url:
        lines = my_app.run(*program, url).splitlines()
    # asyncmy logs what the server ignored when the tables were made.
    calls = [json.loads(line) for line in lines if not line.startswith("Name ")]
    tree = ast.parse(my_app.read("src/my_app/queries.py"))
    defined = {node.name for node in tree.body if isinstance(node, FUNCTIONS)}
    assert {call["function"] for call in calls} == defined
    for call in calls:
        assert call["sent"], call
        assert call["as statement"] == [], call
        assert call["as parameter"] or not call["takes text"], call
