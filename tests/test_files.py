"""Every file of every combination of answers, looked at one by one."""

import re
from pathlib import Path

from answers import (
    Answers,
    answers_for_code,
    choices_of,
    different_projects,
    has_sample,
    questions,
)
from documents import SAMPLE
from generated import Project, check_names, check_syntax, parametrize

pytestmark = parametrize(different_projects())


def test_the_text_of_every_file(project: Project) -> None:
    for name in project.files:
        text = project.read(name)
        assert not text or text.endswith("\n"), f"{name} does not end in a newline"
        assert not text.endswith("\n\n"), f"{name} ends in an empty line"
        assert not re.search(r"[ \t\r]$", text, re.MULTILINE), f"{name} has a space at a line end"
        assert "\n\n\n\n" not in text, f"{name} has three empty lines"
        prose = re.sub(r"^ *```python\n.*?```$", "code", text, flags=re.MULTILINE | re.DOTALL)
        assert name.endswith((".py", ".mako")) or "\n\n\n" not in prose, (
            f"{name} has two empty lines"
        )


def test_no_trace_of_the_template(project: Project) -> None:
    for name in project.files:
        # A workflow has expressions of its own.
        text = re.sub(r"\$\{\{.*?\}\}", "", project.read(name))
        trace = re.search(r"\{[{%#]|[%#]\}|jinja", text)
        assert not trace, f"{name} has {trace}"


def test_every_file_can_be_read(project: Project) -> None:
    for name in project.files:
        check_syntax(name, project.read(name))


def test_names_are_legal_on_every_system(project: Project) -> None:
    check_names(project.files)


def test_size(project: Project) -> None:
    files = set(project.files) - {
        f"src/{project.package}/web.py",
        "tests/test_web.py",
        "docs/web.md",
    }
    assert len(files) <= 48
    lines = {
        Path(name).name: project.read(name).count("\n")
        for name in project.files
        if re.match(r"(src|tests)/.*\.py$", name)
    }
    assert lines.pop("web.py", 0) <= 130
    assert lines.pop("test_web.py", 0) <= 110
    assert sum(lines.values()) <= limit(project.answers)


def limit(answers: Answers) -> int:
    """Return how many lines of code a project has at most."""
    if answers["start"] == "empty":
        return 700 if answers["database"] == "sqlite" else 1000
    return 1200 if is_default(answers) else 1700


def is_default(answers: Answers) -> bool:
    """Return whether code is made as `copier copy --defaults` makes it."""
    code = answers_for_code(answers)
    return all(
        code[key] == next(iter(choices_of(question)))
        for key, question in questions().items()
        if key in code and choices_of(question)
    )


def test_only_the_files_that_were_asked_for(project: Project) -> None:
    answers, source = project.answers, f"src/{project.package}"
    for name, asked_for in {
        f"{source}/models.py": answers["layer"] == "orm",
        f"{source}/session.py": answers["layer"] == "orm",
        f"{source}/tables.py": answers["layer"] == "core",
        f"{source}/__main__.py": has_sample(answers),
        f"{source}/queries.py": has_sample(answers),
        "tests/statements.py": answers["start"] != "empty",
        "tests/test_main.py": has_sample(answers),
        "tests/test_models.py": has_sample(answers) and answers["layer"] == "orm",
        "tests/test_queries.py": has_sample(answers),
        "tests/test_tables.py": has_sample(answers) and answers["layer"] == "core",
        "compose.yaml": answers["database"] != "sqlite",
        "migrations/env.py": answers["migrations"],
        "tests/test_migrations.py": answers["migrations"],
        "tests/server.py": answers["database"] != "sqlite",
        ".github/workflows/ci.yml": answers["ci"] == "github",
        "LICENSE": answers["license"] != "none",
        f"{source}/web.py": answers["web"] != "none",
        "tests/test_web.py": answers["web"] != "none",
        "docs/web.md": answers["web"] != "none",
    }.items():
        assert (name in project.files) is asked_for, name


# Words, as regular expressions, that all projects with an answer have, and no others.
WORDS = {
    ("layer", "orm"): ["from sqlalchemy.orm import", r"\bmake_session\b"],
    ("layer", "core"): ["TypedColumns", r"\.tables import"],
    ("execution", "async"): [r"\basync ", "await ", r"\basyncio\b", "anyio"],
    ("mapping", "dataclass"): ["MappedAsDataclass", "kw_only"],
    ("mapping", "classic"): ["declarative_base", "backref", r"\bQuery\b", r"\.query\("],
    ("session", "scoped_session"): ["scoped_session"],
    ("web", "fastapi"): ["from fastapi"],
    ("web", "litestar"): ["from litestar"],
    ("web", "flask"): ["from flask", "gunicorn"],
    ("migrations", True): [r"import alembic|from alembic", r"\[tool\.alembic\]"],
    ("database", "sqlite"): ["(?i)sqlite", "PRAGMA"],
    ("database", "postgresql"): ["(?i)postgres", "pgserver", "pg_"],
    ("database", "mysql"): ["(?i)mysql", "(?i)mariadb", "innodb"],
}
DRIVERS = ["pysqlite", "aiosqlite", "psycopg", "asyncpg", "pymysql", "asyncmy", "aiomysql"]


def test_only_the_words_of_what_was_chosen(project: Project) -> None:
    unnamed = {".copier-answers.yml", ".github/dependabot.yml"}
    texts = {name: project.read(name) for name in project.files if name not in unnamed}
    everything = "".join(texts.values())
    # The documentation of the ORM also names what readers will meet elsewhere.
    chosen = everything.replace(texts["docs/core-and-orm.md"], "")
    for (key, answer), words in WORDS.items():
        is_chosen = project.answers.get(key) == answer
        for word in words:
            assert bool(re.search(word, everything if is_chosen else chosen)) is is_chosen, word
    assert {driver for driver in DRIVERS if driver in chosen} == {driver_of(project.answers)}


def test_only_a_project_with_the_sample_names_it(project: Project) -> None:
    unnamed = {".copier-answers.yml", "LICENSE"}
    texts = {name: project.read(name) for name in project.files if name not in unnamed}
    found = {name: match for name, text in texts.items() if (match := SAMPLE.search(text))}
    assert bool(found) is has_sample(project.answers), found
    revisions = [name for name in project.files if re.match(r"migrations/versions/.*\.py$", name)]
    assert len(revisions) == (project.answers["migrations"] and project.answers["start"] != "empty")


def driver_of(answers: Answers) -> str:
    """Return the driver of a project."""
    drivers: dict[str, dict[str, str]] = {
        "sqlite": {"sync": "pysqlite", "async": "aiosqlite"},
        "postgresql": {"sync": "psycopg", "async": answers.get("driver", "")},
        "mysql": {"sync": "pymysql", "async": "asyncmy"},
    }
    return drivers[answers["database"]][answers["execution"]]
