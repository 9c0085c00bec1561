"""The migration environment: Alembic runs this file for every command that needs the schema."""

import asyncio
import logging
import warnings
from collections.abc import Mapping
from typing import Any, Literal

from alembic import context
from alembic.operations.ops import CreateTableOp, DropTableOp, MigrationScript
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy import URL, Connection, inspect

from my_app.column_types import UtcDateTime
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.tables import metadata

# Such a column is compared, except for its type.
warnings.filterwarnings("ignore", "Did not recognize type")
# Partitions belong to their table, and an extension's tables to the extension.
UNMANAGED = """
    SELECT DISTINCT nullif(nspname, current_schema()), relname
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    LEFT JOIN pg_depend ON objid = pg_class.oid AND deptype = 'e'
    WHERE relkind IN ('r', 'p', 'f') AND (relispartition OR objid IS NOT NULL)
"""


def include_name(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """Let autogenerate compare only the schemas of the metadata, without `UNMANAGED` tables."""
    if kind == "schema":
        return name in {None, *(table.schema for table in metadata.tables.values())}
    connection = context.get_bind()
    unmanaged = connection.exec_driver_sql(UNMANAGED).all() if kind == "table" else []
    return (parents["schema_name"], name) not in unmanaged


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
    if dropped and (not heads or len(made) == len(metadata.tables)):
        raise CommandError(
            f"the revision would drop the table {dropped[0]}, which no revision made: describe it"
            " in tables.py, name an empty database in DATABASE_URL, or write a revision that"
            " drops it by hand"
        )


def refuse_foreign_tables(connection: Connection) -> None:
    """Refuse to make tables in a database that has tables which no revision made."""
    if not context.get_context().get_current_heads():
        unmanaged = connection.exec_driver_sql(UNMANAGED).all()
        for table in inspect(connection).get_table_names():
            known = table == context.get_context().version_table
            if not known and (None, table) not in unmanaged:
                raise CommandError(
                    f"the database has the table {table}, which no revision made:"
                    " `uv run alembic upgrade head` makes the tables of the project beside it,"
                    " `uv run alembic stamp head` takes it for one of them;"
                    " or name another database in DATABASE_URL"
                )


def run_migrations(connection: Connection | None, url: URL | None = None) -> None:
    """Run the migrations in one transaction; without a connection, write them as SQL."""
    context.configure(
        connection,
        url,
        target_metadata=metadata,
        render_item=render_item,
        process_revision_directives=keep_tables,
        # By default Alembic overlooks changes of CHECK constraints and of server defaults.
        autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        compare_server_default=True,
        include_schemas=True,
        include_name=include_name,
        literal_binds=connection is None,
        # A driver's own paramstyle may double percent signs.
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        if connection:
            # One process migrates, the others wait.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('migrations'))")
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


async def run_async_migrations(settings: Settings) -> None:
    """Run the migrations on the database of `settings`."""
    engine = make_engine(settings)
    async with engine.connect() as connection:
        await connection.run_sync(run_migrations)
    await engine.dispose()


if connection := context.config.attributes.get("connection"):
    run_migrations(connection)
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
        asyncio.run(run_async_migrations(settings))
