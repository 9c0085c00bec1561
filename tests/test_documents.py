"""What is written about the template and in the projects agrees with what is there."""

import ast
import re
import tomllib
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from answers import RELEASES, ROOT, choices_of, different_projects, questions
from documents import SAMPLE, section
from generated import Project, make_project, parametrize

# What readers search the documentation of a project for, as they would write it.
SEARCHED = {
    "core-and-orm.md": [
        "sqlalchemy.orm",
        "DeclarativeBase",
        "declarative_base",
        "Query",
        "Session",
    ],
    "database.md": ["DATABASE_TIMEOUT", "TLS|WAL", "Pool", "VACUUM|max_connections"],
    "migrations.md": ["autogenerate", "create_tables|upgrade head", "empty"],
    "transactions.md": [
        "[Rr]etry",
        "[Dd]eadlock",
        "[Ll]ock timeout",
        "[Dd]eadline",
        "Isolation level",
        "lost update",
        "Idempotency",
        "OutcomeUnknownError",
        "is_transient",
        "with_for_update",
        "FastAPI",
        "Flask",
    ],
    "updating.md": ["copier update", "copier recopy", "conflict"],
}


def names_in_document(text: str, module: str) -> set[str]:
    """Return the names in the table of what comes from a module."""
    heading = f"What comes from `{module}`"
    if heading not in text:
        return set()
    rows = re.findall(r"^\| (`.+?) \| (.+) \|$", section(text, heading), re.MULTILINE)
    assert all(purpose.strip() for _, purpose in rows)
    return {name for names, _ in rows for name in re.findall("`(.+?)`", names)}


def imported_names(project: Project, module: str) -> set[str]:
    """Return the names that the package imports from a module."""
    names = set()
    for path in (project.path / "src" / project.package).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
                names |= {alias.name for alias in node.names}
    return names


@parametrize(different_projects())
def test_names_of_core_and_orm(project: Project) -> None:
    text = project.read("docs/core-and-orm.md")
    for module in "sqlalchemy", "sqlalchemy.orm", "sqlalchemy.ext.asyncio":
        named = names_in_document(text, module)
        assert imported_names(project, module) <= named
        assert all(hasattr(import_module(module), name) for name in named)


@parametrize(different_projects())
def test_readers_find_what_they_search_for(project: Project) -> None:
    for name, words in SEARCHED.items():
        for word in words:
            assert re.search(word, project.read(f"docs/{name}")), f"{name} lacks {word}"
    if project.answers["layer"] == "orm":
        found = re.findall("^## .*", project.read("docs/core-and-orm.md"), re.MULTILINE)
        assert any(heading.startswith("## Lazy loading") for heading in found)


@parametrize(different_projects())
def test_documentation_outlives_the_sample(project: Project) -> None:
    for name in [name for name in project.files if name.startswith("docs/")] + ["AGENTS.md"]:
        text = project.read(name).replace(project.answers["project_name"], "")
        found = SAMPLE.search(text)
        assert not found, f"{name} has {found}"
    assert project.read("AGENTS.md").count("\n") <= 40


@parametrize(different_projects())
def test_files_and_links_in_documents_are_there(project: Project) -> None:
    source = f"src/{project.package}"
    # The owner writes these where the project starts without a sample, or an update brings them.
    unwritten = {f"{source}/queries.py", f"{source}/__main__.py"}
    unwritten |= {"tests/test_queries.py", "tests/test_web.py"}
    if not project.answers["migrations"]:
        unwritten.add("migrations/env.py")
    for name in [name for name in project.files if name.endswith(".md")]:
        text = project.read(name)
        for link in re.findall(r"\]\((?!http)(.*?)\)", text):
            assert (project.path / name).parent.joinpath(link).exists(), f"{name}: {link}"
        for path in re.findall(rf"`((?:{source}|tests|migrations|docs)/[\w./]*\w)`", text):
            assert (project.path / path).exists() or path in unwritten, f"{name}: {path}"


@parametrize(different_projects())
def test_settings_in_documents_are_those_that_are_read(project: Project) -> None:
    table = section(project.read("docs/database.md"), "Settings")
    described = re.findall(r"^\| `(DATABASE_\w+)` \|", table, re.MULTILINE)
    example = re.findall(r"^(?:# )?(DATABASE_\w+)=", project.read(".env.example"), re.MULTILINE)
    config = project.read(f"src/{project.package}/config.py")
    read = [name.upper() for name in re.findall(r"^    (database_\w+): ", config, re.MULTILINE)]
    assert sorted(described) == sorted(read)
    assert [name for name in example if name != "DATABASE_PASSWORD"] == described


@parametrize(different_projects())
def test_ownership_is_what_updates_do(project: Project) -> None:
    """The table of paths and the files that `copier.yml` keeps from updates are the same."""
    patterns = kept_from_updates()
    kept = {name for name in project.files if any(match(name, pattern) for pattern in patterns)}
    for document in "README.md", "docs/updating.md":
        owner, template = (
            paths_of(project.read(document), whose) for whose in ("yours", "the template's")
        )
        assert {name for name in project.files if any(match(name, path) for path in owner)} == kept
        assert not {name for name in kept if any(match(name, path) for path in template)}


def kept_from_updates() -> list[str]:
    """Return the patterns of files that an update never touches."""
    settings = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    entries = [entry for entry in settings["_exclude"] if "_copier_operation == 'update'" in entry]
    lines = "\n".join(entries).splitlines()
    return [line.removeprefix("/") for line in lines if line.startswith("/")]


def paths_of(document: str, whose: str) -> list[str]:
    """Return the paths of the rows of the table of ownership that say whose they are."""
    paths = []
    for row in re.findall(rf"^\| (.*) \| {re.escape(whose)} \|$", document, re.MULTILINE):
        folder, colon, names = row.rpartition(": ")
        prefix = re.sub("`", "", folder) if colon else ""
        paths += [prefix + name for name in re.findall("`(.+?)`", names)]
    return paths


def match(name: str, pattern: str) -> bool:
    """Return whether a file has this path, or is in the folder of this path."""
    return fnmatch(name, pattern) or fnmatch(name, f"{pattern.rstrip('/')}/*")


@pytest.mark.parametrize(("layer", "module"), [("orm", "models"), ("core", "tables")])
def test_diagram_of_the_sample(template: Path, tmp_path: Path, layer: str, module: str) -> None:
    project = make_project(template, tmp_path / "made", {"layer": layer, "package_name": "my_app"})
    program = str(ROOT / "tests" / "programs" / "diagram.py")
    output = project.run("uv", "run", "--quiet", "python", program, f"my_app.{module}")
    diagram = section(project.read("README.md"), "The sample")
    drawn = re.findall(r"^    (\w+ \S+--\S+ \w+) : ", diagram, re.MULTILINE)
    assert sorted(drawn) == sorted(output.splitlines())


def test_every_question_and_answer_is_documented() -> None:
    text = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE)
    assert [key for key, _ in rows] == list(questions())
    for key, answers in rows:
        choices = [str(choice).lower() for choice in choices_of(questions()[key])]
        assert re.findall("`(.+?)`", answers.lower()) == choices


def test_changelog_has_every_release_and_no_other() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\d\S*) - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert versions[::-1][: len(RELEASES)] == list(RELEASES)
    assert len(versions) - len(RELEASES) <= 1, "only a release in the making has no commit yet"
    assert (
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        == versions[0]
    )
