"""What is broken in projects, one thing at a time, for their tests, or the template's, to see."""

from dataclasses import dataclass
from pathlib import Path

from answers import Answers


@dataclass(frozen=True)
class Mutation:
    """A text of a file of a project, and one for the worse in its place."""

    name: str
    file: str
    good: str
    bad: str

    def apply(self, project: Path) -> None:
        """Break a project."""
        path = project / self.file
        text = path.read_text(encoding="utf-8")
        assert self.good in text, f"{self.file} is broken already: it has no {self.good!r}"
        path.write_text(text.replace(self.good, self.bad), encoding="utf-8", newline="\n")


def of(file: str, *mutations: tuple[str, str, str]) -> list[Mutation]:
    """Return mutations of one file, each by its name and the texts before and after."""
    return [Mutation(name, file, good, bad) for name, good, bad in mutations]


COLUMN_TYPES = "src/my_app/column_types.py"
CONFIG = "src/my_app/config.py"
CONFTEST = "tests/conftest.py"
DATABASES = "tests/databases.py"
ENGINE = "src/my_app/engine.py"
ENV = "migrations/env.py"
MODELS = "src/my_app/models.py"
QUERIES = "src/my_app/queries.py"
RETRY = "src/my_app/retry.py"
REVISION = "migrations/versions/2026_11_22_1200_library.py"
SCHEMA = "src/my_app/schema.py"
SESSION = "src/my_app/session.py"
TABLES = "src/my_app/tables.py"
TOUR = "src/my_app/__main__.py"
WEB = "src/my_app/web.py"

FORGOTTEN = ("a revision is forgotten", "String(255)", "String(254)")
# MySQL refuses such a price anyway, as one that does not fit into the column.
ENDLESS = ("prices without end", " AND price < 100000000", "")
REASON, FIRST_LINE = 'str(getattr(error, "orig", error))', '.partition("\\n")[0]'
LOST = ("lost connections are final", "error.connection_invalidated or ", "")
RAISE = "            raise"
# A block that does nothing, sync and async.
NOTHING = '__import__("contextlib").nullcontext()'

# The tests of a project see these, in every project that has such answers.
BY_ITS_TESTS: list[tuple[Answers, list[Mutation]]] = [
    (
        {},
        [
            *of(CONFIG, ("passwords are shown", "PlainSerializer(repr)", "PlainSerializer(tuple)")),
            *of(
                COLUMN_TYPES,
                ("moments are local", "value.astimezone(UTC)", "value.replace(tzinfo=UTC)"),
                (
                    "naive moments are guessed",
                    'getattr(value, "tzinfo", None) is None',
                    "value.year < 0",
                ),
            ),
            *of(
                QUERIES,
                ("a row is inserted for each book", "if rows:", "for rows in rows:"),
                ("a page begins with the last book", "id > after_id", "id >= after_id"),
                ("prices are not compared", "func.min(", "func.max("),
                ("an unknown book is returned", "rowcount == 0", "rowcount < 0"),
            ),
            *of(RETRY, ("everything is retried", " or not is_transient(error)", "")),
            *of(
                REVISION,
                ("negative prices", "price >= 0", "price >= -9"),
                ("negative copies", "copies >= 0", "copies >= -9"),
            ),
            *of(TOUR, ("the tour writes twice", ") is None:", ") or True:")),
            *of(CONFTEST, ("tests commit", "transaction.rollback()", "transaction.commit()")),
        ],
    ),
    (
        {"layer": "orm"},
        [
            *of("src/my_app/base.py", FORGOTTEN),
            *of(
                MODELS,
                ("lazy loading", 'lazy="raise_on_sql"', 'lazy="select"'),
                ("orphans", "all, delete-orphan", "save-update"),
                ("what goes is loaded first", "passive_deletes=True", "passive_deletes=False"),
                ("SQL has no defaults", ', server_default="1"', ""),
                (
                    "no cascade to books",
                    'ForeignKey(Author.id, ondelete="CASCADE")',
                    "ForeignKey(Author.id)",
                ),
                (
                    "a biography has a key of its own",
                    'mapped_column(ForeignKey(Author.id, ondelete="CASCADE"), primary_key=True)',
                    "mapped_column(primary_key=True)\n    author_id: Mapped[int] = mapped_column("
                    'ForeignKey(Author.id, ondelete="CASCADE"), unique=True)',
                ),
                ("a title twice", 'UniqueConstraint("author_id", "title"),', ""),
                ("a CHECK is forgotten", 'name="price_in_range"', 'name="price"'),
            ),
            *of(
                QUERIES,
                ("the last copy is lent twice", "copies -= 1", "copies -= 0"),
                ("what was loaded is lent", "populate_existing=True, with", "with"),
                ("loaded books are kept", "populate_existing=True)\n    )", ")\n    )"),
                ("an unknown book is lent", "session.get_one(", "session.get("),
                ("books come one by one", ", selectinload(Author.books)", ""),
                ("genres come one by one", ", selectinload(Book.genres)", ""),
            ),
            *of(CONFTEST, ("no savepoint", '"create_savepoint"', '"rollback_only"')),
            *of(SESSION, ("objects expire", "expire_on_commit=False", "expire_on_commit=True")),
        ],
    ),
    (
        {"layer": "core"},
        [
            *of(
                TABLES,
                FORGOTTEN,
                ("no cascade", 'ondelete="CASCADE"', 'ondelete="RESTRICT"'),
                ("SQL has no defaults", ', server_default="1"', ""),
                ("a title twice", 'UniqueConstraint("author_id", "title"),', ""),
                ("a CHECK is forgotten", 'name="price_in_range"', 'name="price"'),
            ),
            *of(
                QUERIES,
                ("everybody is deleted", ".where(authors.c.name == name)", ""),
                ("the last copy is lent twice", "copies=copies - 1", "copies=copies"),
                ("an unknown book is lent", ".scalar_one()\n    if", ".scalar() or 0\n    if"),
            ),
            *of(CONFTEST, ("no savepoint", "connection.begin_nested()", NOTHING)),
        ],
    ),
    (
        {"database": "sqlite"},
        [
            *of(
                ENGINE,
                ("foreign keys off", "foreign_keys = ON", "foreign_keys = OFF"),
                ("writers begin without the lock", "BEGIN IMMEDIATE", "BEGIN DEFERRED"),
                ("readers take the lock", "BEGIN DEFERRED", "BEGIN IMMEDIATE"),
                ("readers may write", "query_only = {read_only}", "query_only = OFF"),
                ("no write-ahead log", "journal_mode = WAL", "journal_mode = DELETE"),
                ("commits are not synced", "synchronous = NORMAL", "synchronous = OFF"),
                ("memory has many connections", "pool_size=1 if", "pool_size=9 if"),
            ),
            *of(RETRY, ("nothing is retried", '"SQLITE_BUSY"', '"NOTHING"')),
            *of(REVISION, ENDLESS),
            *of(COLUMN_TYPES, ("moments are naive", "value.replace(tzinfo=UTC)", "value")),
        ],
    ),
    *(
        (
            {"database": database},
            [
                *of(ENGINE, ("lost connections stay", "_IDLE = 0.5", "_IDLE = 1e9")),
                *of(CONFIG, ("no URL is needed", 'URL.create("")', "make_url(_EXAMPLE)")),
                *of(
                    RETRY,
                    ("once too often", "conflicts >= attempts", "conflicts > attempts"),
                    ("a COMMIT is retried", "committing = True", "committing = False"),
                ),
                *of(DATABASES, ("rows stay", "delete(table)", "table.select()")),
            ],
        )
        for database in ("postgresql", "mysql")
    ),
    (
        {"database": "postgresql"},
        [
            *of(
                ENGINE,
                ("locks are waited for", '"lock_timeout": settings', '"x.y": settings'),
                ("statements take any time", '"statement_timeout": settings', '"x.y": settings'),
                ("idle transactions stay", '"idle_in_transaction_session_timeout"', '"x.y"'),
                ("no name", '_APPLICATION = "my_app"', '_APPLICATION = "x"'),
                ("readers may write", 'get("read_only")', 'get("never")'),
            ),
            *of(
                RETRY,
                ("locks are final", '"55P03"', '"0"'),
                ("deadlocks are final", '"40P01"', '"0"'),
                ("serialization failures are final", '"40001"', '"0"'),
            ),
            *of(REVISION, ENDLESS),
        ],
    ),
    (
        {"database": "mysql"},
        [
            *of(
                ENGINE,
                ("locks are waited for", "wait_timeout = {lock_timeout}", "wait_timeout = 9"),
                ("statements take any time", "time = {statement_timeout}", "time = 0"),
                ("readers may write", "TRANSACTION READ ONLY", "TRANSACTION"),
                ("the time zone of the server", ", time_zone = '+00:00'", ""),
                ("values are cut", "'TRADITIONAL'", "''"),
                ("the charset of the server", '"utf8mb4")', '"latin1")'),
            ),
            *of(
                RETRY,
                ("locks are final", "1205,", "0,"),
                ("deadlocks are final", "1213", "0"),
            ),
            *of(
                COLUMN_TYPES,
                ("moments are rounded", "DATETIME(6)", "DATETIME"),
                ("moments are naive", "value.replace(tzinfo=UTC)", "value"),
            ),
        ],
    ),
    *(
        (
            {"layer": layer, "database": database},
            of(
                QUERIES,
                *rows,
                (
                    "a genre is added twice",
                    {
                        "postgresql": ".on_conflict_do_nothing()",
                        "mysql": f".on_duplicate_key_update(name={genre}.name)",
                    }[database],
                    "",
                ),
            ),
        )
        for layer, genre, rows in (
            (
                "orm",
                "Genre",
                [
                    ("rows are not locked", ", with_for_update=True)", ")"),
                    ("an author is deleted twice", "name).with_for_update()", "name)"),
                ],
            ),
            ("core", "genres.c", [("rows are not locked", ".with_for_update()", "")]),
        )
        for database in ("postgresql", "mysql")
    ),
    (
        {"mapping": "classic"},
        [
            *of(
                MODELS,
                (
                    "every moment is the same",
                    "datetime.now(UTC)",
                    "datetime(2000, 1, 1, tzinfo=UTC)",
                ),
                ("orphans", "all, delete-orphan", "save-update"),
                ("lazy loading", 'lazy="raise_on_sql"', 'lazy="select"'),
            ),
            *of(
                QUERIES,
                ("any author", ".filter(Author.name == name)\n        .options", ".options"),
                ("any order", ".order_by(Book.title, Book.id)", ""),
                ("no limit", ".limit(size)", ""),
                ("no options", ".options(joinedload(Book.author))", ""),
                ("every book comes back", ".filter(Book.id == book_id).update", ".update"),
            ),
        ],
    ),
    (
        {"mapping": "dataclass"},
        [
            *of("src/my_app/base.py", ("objects cannot be hashed", ", eq=False", "")),
            *of(
                MODELS,
                ("every list is the same", "default_factory=list", "default=None"),
                ("orphans", "all, delete-orphan", "save-update"),
                ("lazy loading", 'lazy="raise_on_sql"', 'lazy="select"'),
            ),
        ],
    ),
    (
        {"session": "scoped_session"},
        of(
            SESSION,
            ("no transaction", "make_session.begin()", NOTHING),
            ("objects expire", "expire_on_commit=False", "expire_on_commit=True"),
        ),
    ),
]

# The tests of the template see these, since only the template can break them: a file of tests, a
# choice of its projects, as pytest takes it, for each of which one thing is broken at a time.
BY_TESTS_OF_THE_TEMPLATE: list[tuple[str, list[str], list[Mutation]]] = [
    (
        "test_settings.py",
        ["orm-sync-sqlite", "core-async-sqlite", "core-sync-postgresql", "core-async-mysql"],
        [
            *of(
                ENGINE,
                ("isolation level", "settings.database_isolation_level", "None"),
                ("echo", "echo=settings.database_echo", "echo=False"),
                ("values of rows", "not settings.database_echo", "False"),
                ("pool size", "settings.database_pool_size", "5"),
                ("overflow", "max_overflow=0", "max_overflow=1"),
                ("pool timeout", "pool_timeout=settings.database_timeout", "pool_timeout=9"),
            ),
            *of(
                CONFIG,
                ("a timeout without end", "le=3600", "le=36000"),
                ("a pool without end", "le=1000", "le=10000"),
                ("any database", "url.drivername not in", "url.port in"),
                ("values in errors", '"input": None', '"input": line["input"]'),
            ),
        ],
    ),
    (
        "test_settings.py",
        ["core-sync-postgresql", "core-async-mysql"],
        of(
            CONFIG,
            ("a database is not needed", "not url.database", "False"),
            ("an @ in the password", '"@" in', '"@@" in'),
        ),
    ),
    (
        "test_security.py",
        ["no_password_is_shown and postgresql", "no_password_is_shown and mysql"],
        of(CONFIG, ("a password in the query", '"passw" in', '"never" in')),
    ),
    (
        "test_settings.py",
        ["orm-sync-sqlite", "core-async-sqlite"],
        [
            *of(CONFIG, ("a host on SQLite", " or url.host", "")),
            *of(ENGINE, ("autocommit", "isolation_level is None", "isolation_level == 1")),
        ],
    ),
    (
        "test_sqlite.py",
        ["test_scenes and [sync", "test_scenes and [async"],
        [
            *of(
                ENGINE,
                ("others make a reader wait", "busy_timeout = 0", "busy_timeout = 9999"),
                ("statements that stand alone", "elif not alone", "elif True"),
                ("a wait leaves a setting", '{timeout}")\n    ' + RAISE, '2")\n    ' + RAISE),
                ("any error is waited for", 'startswith("SQLITE_BUSY")', 'startswith("SQLITE")'),
                ("a reader changes the file", "if not reads and not state", "if not state"),
                ("memory", 'url.query.get("mode") == "memory"', "False"),
                ("readers stay readers", '"reset", _allow_writing', '"close", print'),
            ),
            *of(
                RETRY,
                ("no deadline", "if deadline is None else deadline", "+ 1"),
                ("one attempt", ">= start + limit", ">= start"),
                ("attempts bound locks", "conflicts >= attempts", "attempt >= attempts"),
            ),
        ],
    ),
    (
        "test_read_only.py",
        ["postgresql-sync", "postgresql-async-asyncpg", "postgresql-async-psycopg"],
        of(
            ENGINE,
            ("writes in autocommit", "dialect.default_isolation_level", '"AUTOCOMMIT"'),
            ("two phases", '"begin_twophase"', '"rollback"'),
            ("readers stay readers", "value=False", "value=True"),
        ),
    ),
    (
        "test_read_only.py",
        ["mysql-sync", "mysql-async"],
        of(
            ENGINE,
            ("two phases", '"begin_twophase"', '"rollback"'),
            ("readers stay readers", "READ WRITE", "READ ONLY"),
        ),
    ),
    (
        "test_concurrency.py",
        ["test_writers_take_turns and sync", "test_writers_take_turns and async"],
        of(ENGINE, ("SQLite waits by itself", "; BEGIN IMMEDIATE", "999; BEGIN IMMEDIATE")),
    ),
    (
        "test_cancellation.py",
        ["sqlite-Ctrl-C", "sqlite-wait_for", "sqlite-anyio"],
        of(ENGINE, ("locks stay", '"invalidate", _unlock', '"close_detached", print')),
    ),
    (
        "test_cancellation.py",
        ["mysql-Ctrl-C", "mysql-wait_for", "mysql-anyio"],
        of(ENGINE, ("statements go on", '"invalidate")', '"close_detached")')),
    ),
    (
        "test_retries.py",
        ["postgresql-sync", "postgresql-async-asyncpg", "postgresql-async-psycopg"],
        of(
            RETRY,
            ("refused connections", "_code(error) is None", "False"),
            ("servers that start", '"57P03"', '"0"'),
            ("outdated plans are final", '"cached" in', '"nothing" in'),
            LOST,
            ("no pause", "random.uniform(0,", "min(0,"),
            ("no deadline", "if deadline is None else deadline", "+ 9"),
            ("unknown outcomes", " and error.statement is None", ""),
        ),
    ),
    (
        "test_retries.py",
        ["postgresql-async-asyncpg"],
        of(
            RETRY,
            ("too many connections", '"53300"', '"0"'),  # psycopg gives no code for it
            ("values in the log", f"{REASON}{FIRST_LINE}", "str(error)"),  # `orig` has one line
        ),
    ),
    (
        "test_retries.py",
        ["mysql-sync", "mysql-async"],
        of(
            RETRY,
            ("changed rows", "1020, 1213", "1213"),
            ("deadlocks in savepoints", "_NO_SAVEPOINT = 1305", "_NO_SAVEPOINT = 0"),
            ("too many connections", "1040,", "0,"),
            ("refused connections", "2003,", "0,"),
            ("servers that are read-only yet", "1290,", "0,"),
            LOST,
            ("no pause", "random.uniform(0,", "min(0,"),
            ("no deadline", "if deadline is None else deadline", "+ 9"),
            ("unknown outcomes", " and error.statement is None", ""),
        ),
    ),
    (
        "test_retries.py",
        ["postgresql-sync", "postgresql-async-psycopg"],
        [
            *of(ENGINE, ("refused rows close", "PipelineAborted", "DeadlockDetected")),
            *of(RETRY, ("values in the log", FIRST_LINE, "")),
        ],
    ),
    (
        "test_waiting.py",
        ["postgresql-sync", "postgresql-async-psycopg"],
        of(
            ENGINE,
            ("an answer is waited for", "timeout or self.longest_wait", "timeout"),
            ("a connection is waited for", '"connect_timeout", ceil(', '"application_name", str('),
        ),
    ),
    (
        "test_urls.py",
        ["says and asyncpg"],
        of(
            ENGINE,
            ("silent hosts use up the time", "in _places(parameters)", "in [parameters]"),
            ("no writer is final", "dialect.loaded_dbapi.InternalClientError", "TypeError"),
        ),
    ),
    (
        "test_hosts.py",
        ["core-sync-psycopg", "asyncpg"],
        of(
            ENGINE,
            ("a standby refuses the level", '"REPEATABLE READ"  # a', '"SERIALIZABLE"  # a'),
            ("lost connections stay", "_IDLE = 0.5", "_IDLE = 1e9"),
        ),
    ),
    (
        "test_hosts.py",
        ["asyncpg"],
        of(
            ENGINE,
            ("the first host alone", "(OSError, dialect.loaded_dbapi.Error) as", "OSError as"),
            ("closed at once", "if dialect.get_driver", "if None and dialect.get_driver"),
        ),
    ),
    (
        "test_pooler.py",
        ["promised and core-sync", "promised and asyncpg"],
        of(
            ENGINE,
            ("limits of others", "', true)", "', false)"),
            ("settings of the session", "return  # the connection", "pass  # the connection"),
        ),
    ),
    (
        "test_pooler.py",
        ["lost and core-sync", "lost and orm-async"],
        of(
            ENGINE,
            ("prepared statements", '["prepare_threshold"] = None', '["autocommit"] = False'),
        ),
    ),
    (
        "test_pooler.py",
        ["lost and asyncpg"],
        of(ENGINE, ("prepared statements", '_cache_size"] = 0', '_cache_size"] = 100')),
    ),
    (
        "test_waiting.py",
        ["postgresql-async-asyncpg"],
        of(
            ENGINE,
            ("an answer is waited for", '["command_timeout"] = longest_wait', '["timeout"] = 9.0'),
            ("a connection is waited for", "float(connect_timeout)", "60.0"),
        ),
    ),
    (
        "test_waiting.py",
        ["mysql-sync", "mysql-async"],
        of(
            ENGINE,
            ("an answer is waited for", "ceil(statement_timeout) + _GRACE", "60"),
            (
                "a connection is waited for",
                '"connect_timeout", lock_timeout',
                '"connect_timeout", 60',
            ),
            (
                "idle transactions stay",
                "idle_transaction_timeout = {ceil(statement_timeout)}",
                "x = 0",
            ),
            ("a table is waited for", ", lock_wait_timeout = {lock_timeout}", ""),
        ),
    ),
    (
        "test_sample.py",
        ["core-sync-sqlite", "orm-sync-sqlite", "orm-async-postgresql-asyncpg-read_committed"],
        of(QUERIES, ("genres in any order", "sorted(new_names)", "new_names")),
    ),
    (
        "test_migrations.py",
        ["orm-sync-sqlite", "core-sync-postgresql", "core-sync-mysql"],
        of(
            ENV,
            ("server defaults", "compare_server_default=True", "compare_server_default=False"),
            ("CHECK constraints", ', "alembic.ext.checkconstraint_byname"', ""),
            ("types of the application", "render_item=render_item", "render_item=None"),
        ),
    ),
    (
        "test_web.py",
        ["flask-sync-orm-sqlite", "fastapi-async-orm-sqlite", "litestar-async-orm-sqlite"],
        of(
            WEB,
            ("readers wait for a writer", "read_only(engine)", "engine"),
            ("no deadline of its own", ", deadline=DEADLINE", ""),
        ),
    ),
    (
        "test_web.py",
        ["flask-sync-orm-postgresql", "fastapi-async-orm-postgresql"],
        of(WEB, ("another status", "201", "200")),
    ),
    (
        "test_existing.py",
        ["orm-sync-sqlite-migrations", "core-async-postgresql-asyncpg-migrations"],
        [
            *of(ENV, ("tables of others", "get_current_heads():", "get_current_heads() is None:")),
            *of(TOUR, ("a traceback", "except SchemaError", "except KeyError")),
        ],
    ),
    (
        "test_existing.py",
        ["orm-sync-sqlite-create_all", "core-async-mysql-create_all"],
        [
            *of(
                SCHEMA,
                ("tables of others", "    _refuse_foreign_tables(connection)\n", "    pass\n"),
                ("its own tables", " and not found & own", ""),
            ),
            *of(TOUR, ("a traceback", "except SchemaError", "except KeyError")),
        ],
    ),
    (
        "test_existing.py",
        ["scenes and postgresql and create_all"],
        of(
            SCHEMA,
            ("one schema", "inspector.get_table_names(schema)", "inspector.get_table_names()"),
        ),
    ),
    (
        "test_existing.py",
        ["scenes and core-sync-postgresql-migrations"],
        of(ENV, ("tables of extensions", "deptype = 'e'", "deptype = 'x'")),
    ),
    (
        "test_existing.py",
        ["scenes and core-sync-postgresql-create_all"],
        of(SCHEMA, ("tables of extensions", "deptype = 'e'", "deptype = 'x'")),
    ),
    (
        "test_existing.py",
        ["drop_all_tables and orm-sync-sqlite", "drop_all_tables and core-sync-mysql"],
        of(
            ENV,
            ("every table is dropped", "process_revision_directives=keep_tables,", ""),
            ("check stops", '"autogenerate" not in options', "False"),
            ("no table may go", "not heads or len(made) ==", "not heads or -1 <"),
        ),
    ),
    (
        "test_existing.py",
        ["scenes and sqlite-migrations"],
        of(ENV, ("called, it drops every table", "if options and", "if")),
    ),
    (
        "test_existing.py",
        ["microseconds"],
        of(COLUMN_TYPES, ("every time has microseconds", "type_.timezone", "type_")),
    ),
    (
        "test_first_steps.py",
        [
            "first_table and core-async-fastapi-create_all",
            "first_table and classic-scoped_session-create_all",
        ],
        of("README.md", ("a traceback", "except SchemaError", "except KeyError")),
    ),
    (
        "test_scopes.py",
        ["[sync]", "[async]"],
        of(
            SESSION,
            ("one session for all", "_scopes.get({}).get(factory)", "1"),
            ("a failure leaves its session", "    finally:", "    except KeyError:"),
            ("no refusal", "make_session.registry.createfunc = _refuse", "pass"),
            ("left elsewhere", "        _scopes.set(inner)  #", "        pass  #"),
        ),
    ),
]
