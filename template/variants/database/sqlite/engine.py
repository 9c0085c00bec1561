{% from 'template/facts.jinja' import sa with context %}
"""The engine for SQLite. Importing this module, or making an engine, connects to nothing."""

from contextlib import suppress
from sqlite3 import OperationalError

{% if execution == 'async' %}
from sqlalchemy import AsyncAdaptedQueuePool, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
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
    event.listen({{ sa.sync_engine }}, "begin", _begin)
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


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    readonly = options.get("sqlite_readonly", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {readonly}")
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    # The driver would begin at the first write, when what was read may have become stale. A writer
    # takes the lock before it reads, so that two do not overwrite each other.
    try:
        connection.exec_driver_sql("BEGIN DEFERRED" if readonly else "BEGIN IMMEDIATE")
    except BaseException:
        # SQLAlchemy would take this connection for one that has begun.
        connection.close()
        raise
