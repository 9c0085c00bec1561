"""The questions: their dialogue, their defaults, and the answers that they refuse."""

import keyword
import os
import re
import sys
import textwrap
import tomllib
from pathlib import Path

import pexpect
import pytest
import yaml

from answers import ROOT, Answers, is_asked, questions
from generated import make_project

TERMINAL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")
UNTOUCHED = {"project_name": "My Library", "package_name": "my_library"}


def test_every_question_has_a_type_a_help_and_a_default() -> None:
    for key, question in questions().items():
        assert question.keys() >= {"type", "help", "default"}, key
        # Copier cuts off what does not fit on a line of the terminal.
        assert all(len(line) <= 76 for line in question["help"].splitlines()), key
        if "choices" in question:
            assert question["default"] == question["choices"][0], key


@pytest.mark.skipif(os.name == "nt", reason="pexpect needs a terminal of Unix")
@pytest.mark.parametrize("layer", ["orm", "core"])
def test_dialogue(template: Path, tmp_path: Path, layer: str) -> None:
    command = ["copy", "--vcs-ref=HEAD", str(template), str(tmp_path / "my-app")]
    child = pexpect.spawn(
        "copier",
        command,
        encoding="utf-8",
        timeout=30,
        dimensions=(60, 80),
        # Nobody answers when prompt_toolkit asks this terminal where the cursor is.
        env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1"},
    )
    seen = []
    for key, question in questions().items():
        if not is_asked(question, {"layer": layer, "execution": "sync", "database": "sqlite"}):
            continue
        for line in question["help"].splitlines():
            child.expect_exact(line)
        if key == "layer" and layer == "core":
            child.expect("core")
            child.send("\x1b[B")
        child.send("\r")
        seen.append(key)
    child.expect(pexpect.EOF)
    shown = TERMINAL.sub("", child.before or "")
    assert re.search(r"git init.*git add.*git commit.*uv run pytest", shown, re.DOTALL), shown
    answers = yaml.safe_load(
        (tmp_path / "my-app" / ".copier-answers.yml").read_text(encoding="utf-8")
    )
    assert set(answers) == {*seen, "_commit", "_src_path", "fixed"}
    assert answers["layer"] == layer


@pytest.mark.parametrize(
    ("project_name", "package_name"),
    [
        ("my-app", "my_app"),
        ("Björn's Bücherei", "bjorns_bucherei"),
        ("Bjo\u0308rn", "bjorn"),
        ("Straße & Œuvre", "strasse_oeuvre"),
        ("Моя библиотека", "moya_biblioteka"),
        ("Βιβλιοθήκη", "vivliothiki"),
        ("Thư viện của tôi", "thu_vien_cua_toi"),
        ("図書館", "app"),
        ("2048", "app_2048"),
        ("--", "app"),
        ("typing", "typing_app"),
        ("SQLAlchemy", "sqlalchemy_app"),
        ("class", "class_app"),
        ("Tests", "tests_app"),
        ("NUL", "nul_app"),
        ("x" * 60, "x" * 40),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_package_name_by_default(
    template: Path, tmp_path: Path, project_name: str, package_name: str
) -> None:
    project = make_project(template, tmp_path, {"project_name": project_name})
    assert project.package == package_name
    assert '"""' in project.read(f"src/{package_name}/__init__.py")


def test_project_name_by_default_is_the_folder(template: Path, tmp_path: Path) -> None:
    project = make_project(template, tmp_path / ("Long name " * 10), {})
    assert project.answers["project_name"] == ("Long name " * 10)[:60].strip()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("project_name", "", "Try My Library: it is empty"),
        ("project_name", "x" * 61, "61 characters, and 60 are the most"),
        ("project_name", " My Library", "begins or ends with a space"),
        ("project_name", "My\nLibrary", "line break"),
        ("description", "  ", "empty"),
        ("description", "tab\there", "control character"),
        ("description", "right to left \u202e", "direction"),
        ("description", "delete \x7f", "control character"),
        ("author", "Ada\x00", "Try Ada Lovelace"),
        ("package_name", "My-App", "Try my_library: lower-case letters"),
        ("package_name", "_app", "lower-case letters"),
        ("package_name", "a__b", "lower-case letters"),
        ("package_name", "app_", "lower-case letters"),
        ("package_name", "app\n", "lower-case letters"),
        ("package_name", "été", "lower-case letters"),
        ("package_name", "../app", "lower-case letters"),
        ("package_name", "", "lower-case letters"),
        ("package_name", "x" * 41, "41 characters, and 40 are the most"),
        ("package_name", "class", "keyword of Python"),
        ("package_name", "typing", "standard library"),
        ("package_name", "pydantic_settings", "depend on"),
        ("package_name", "colorama", "depend on"),
        ("package_name", "tests", "folder or a test"),
        ("package_name", "conftest", "folder or a test"),
        ("package_name", "test_engine", "folder or a test"),
        ("package_name", "com1", "device on Windows"),
        ("layer", "both", "Invalid choice"),
        ("execution", "trio", "Invalid choice"),
        ("database", "oracle", "Invalid choice"),
        ("mapping", "imperative", "Invalid choice"),
        ("session", "async", "Invalid choice"),
        ("license", "GPL", "Invalid choice"),
    ],
)
def test_wrong_answers_leave_no_file(
    template: Path, tmp_path: Path, key: str, value: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        make_project(template, tmp_path / "made", {**UNTOUCHED, key: value})
    assert "\n" not in str(caught.value).strip()
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("execution", "other", "message"),
    [
        ("async", {"mapping": "classic"}, "Try .*: classic is for sync code"),
        ("async", {"web": "flask"}, "Try .*: flask is for sync code"),
        ("sync", {"web": "fastapi"}, "Try .*: fastapi is for async code"),
        ("sync", {"web": "litestar"}, "Try .*: litestar is for async code"),
    ],
)
def test_what_does_not_go_together_is_refused(
    template: Path, tmp_path: Path, execution: str, other: Answers, message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        make_project(template, tmp_path / "made", {**UNTOUCHED, "execution": execution, **other})
    assert "\n" not in str(caught.value).strip()
    assert not (tmp_path / "made").exists()


def test_an_answer_to_a_question_that_is_not_asked_is_ignored(
    template: Path, tmp_path: Path
) -> None:
    answers = {**UNTOUCHED, "layer": "core", "execution": "async"}
    not_asked = {"mapping": "classic", "session": "scoped_session", "driver": "psycopg"}
    plain = make_project(template, tmp_path / "plain", answers)
    same = make_project(template, tmp_path / "same", {**answers, **not_asked, "unknown": "value"})
    assert plain.files == same.files
    assert [plain.read(name) for name in plain.files] == [same.read(name) for name in same.files]
    assert not same.answers.keys() & {*not_asked, "unknown"}


def test_what_an_update_compares_answers_with_cannot_be_given(
    template: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="Try without it"):
        make_project(template, tmp_path / "made", {**UNTOUCHED, "fixed": {"layer": "core"}})
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "answers",
    [
        {"web": "none"},
        pytest.param({"web": "fastapi", "execution": "async"}, marks=pytest.mark.full),
        pytest.param({"web": "litestar", "execution": "async"}, marks=pytest.mark.full),
        pytest.param({"web": "flask"}, marks=pytest.mark.full),
    ],
    ids=lambda answers: answers["web"],
)
def test_names_that_would_shadow_something_are_refused(
    template: Path, tmp_path: Path, answers: Answers
) -> None:
    project = make_project(template, tmp_path, UNTOUCHED | answers)
    script = """
        import importlib.metadata
        for name in {*importlib.metadata.packages_distributions()} | {
            distribution.name for distribution in importlib.metadata.distributions()
        }:
            print(name)
    """
    command = ("uv", "run", "--quiet", "python", "-c", textwrap.dedent(script))
    installed = project.run(*command, UV_PROJECT_ENVIRONMENT=str(tmp_path / ".venv")).split()
    # The lock names what other systems install too.
    locked = [package["name"] for package in tomllib.loads(project.read("uv.lock"))["package"]]
    distributed = {re.sub("[-.]", "_", name) for name in {*installed, *locked}}
    names = {*sys.stdlib_module_names, *keyword.kwlist, *distributed} - {"my_library"}
    lists = re.findall(
        "'([^']*)'", (ROOT / "hooks" / "checks" / "words.jinja").read_text(encoding="utf-8")
    )
    refused = {word for words in lists for word in words.split()}
    assert {n for n in names if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", n)} <= refused


HOSTILE = [
    """quotes " ' ` and \\ backslashes \\n \\""",
    '''"""triple""" \'\'\' and # a comment''',
    "{{ 7 * 7 }} {% raw %} {# no #} ${{ github.token }}",
    "key: [value, {a: b}] & *anchor | > ! % @ - ? ~ null 'no'",
    "[table] = '''toml''' \"\"\" \\u0000 # comment",
    "emoji 🎉👩‍👩‍👧 and ünïcödé, 中文, العربية",
    "$(touch pwned) `id` ; rm -rf . && | > /dev/null",
    "<script>alert(1)</script> | table | --- | ]]>",
    "%s %d {0} {name} %(name)s",
    "no",
    "1e3",
    "x" * 60,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_written_as_it_is(template: Path, tmp_path: Path, text: str) -> None:
    texts = {"project_name": text[:60].strip(), "description": text, "author": text}
    project = make_project(template, tmp_path / "made", {**texts, "package_name": "hostile"})
    assert {key: project.answers[key] for key in texts} == texts
    settings = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert settings["description"] == text
    assert settings["authors"] == [{"name": text}]
    readme = project.read("README.md")
    assert readme.startswith(f"# {texts['project_name']}\n\n{text}\n")
    assert f"Copyright (c) {text}\n" in project.read("LICENSE")
    for command in ("ruff check", "ruff format --check", "pytest --collect-only"):
        project.run("uv", "run", *command.split())
