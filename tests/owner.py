"""What the owner of a project does to it, and what a merge should make of that."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import yaml

# Every file of a project; the answers file without the version of the template.
Contents = dict[str, bytes]

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
    answers = yaml.safe_load((path / ".copier-answers.yml").read_text(encoding="utf-8"))
    source = path / "src" / answers["package_name"]
    is_orm = answers["layer"] == "orm"
    module, metadata = ("models", "Base") if is_orm else ("tables", "metadata")

    append(source / f"{module}.py", ORM_TABLE if is_orm else CORE_TABLE)
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
    if answers.get("migrations"):
        write(path / "migrations" / "versions" / "2026_03_14_1200_add_shelves.py", REVISION)


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


def merge(folder: Path, old: Contents, own: Contents, new: Contents) -> tuple[Contents, set[str]]:
    """Merge as git does: return the files, and the names of those with conflicts.

    A file that the owner deleted stays away, and what the template dropped goes.
    """
    merged: Contents = {}
    conflicts = set()
    for name in sorted(own.keys() | new.keys()):
        if name in old and (name not in own or name not in new):
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
