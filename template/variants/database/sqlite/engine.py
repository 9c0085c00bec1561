{% from 'template/facts.jinja' import sa with context %}
"""The engine for SQLite. Importing this module, or making an engine, connects to nothing."""

from contextlib import suppress
from sqlite3 import OperationalError
from typing import Any, cast

{% if execution == 'async' %}
from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor, ExecutionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor, ExecutionContext
{% endif %}
from sqlalchemy.pool import ConnectionPoolEntry

from .config import Settings


def make_engine(settings: Settings) -> {{ sa.Engine }}:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    in_memory = settings.database_url.database in {None, "", ":memory:"}
    engine = {{ sa.create_engine }}(
        settings.database_url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        connect_args={"timeout": settings.database_timeout, "check_same_thread": False},
        poolclass={{ sa.QueuePool }},
        pool_timeout=settings.database_timeout,
        # Every connection to :memory: is a database of its own, so {{ sa.threads }} take turns with one.
        pool_size=1 if in_memory else 5,
        max_overflow=0 if in_memory else 10,
    )
    event.listen({{ sa.sync_engine }}, "connect", _set_up_connection)
    # Unlike those of connections, these events of the dialect cost next to nothing.
    for execute in "do_execute", "do_executemany", "do_execute_no_params":
        event.listen({{ sa.sync_engine }}, execute, _begin)
    return engine


def read_only(engine: {{ sa.Engine }}) -> {{ sa.Engine }}:
    """Return the same engine for work that only reads; on a file it does not wait for a writer.

    A transaction sees the database as it was at its first query. Writing is an `OperationalError`.
    """
    return engine.execution_options(sqlite_readonly=True)


def _set_up_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # Readers go on beside a writer. Where the file is locked, another process is setting this mode.
    with suppress(OperationalError):
        cursor.execute("PRAGMA journal_mode = WAL")
    # A commit outlives a crash of the process; a loss of power may undo the last ones, no more.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin(cursor: DBAPICursor, *arguments: object) -> None:
    # The driver would begin at the first write, when what was read may have become stale. A writer
    # takes the lock before it reads, so that two do not overwrite each other.
    context = cast("ExecutionContext", arguments[-1])  # the last one, whichever event it is
    connection = context.root_connection.connection
    driver_connection: Any = connection.driver_connection
    if not driver_connection.in_transaction:
        readonly = context.execution_options.get("sqlite_readonly", False)
        if readonly != connection.info.get("readonly"):
            cursor.execute(f"PRAGMA query_only = {readonly}")
            connection.info["readonly"] = readonly
        if driver_connection.isolation_level is not None:  # None is AUTOCOMMIT
            cursor.execute("BEGIN DEFERRED" if readonly else "BEGIN IMMEDIATE")
