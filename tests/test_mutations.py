"""The tests of a project can fail: each of these changes for the worse turns them red."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from answers import Answers
from failures import failures_of
from generated import Project, make_project
from servers import server_url

pytestmark = pytest.mark.full

Mutation = tuple[str, str, str, str]
FOLDERS = {"conftest": "tests", "databases": "tests"}

# What is broken, in which file, the text there and the text instead.
BOTH = [
    ("foreign keys off", "engine", "foreign_keys = ON", "foreign_keys = OFF"),
    ("writers begin without the lock", "engine", "BEGIN IMMEDIATE", "BEGIN DEFERRED"),
    ("readers take the lock", "engine", "BEGIN DEFERRED", "BEGIN IMMEDIATE"),
    ("readers may write", "engine", "query_only = {read_only}", "query_only = OFF"),
    ("readers wait for writers", "engine", "journal_mode = WAL", "journal_mode = DELETE"),
    (
        "memory has many connections",
        "engine",
        "pool_size=1 if in_memory else",
        "pool_size=9 if in_memory else",
    ),
    ("passwords are shown", "config", "PlainSerializer(repr)", "PlainSerializer(tuple)"),
    ("a host is ignored", "config", " or url.host:", ":"),
    (
        "any database will do",
        "config",
        'url.drivername not in {"sqlite", "sqlite+pysqlite"}',
        "False",
    ),
    ("moments are naive", "column_types", "value.replace(tzinfo=UTC)", "value"),
    ("moments are local", "column_types", "value.astimezone(UTC)", "value.replace(tzinfo=UTC)"),
    ("naive moments are guessed", "column_types", "value.tzinfo is None", "value.year < 0"),
    ("a row is inserted for each book", "queries", "if rows:", "for rows in rows:"),
    ("a page begins with the last book again", "queries", "id > after_id", "id >= after_id"),
    ("nothing is tried again", "retry", '"SQLITE_BUSY"', '"NOTHING"'),
    ("everything is tried again", "retry", " or not is_transient(error)", ""),
    ("prices are not compared", "queries", "func.min(", "func.max("),
    ("an unknown book is returned", "queries", "rowcount == 0", "rowcount < 0"),
    ("the tour writes twice", "__main__", ") is None:", ") or True:"),
]
ORM = [
    ("loaded books are not read again", "queries", "populate_existing=True)\n    )", ")\n    )"),
    ("the last copy is lent twice", "queries", "copies -= 1", "copies -= 0"),
    ("what was loaded is lent", "queries", "populate_existing=True, with", "with"),
    ("an unknown book is lent", "queries", "session.get_one(", "session.get("),
    ("what goes is loaded first", "models", "passive_deletes=True", "passive_deletes=False"),
    ("SQL has no defaults", "models", ', server_default="1"', ""),
    ("no savepoint", "conftest", '"create_savepoint"', '"rollback_only"'),
    ("tests commit", "conftest", "transaction.rollback()", "transaction.commit()"),
    (
        "books come one by one",
        "queries",
        "selectinload(Author.books)",
        "joinedload(Author.biography)",
    ),
    ("genres come one by one", "queries", "selectinload(Book.genres)", "joinedload(Book.author)"),
    ("lazy loading", "models", 'lazy="raise_on_sql"', 'lazy="select"'),
    ("orphans", "models", "all, delete-orphan", "save-update"),
    (
        "no cascade to books",
        "models",
        'ForeignKey(Author.id, ondelete="CASCADE")',
        "ForeignKey(Author.id)",
    ),
    (
        "a biography has a key of its own",
        "models",
        'mapped_column(ForeignKey(Author.id, ondelete="CASCADE"), primary_key=True)',
        "mapped_column(primary_key=True)\n    author_id: Mapped[int] = mapped_column("
        'ForeignKey(Author.id, ondelete="CASCADE"), unique=True)',
    ),
    ("a title twice", "models", 'UniqueConstraint("author_id", "title"),', ""),
    ("negative prices", "models", "price >= 0", "price >= -9"),
    ("prices without end", "models", " AND price < 100000000", ""),
    ("negative copies", "models", "copies >= 0", "copies >= -9"),
    ("objects expire", "session", "expire_on_commit=False", "expire_on_commit=True"),
]
CLASSIC = [
    ("every moment is the same", "models", "datetime.now(UTC)", "datetime(2000, 1, 1, tzinfo=UTC)"),
    ("any author", "queries", ".filter(Author.name == name)\n        .options", ".options"),
    ("any order", "queries", ".order_by(Book.title, Book.id)", ""),
    ("no limit", "queries", ".limit(size)", ""),
    ("no options", "queries", ".options(joinedload(Book.author))", ""),
    ("every book comes back", "queries", ".filter(Book.id == book_id).update", ".update"),
    ("orphans", "models", "all, delete-orphan", "save-update"),
    ("lazy loading", "models", 'lazy="raise_on_sql"', 'lazy="select"'),
]
DATACLASS = [
    ("objects cannot be hashed", "base", ", eq=False", ""),
    ("orphans", "models", "all, delete-orphan", "save-update"),
    ("every list is the same", "models", "default_factory=list", "default=None"),
    ("lazy loading", "models", 'lazy="raise_on_sql"', 'lazy="select"'),
]
SCOPED = [
    ("no transaction", "session", "with make_session.begin():", "if make_session:"),
]
CORE = [
    (
        "everybody is deleted",
        "queries",
        ".where(authors.c.name == name)).rowcount == 1",
        ").rowcount > 0",
    ),
    ("the last copy is lent twice", "queries", "copies=copies - 1", "copies=copies"),
    ("no savepoint", "conftest", "with connection.begin_nested():", "if connection:"),
    ("tests commit", "conftest", "transaction.rollback()", "transaction.commit()"),
    ("no cascade in the database", "tables", 'ondelete="CASCADE"', 'ondelete="RESTRICT"'),
    ("an unknown book is lent", "queries", ".scalar_one()\n    if", ".scalar() or 0\n    if"),
    ("SQL has no defaults", "tables", ', server_default="1"', ""),
    ("a title twice", "tables", 'UniqueConstraint("author_id", "title"),', ""),
    ("negative prices", "tables", "price >= 0", "price >= -9"),
    ("prices without end", "tables", " AND price < 100000000", ""),
    ("negative copies", "tables", "copies >= 0", "copies >= -9"),
]

MIGRATIONS = [
    ("a revision is forgotten", "base", "String(255)", "String(254)"),
]
SERVER = [
    ("lost connections stay", "engine", "pool_pre_ping=True", "pool_pre_ping=False"),
    ("rows are not locked", "queries", ".with_for_update()", ""),
    ("no URL is needed", "config", 'URL.create("")', "make_url(_EXAMPLE)"),
    ("any database will do", "config", "url.drivername not in", "url.host in"),
    ("a database is not needed", "config", "not url.database", "False"),
    ("everything is tried again", "retry", " or not is_transient(error)", ""),
    ("once too often", "retry", "conflicts >= attempts", "conflicts > attempts"),
    ("a COMMIT is tried again", "retry", "committing = True", "committing = False"),
    ("rows stay", "databases", "in reversed(", "in () and reversed("),
]
POSTGRESQL = [
    ("a genre is added twice", "queries", ".on_conflict_do_nothing()", ""),
    (
        "locks are waited for",
        "engine",
        '"lock_timeout": settings.database_timeout',
        '"lock_timeout": 0',
    ),
    ("statements take any time", "engine", '"statement_timeout": settings', '"x.y": settings'),
    ("no name", "engine", '_APPLICATION = "my_app"', '_APPLICATION = "x"'),
    ("readers may write", "engine", 'get("read_only")', 'get("never")'),
    ("locks are final", "retry", '"55P03"', '"0"'),
    ("deadlocks are final", "retry", '"40P01"', '"0"'),
    ("moments are local", "column_types", "value and value.astimezone(UTC)", "value"),
]
ASYNCPG = [
    ("no name", "engine", '_APPLICATION = "my_app"', '_APPLICATION = "x"'),
    ("lost connections are final", "retry", "error.connection_invalidated or ", ""),
    ("locks are waited for", "engine", '"lock_timeout": settings', '"x.y": settings'),
    ("statements take any time", "engine", '"statement_timeout": settings', '"x.y": settings'),
]
MYSQL = [
    ("lost connections are final", "retry", "error.connection_invalidated or ", ""),
    ("locks are waited for", "engine", "wait_timeout = {lock_timeout}", "wait_timeout = 9"),
    ("statements take any time", "engine", "time = {statement_timeout}", "time = 0"),
    ("readers may write", "engine", "TRANSACTION READ ONLY", "TRANSACTION"),
    ("locks are final", "retry", "1205", "0"),
    ("deadlocks are final", "retry", "1213", "0"),
    ("moments are rounded", "column_types", "DATETIME(6)", "DATETIME"),
    ("moments are naive", "column_types", "value.replace(tzinfo=UTC)", "value"),
]
ORM_ON_A_SERVER = [
    ("an author is deleted twice", "queries", "name).with_for_update()", "name)"),
    ("a genre is added twice", "queries", ".on_conflict_do_nothing()", ""),
]
ASYNC = [
    ("objects expire", "session", "expire_on_commit=False", "expire_on_commit=True"),
    ("writers begin without the lock", "engine", "BEGIN IMMEDIATE", "BEGIN DEFERRED"),
    (
        "memory has many connections",
        "engine",
        "pool_size=1 if in_memory else",
        "pool_size=9 if in_memory else",
    ),
    ("nothing is tried again", "retry", '"SQLITE_BUSY"', '"NOTHING"'),
    ("everything is tried again", "retry", " or not is_transient(error)", ""),
    ("no savepoint", "conftest", '"create_savepoint"', '"rollback_only"'),
    ("tests commit", "conftest", "transaction.rollback()", "transaction.commit()"),
    ("the last copy is lent twice", "queries", "copies -= 1", "copies -= 0"),
    ("a page begins with the last book again", "queries", "id > after_id", "id >= after_id"),
]

# What a program of the template sees, since only the template can break it.
BY_PROGRAMS = {
    "settings.py": [
        ("isolation level", "engine", "settings.database_isolation_level", "None"),
        ("autocommit", "engine", "isolation_level is None", "isolation_level == 1"),
        ("echo", "engine", "echo=settings.database_echo", "echo=False"),
        ("values of rows", "engine", "not settings.database_echo", "False"),
        ("pool size", "engine", "else settings.database_pool_size", "else 5"),
        ("overflow", "engine", "max_overflow=0", "max_overflow=1"),
        ("pool timeout", "engine", "pool_timeout=settings.database_timeout", "pool_timeout=9"),
    ],
    "locks.py": [
        ("no deadline", "retry", "if deadline is None else deadline", "+ 1"),
        ("one attempt", "retry", ">= start + limit", ">= start"),
        ("attempts bound locks", "retry", "conflicts >= attempts", "attempt >= attempts"),
    ],
    "scopes.py": [
        ("one session for all", "session", "_scopes.get({}).get(factory)", "1"),
        ("a failure leaves its session", "session", "    finally:", "    except KeyError:"),
        ("no refusal", "session", "make_session.registry.createfunc = _refuse", "pass"),
        ("left elsewhere", "session", "        _scopes.set(inner)  #", "        pass  #"),
    ],
}


MUTATIONS = {
    "postgresql": SERVER + POSTGRESQL,
    "asyncpg": SERVER + ASYNCPG,
    "mysql": SERVER + MYSQL,
    "orm_on_a_server": ORM_ON_A_SERVER,
    "async": ASYNC,
    "migrations": MIGRATIONS,
    "orm": BOTH + ORM,
    "classic": CLASSIC,
    "dataclass": DATACLASS,
    "scoped": SCOPED,
    "core": BOTH + CORE,
}


@pytest.fixture(scope="module")
def sound(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """A project of each kind, as it was made."""
    folder = tmp_path_factory.mktemp("made")
    answers: dict[str, Answers] = {
        "orm": {"layer": "orm", "migrations": False},
        "classic": {"mapping": "classic"},
        "dataclass": {"mapping": "dataclass"},
        "scoped": {"layer": "orm", "session": "scoped_session"},
        "core": {"layer": "core", "migrations": False},
        "migrations": {"layer": "orm"},
        "postgresql": {"layer": "core", "database": "postgresql"},
        "asyncpg": {"layer": "core", "database": "postgresql", "execution": "async"},
        "mysql": {"layer": "core", "database": "mysql"},
        "orm_on_a_server": {"layer": "orm", "database": "postgresql"},
        "async": {"layer": "orm", "session": "scoped_session", "execution": "async"},
    }
    return {
        kind: make_project(template, folder / kind, {"package_name": "my_app", **own})
        for kind, own in answers.items()
    }


@pytest.mark.parametrize(
    ("kind", "mutation"),
    [
        pytest.param(kind, mutation, id=f"{kind}-{mutation[0]}")
        for kind, mutations in MUTATIONS.items()
        for mutation in mutations
    ],
)
def test_tests_go_red(
    sound: dict[str, Project],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    mutation: Mutation,
) -> None:
    project = sound[kind]
    if url := server_url(project.answers):
        monkeypatch.setenv("TEST_DATABASE_URL", url)
    with broken(project, mutation):
        output = project.run("uv", "run", "pytest", "--maxfail=1", succeeds=False)
    assert re.search(r"\b1 (failed|error)\b", output), output


@contextmanager
def broken(project: Project, mutation: Mutation) -> Iterator[None]:
    """Break something in a project, which can still be imported."""
    _, module, good, bad = mutation
    folder = FOLDERS.get(module, "src/my_app")
    name = f"{folder}/{module}.py"
    text = project.read(name)
    assert good in text, f"{name} has no {good!r}"
    (project.path / name).write_text(text.replace(good, bad), encoding="utf-8", newline="\n")
    try:
        project.run("uv", "run", "python", "-c", "import my_app.__main__")
        yield
    finally:
        (project.path / name).write_text(text, encoding="utf-8", newline="\n")


@pytest.mark.parametrize(
    ("program", "mutation"),
    [
        pytest.param(program, mutation, id=f"{program}-{mutation[0]}")
        for program, mutations in BY_PROGRAMS.items()
        for mutation in mutations
    ],
)
@pytest.mark.parametrize("kind", ["scoped", "async"])
def test_programs_go_red(
    sound: dict[str, Project], tmp_path: Path, kind: str, program: str, mutation: Mutation
) -> None:
    arguments = [f"sqlite:///{tmp_path}/new.db"] if program == "settings.py" else []
    with broken(sound[kind], mutation):
        failures = failures_of(program, sound[kind], arguments=arguments)
    assert failures.keys() - {"other output"}, failures
