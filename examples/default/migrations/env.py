"""The migration environment: Alembic runs this file for every command that needs the schema."""

import logging
import re
import warnings
from collections import Counter
from typing import Literal

from alembic import context
from alembic.operations.ops import CreateTableOp, DropTableOp, MigrationScript
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy import URL, Connection, event, inspect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.types import TypeEngine

from my_app.column_types import UtcDateTime
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.models import Base

# Warnings about what SQLAlchemy and Alembic cannot read; for indexes see keep_indexes.
UNREAD = ".*(expression-based index|could not be located)|Computed default on|Could not instantiate"
# Virtual tables, and the tables in which they store their data.
UNMANAGED = "SELECT name FROM pragma_table_list WHERE type IN ('shadow', 'virtual')"


def run_migrations_online(connection: Connection) -> None:
    """Run the migrations with foreign keys off: batch mode drops and recreates tables."""
    if connection.in_transaction():
        raise CommandError("foreign keys cannot be turned off inside a transaction")
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    event.listen(connection, "before_cursor_execute", keep_indexes)
    orphans = find_orphans(cursor)
    try:
        with warnings.catch_warnings(), connection.begin():
            warnings.filterwarnings("ignore", UNREAD)
            run_migrations(connection)
            for table, parent in find_orphans(cursor) - orphans:
                raise CommandError(f"a row of {table} would refer to one that is not in {parent}")
    finally:
        event.remove(connection, "before_cursor_execute", keep_indexes)
        cursor.execute("PRAGMA foreign_keys = ON")


def find_orphans(cursor: DBAPICursor) -> Counter[tuple[str, str]]:
    """Count the rows whose parent is missing, for each pair of child and parent table."""
    cursor.execute("PRAGMA foreign_key_check")
    return Counter((table, parent) for table, _row, parent, _key in cursor.fetchall())


def keep_indexes(
    _connection: Connection, cursor: DBAPICursor, statement: str, *_arguments: object
) -> None:
    """Stop before batch mode recreates a table without an index that it cannot read."""
    if remade := re.match(r"\s*CREATE TABLE \"?_alembic_tmp_(\w+)", statement):
        cursor.execute(
            "SELECT i.name FROM sqlite_master AS i, pragma_index_xinfo(i.name) AS x"
            " WHERE i.type = 'index' AND i.tbl_name = ? AND x.cid = -2",
            (remade[1],),
        )
        for (index,) in cursor.fetchall():
            raise CommandError(
                f"the revision makes table {remade[1]} anew, which would lose {index}, an index on"
                " an expression: drop the index before and create it after"
            )


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Render the plain type, so that revisions do not depend on application code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def keep_tables(_context: object, heads: object, directives: list[MigrationScript]) -> None:
    """Keep autogenerate from writing a revision that drops a table which no revision made."""
    options = context.config.cmd_opts
    if options and "autogenerate" not in options:
        return  # `alembic check` writes no revision
    changes = directives[0].upgrade_ops_list[0].ops
    dropped = [change.table_name for change in changes if isinstance(change, DropTableOp)]
    made = [change for change in changes if isinstance(change, CreateTableOp)]
    # A database that `alembic stamp` has marked may still have none of the tables.
    if dropped and (not heads or len(made) == len(Base.metadata.tables)):
        raise CommandError(
            f"the revision would drop the table {dropped[0]}, which no revision made: describe it"
            " in models.py, name an empty database in DATABASE_URL, or write a revision that"
            " drops it by hand"
        )


def refuse_foreign_tables(connection: Connection) -> None:
    """Refuse to make tables in a database that has tables which no revision made."""
    if not context.get_context().get_current_heads():
        for table in inspect(connection).get_table_names():
            known = table == context.get_context().version_table
            if not known:
                raise CommandError(
                    f"the database has the table {table}, which no revision made:"
                    " `uv run alembic upgrade head` makes the tables of the project beside it,"
                    " `uv run alembic stamp head` takes it for one of them;"
                    " or name another database in DATABASE_URL"
                )


def run_migrations(connection: Connection | None, url: URL | None = None) -> None:
    """Run the migrations in one transaction; without a connection, write them as SQL."""
    unmanaged = connection.exec_driver_sql(UNMANAGED).scalars().all() if connection else []
    context.configure(
        connection,
        url,
        target_metadata=Base.metadata,
        render_item=render_item,
        process_revision_directives=keep_tables,
        # By default Alembic overlooks changes of CHECK constraints and of server defaults.
        autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        compare_server_default=True,
        # A column that takes any value is declared with this type.
        compare_type=lambda *types: False if type(types[-1]) is TypeEngine else None,
        include_name=lambda name, kind, _parents: kind != "table" or name not in unmanaged,
        render_as_batch=True,
        transactional_ddl=True,
        literal_binds=connection is None,
        # A driver's own paramstyle may double percent signs.
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        if connection:
            # One process migrates, the others wait. Here any statement takes the write lock.
            connection.exec_driver_sql("SELECT 1")
        if connection and context.config.attributes.get("refuses_foreign_tables"):
            refuse_foreign_tables(connection)
        try:
            context.run_migrations()
        except CommandError as error:
            if "Can't locate revision" not in str(error):
                raise
            raise CommandError(
                f"{error}: the database is at that revision, which migrations/versions lacks. Bring"
                " its file back, or run the command on another database"
            ) from None


if connection := context.config.attributes.get("connection"):
    run_migrations_online(connection)
else:
    # On the command line.
    for name in "alembic.runtime.migration", "alembic.autogenerate":
        logging.getLogger(name).addHandler(logging.StreamHandler())
        logging.getLogger(name).setLevel("INFO")
    try:
        settings = Settings()
    except ValidationError as error:
        raise CommandError(str(error)) from None
    if context.is_offline_mode():
        run_migrations(None, settings.database_url)
    else:
        engine = make_engine(settings)
        with engine.connect() as connection:
            run_migrations_online(connection)
        engine.dispose()
