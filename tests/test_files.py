"""Every file of every combination of answers, looked at one by one."""

import ast
import re
import tomllib
from pathlib import Path

import yaml

from generated import Project, combinations, parametrize

pytestmark = parametrize(combinations())

WINDOWS_DEVICE = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def test_the_text_of_every_file(project: Project) -> None:
    for name in project.files:
        text = project.read(name)
        assert not text or text.endswith("\n"), f"{name} does not end in a newline"
        assert not text.endswith("\n\n"), f"{name} ends in an empty line"
        assert not re.search(r"[ \t\r]$", text, re.MULTILINE), f"{name} has a space at a line end"
        assert "\n\n\n\n" not in text, f"{name} has three empty lines"
        assert name.endswith(".py") or "\n\n\n" not in text, f"{name} has two empty lines"


def test_no_trace_of_the_template(project: Project) -> None:
    for name in project.files:
        # A workflow has expressions of its own.
        text = re.sub(r"\$\{\{.*?\}\}", "", project.read(name))
        trace = re.search(r"\{[{%#]|[%#]\}|jinja", text)
        assert not trace, f"{name} has {trace}"


def test_every_file_can_be_read(project: Project) -> None:
    for name in project.files:
        text = project.read(name)
        match Path(name).suffix:
            case ".py":
                ast.parse(text)
            case ".toml":
                tomllib.loads(text)
            case ".yml" | ".yaml":
                yaml.safe_load(text)


def test_names_are_legal_on_every_system(project: Project) -> None:
    for name in project.files:
        for part in name.split("/"):
            assert re.fullmatch(r"[A-Za-z0-9._-]+", part), name
            assert not part.endswith("."), name
            assert not WINDOWS_DEVICE.match(part), name


def test_size(project: Project) -> None:
    code = [name for name in project.files if re.match(r"(src|tests)/.*\.py$", name)]
    assert len(project.files) <= 28
    assert sum(project.read(name).count("\n") for name in code) <= 1050


def test_only_what_was_asked_for(project: Project) -> None:
    answers = project.answers
    names = set(project.files)
    source = f"src/{project.package}"
    assert (f"{source}/models.py" in names) is (answers["layer"] == "orm")
    assert (f"{source}/session.py" in names) is (answers["layer"] == "orm")
    assert (f"{source}/tables.py" in names) is (answers["layer"] == "core")
    assert (".github/workflows/ci.yml" in names) is (answers["ci"] == "github")
    assert ("LICENSE" in names) is (answers["license"] != "none")
    if answers["license"] != "none":
        assert f'license = "{answers["license"]}"' in project.read("pyproject.toml")
    text = "".join(project.read(name) for name in names if not name.endswith(".yml"))
    assert ("scoped_session" in text) is (answers.get("session") == "scoped_session")
    for mapping, words in {
        "dataclass": ["MappedAsDataclass", "kw_only"],
        "classic": ["declarative_base", "backref", "Query", ".query("],
    }.items():
        for word in words:
            assert (word in text) is (answers.get("mapping") == mapping), word


def test_core_code_knows_no_orm_and_orm_code_no_tables_module(project: Project) -> None:
    foreign = {"core": "sqlalchemy.orm", "orm": ".tables import"}[project.answers["layer"]]
    for name in project.files:
        assert foreign not in project.read(name) or not name.endswith(".py"), name
