"""The engine for SQLite. Importing this module, or making an engine, connects to nothing."""

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from .config import Settings


def make_engine(settings: Settings) -> Engine:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    engine = create_engine(
        settings.database_url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        connect_args={"timeout": settings.database_timeout, "check_same_thread": False},
        # Every connection to :memory: is a database of its own, so threads take turns with one.
        **(
            {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
            if settings.database_url.database in {None, "", ":memory:"}
            else {}
        ),
    )
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "begin", _begin)
    return engine


def read_only(engine: Engine) -> Engine:
    """Return the same engine for work that only reads, which never waits for a writer.

    A transaction sees the database as it was at its first query. Writing raises
    `sqlalchemy.exc.OperationalError`.
    """
    return engine.execution_options(sqlite_readonly=True)


def _set_up_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # Readers go on while a writer commits. A commit outlives a crash of the process; after a loss
    # of power the last ones may be gone, but the file is whole.
    cursor.execute("PRAGMA journal_mode = WAL")
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
    connection.exec_driver_sql("BEGIN DEFERRED" if readonly else "BEGIN IMMEDIATE")
