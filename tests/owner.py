"""What the owner of a project does to it, and what a merge should make of that."""

import functools
import re
import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath

import jinja2
import pathspec
import yaml

from answers import JINJA, ROOT, Answers, has_sample

# Every file of a project; the answers file without the version of the template.
Contents = dict[str, bytes]

# The applications that owners replace the sample by, with a module of tables and with a package.
APPLICATIONS = ["invoicing", "measurements"]
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT / "tests" / "owners"),
    trim_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
)
# The entries of `_exclude` for what an update that is given an answer brings, if it is missing.
BROUGHT = {"web": 1, "start": 2}
# In 0.5.0 these borrowed tables of the sample.
BORROWERS = ["test_engine.py", "test_migrations.py", "test_retry.py", "test_session.py"]

REVISION = '''\
"""Add shelves."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0a1b2c3d4e5f"
down_revision: str | None = "6f0c2d4b9a17"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the database to this revision."""
    op.create_table(
        "shelf",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shelf"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("shelf")
'''

ORM_TABLE = '''

class Shelf(Base):
    """Where books stand."""

    label: Mapped[str]
'''

CORE_TABLE = """
shelves = Table(
    "shelf",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("label", String(255), nullable=False),
)
"""

TEST = """\
from {package}.{module} import {metadata}


def test_a_shelf_has_a_label() -> None:
    assert "label" in {metadata}.tables["shelf"].columns
"""

QUERY = '''

{define} count_books({parameter}) -> object:
    """Return how many books there are."""
    return {wait}{name}.scalar(func.count({column}).select())
'''


def contents(path: Path) -> Contents:
    """Return the files of a project, the answers without the version of the template."""
    files = [file for file in path.rglob("*") if file.is_file() and ".git" not in file.parts]
    found = {file.relative_to(path).as_posix(): file.read_bytes() for file in files}
    answers = found[".copier-answers.yml"]
    found[".copier-answers.yml"] = re.sub(rb"^_commit: .*\n", b"", answers, flags=re.MULTILINE)
    return found


def different(one: Contents, other: Contents) -> set[str]:
    """Return the names of files that are not the same in both."""
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def work_on(path: Path) -> None:
    """Do to a project what owners do: add a model with its revision, a query, a test and so on."""
    answers = answers_of(path)
    source = path / "src" / answers["package_name"]
    is_orm = answers["layer"] == "orm"
    module, metadata = ("models", "Base") if is_orm else ("tables", "metadata")

    append(source / f"{module}.py", ORM_TABLE if is_orm else CORE_TABLE)
    if has_sample(answers):
        replace(source / "queries.py", "size: int = 20", "size: int = 50")
        append(source / "queries.py", query_like(source / "queries.py", is_orm=is_orm))
    write(path / "README.md", "# Our library\n\nLends our books, and counts them.\n")
    replace(path / "pyproject.toml", 'version = "0.1.0"', 'version = "1.7.2"')
    replace(path / "pyproject.toml", '"mypy>=2.4,<3",', '"mypy>=2.4,<3",\n    "pip>=25",')
    replace(path / ".env.example", "DATABASE_ECHO=false", "DATABASE_ECHO=true")
    append(path / ".gitignore", "/exports/\n")
    (path / ".pre-commit-config.yaml").unlink()
    attribute = "Base.metadata" if is_orm else "metadata"
    test = TEST.format(package=source.name, module=module, metadata=metadata)
    write(path / "tests" / "test_shelves.py", test.replace(f"in {metadata}", f"in {attribute}"))
    if answers["ci"] == "github":
        workflow = path / ".github" / "workflows" / "ci.yml"
        replace(workflow, "timeout-minutes: 10", "timeout-minutes: 25")
    if answers["migrations"]:
        revision = REVISION if has_sample(answers) else REVISION.replace('"6f0c2d4b9a17"', "None")
        versions = path / "migrations" / "versions"
        versions.mkdir(exist_ok=True)
        write(versions / "2026_03_14_1200_add_shelves.py", revision)


def replace_sample(path: Path, application: str) -> None:
    """Do to a project what its README says: replace the sample by an application of one's own.

    The tests that borrow tables of the sample get another one with invoices, and go with
    measurements.
    """
    answers = answers_of(path)
    source = path / "src" / answers["package_name"]
    words = words_for(answers, source)
    for name in filter(is_owners, contents(path)):
        (path / name).unlink()
    for name in TEMPLATES.list_templates(["jinja"]):
        start, folder, *parts = PurePosixPath(name).with_suffix("").parts
        if start == application and folder in {answers["layer"], "both"}:
            in_source = parts[0] == "src"
            file = source.joinpath(*parts[1:]) if in_source else path.joinpath(*parts)
            if parts[0] != "migrations" or answers["migrations"]:
                file.parent.mkdir(parents=True, exist_ok=True)
                write(file, TEMPLATES.get_template(name).render(words))
    for test in filter(Path.exists, (path / "tests" / name for name in BORROWERS)):
        if application == "measurements":
            test.unlink()
        else:
            text = test.read_text(encoding="utf-8").replace("author", "customer")
            write(test, text.replace("Author", "Customer").replace("biography", "note"))
    replace(path / "pyproject.toml", 'version = "0.1.0"', 'version = "1.7.2"')
    for command in ("check", "--fix", "--quiet"), ("format", "--quiet"):
        subprocess.run(["ruff", *command], cwd=path, check=True)


def words_for(answers: Answers, source: Path) -> dict[str, str]:
    """Return what the templates of an owner's application write with these answers."""
    is_orm, is_async = answers["layer"] == "orm", answers["execution"] == "async"
    kind = ("Session" if is_orm else "Connection", "Engine")
    unit, engine = (f"Async{name}" if is_async else name for name in kind)
    library = "sqlalchemy.ext.asyncio" if is_async else "sqlalchemy"
    session = library if is_async or not is_orm else "sqlalchemy.orm"
    imported, begin = {
        "": ("", "engine.begin()"),
        "sessionmaker": ("make_session_factory", "make_session.begin()"),
        "scoped_session": ("make_session_factory, session_scope", "session_scope(make_session)"),
    }[answers.get("session", "")]
    return {
        "package": source.name,
        "module": "models" if is_orm else "tables",
        "layer": answers["layer"],
        "mapping": answers.get("mapping", ""),
        "database": answers["database"],
        "async": "async " if is_async else "",
        "await": "await " if is_async else "",
        "unit": kind[0].lower(),
        "Unit": unit,
        "unit_import": f"from {session} import {unit}",
        "Engine": engine,
        "engine_import": f"from {library} import {engine}",
        "begin": begin,
        "begin_import": f"from .session import {imported}" if imported else "",
        "base": base_of(source / ("models.py" if is_orm else "tables.py")),
        "keywords": ", kw_only=True" if answers.get("mapping") == "dataclass" else "",
    }


def base_of(module: Path) -> str:
    """Return what stands above the sample's tables in a module, without its docstring."""
    text = module.read_text(encoding="utf-8")
    above = re.split(
        r"^(?:# Type checkers .*\n)?class Author", text, maxsplit=1, flags=re.MULTILINE
    )
    base = above[0].split("\n\n", maxsplit=1)[1].partition("__all__")[0].strip()
    return re.sub(r"^from \.", f"from {module.parent.name}.", base, flags=re.MULTILINE)


def answers_of(path: Path) -> Answers:
    """Return the answers that a project has stored."""
    stored = yaml.safe_load((path / ".copier-answers.yml").read_text(encoding="utf-8"))
    return {key: value for key, value in stored.items() if key[0] != "_" and key != "fixed"}


@functools.cache
def excluded(number: int, name: str) -> bool:
    """Return whether an entry of `_exclude` in `copier.yml` keeps updates from a path."""
    entries = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["_exclude"]
    patterns = JINJA.from_string(entries[number]).render(_copier_operation="update")
    return pathspec.PathSpec.from_lines("gitignore", patterns.splitlines()).match_file(name)


def is_owners(name: str) -> bool:
    """Return whether a path is the owner's."""
    is_excluded = any(excluded(number, name) for number in [0, *BROUGHT.values()])
    return is_excluded or name.startswith("migrations/versions/")


def query_like(path: Path, *, is_orm: bool) -> str:
    """Return a function that fits in with those of a module of queries."""
    pattern = r"^((?:async )?def) return_book\((\w+: \w+),"
    found = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, path
    define, parameter = found.groups()
    return QUERY.format(
        define=define,
        parameter=parameter,
        name=parameter.partition(":")[0],
        wait="await " if define.startswith("async") else "",
        column="Book.id" if is_orm else "books.c.id",
    )


def write(path: Path, text: str) -> None:
    """Write a file, a new one or one that is there."""
    path.write_text(text, encoding="utf-8")


def append(path: Path, text: str) -> None:
    """Add text at the end of a file."""
    write(path, path.read_text(encoding="utf-8") + text)


def replace(path: Path, old: str, new: str) -> None:
    """Replace text that is in a file once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path}: {old!r} is there {text.count(old)} times"
    write(path, text.replace(old, new))


def merge(
    folder: Path, old: Contents, own: Contents, new: Contents, change: Answers
) -> tuple[Contents, set[str]]:
    """Merge as git does: return the files, and the names of those with conflicts.

    The owner's stay as they are, or come when they are asked for. A file of the template's that the
    owner deleted stays away, and what the template dropped goes.
    """
    asked_for = [BROUGHT[key] for key in change if key in BROUGHT]
    merged = {name: text for name, text in new.items() if any(excluded(n, name) for n in asked_for)}
    merged |= {name: text for name, text in own.items() if is_owners(name)}
    conflicts = set()
    for name in sorted(own.keys() | new.keys()):
        if is_owners(name) or (name in old and (name not in own or name not in new)):
            continue
        if name not in own or own.get(name) == old.get(name):
            merged[name] = new[name]
        elif name not in new or new[name] == old.get(name):
            merged[name] = own[name]
        else:
            merged[name], has_conflict = merge_file(
                folder, own[name], old.get(name, b""), new[name]
            )
            if has_conflict:
                conflicts.add(name)
    return merged, conflicts


def merge_file(folder: Path, own: bytes, old: bytes, new: bytes) -> tuple[bytes, bool]:
    """Merge one file; return it, and whether there was a conflict."""
    command = ["git", "merge-file", "-p"]
    versions = {"before updating": own, "last update": old, "after updating": new}
    for label, text in versions.items():
        (folder / label).write_bytes(text)
        command += ["-L", label]
    done = subprocess.run([*command, *versions], cwd=folder, check=False, capture_output=True)
    return done.stdout, done.returncode != 0


def own_lines(old: Contents, own: Contents) -> dict[str, Counter[bytes]]:
    """Return the lines that the owner wrote, for each file that has any."""
    added = {name: lines(own, name) - lines(old, name) for name in own}
    return {name: found for name, found in added.items() if found}


def lines(files: Contents, name: str) -> Counter[bytes]:
    """Return the lines of a file; none where it is not there."""
    return Counter(files.get(name, b"").splitlines())
