"""The engine for SQLite. Importing this module, or making an engine, connects to nothing."""

from contextlib import suppress
from sqlite3 import OperationalError

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from .config import Settings


def make_engine(settings: Settings) -> Engine:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    in_memory = settings.database_url.database in {None, "", ":memory:"}
    engine = create_engine(
        settings.database_url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        connect_args={"timeout": settings.database_timeout, "check_same_thread": False},
        poolclass=QueuePool,
        pool_timeout=settings.database_timeout,
        # Every connection to :memory: is a database of its own, so threads take turns with one.
        pool_size=1 if in_memory else 5,
        max_overflow=0 if in_memory else 10,
    )
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "begin", _begin)
    return engine


def read_only(engine: Engine) -> Engine:
    """Return the same engine for work that only reads; on a file it does not wait for a writer.

    A transaction sees the database as it was at its first query. Writing raises
    `sqlalchemy.exc.OperationalError`.
    """
    return engine.execution_options(sqlite_readonly=True)


def _set_up_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # Readers go on while a writer commits. The file keeps this mode: where it is locked, another
    # process is setting it right now, and SQLite does not wait for that.
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
