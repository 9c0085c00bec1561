"""The engine for SQLite. Importing this module, or making an engine, connects to nothing."""

import re
from contextlib import suppress
from functools import partial
from sqlite3 import Connection, OperationalError
from time import monotonic
from typing import Any, cast

from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor, ExecutionContext
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from .config import Settings

# No transaction begins before these, even after a comment: SQLite refuses or ignores some in one.
_ALONE = re.compile(r"(?is)(\s|--.*?\n|/\*.*?\*/)*(PRAGMA|VACUUM|ATTACH|DETACH|BEGIN)\b")


def make_engine(settings: Settings) -> Engine:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    url = settings.database_url
    # Each connection in memory is to a database of its own, so threads use one in turn.
    name = url.database or ":memory:"
    in_memory = name == "file:" or ":memory:" in name or url.query.get("mode") == "memory"
    timeout = float(str(url.query.get("timeout", settings.database_timeout)))
    engine = create_engine(
        url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        hide_parameters=not settings.database_echo,
        connect_args={"check_same_thread": False, "timeout": timeout},
        poolclass=QueuePool,
        pool_size=1 if in_memory else settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_timeout,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "reset", _allow_writing)
    event.listen(engine, "invalidate", _unlock)
    begin = partial(_begin, int(timeout * 1000))
    # These events of the dialect cost almost nothing, unlike events of connections.
    for execute in "do_execute", "do_executemany", "do_execute_no_params":
        event.listen(engine, execute, begin)
    return engine


def read_only(engine: Engine) -> Engine:
    """Return the same engine for work that only reads; on a file it does not wait for a writer.

    A transaction sees the database as it was at its first query. Writing is an `OperationalError`.
    """
    return engine.execution_options(read_only=True)


def ping(engine: Engine) -> None:
    """Run a query, for a health check; raise a `DBAPIError` if it fails."""
    with read_only(engine).connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")


def _set_up(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
    if entry.record_info is not None:
        entry.record_info.update(read_only=False, has_log=False)


def _begin(timeout: int, cursor: DBAPICursor, statement: str, *arguments: object) -> None:
    # The driver would begin at the first write, when rows read earlier may be stale. A writer here
    # takes the write lock before it reads, which prevents lost updates.
    context = cast("ExecutionContext", arguments[-1])
    connection: Any = context.root_connection.connection
    driver_connection = context.dialect.get_driver_connection(connection.dbapi_connection)
    # A connection that was detached from the pool has no state: set it up for each statement.
    state: dict[str, Any] = connection.record_info or {"read_only": None}
    reads = context.execution_options.get("read_only", False)
    # A SELECT never writes, so most readers need no PRAGMA.
    read_only = reads and not statement.startswith("SELECT")
    if read_only != state["read_only"]:
        cursor.execute(f"PRAGMA query_only = {read_only}")
        state["read_only"] = read_only
    if driver_connection.in_transaction:
        return
    if not reads and not state.get("has_log"):
        state["has_log"] = _use_write_ahead_log(cursor, timeout)
    if driver_connection.isolation_level is None:
        return  # that is AUTOCOMMIT
    alone = _ALONE.match(statement)
    # Outside of a transaction, a PRAGMA of a reader could change a setting of the file.
    if reads and (not alone or alone[2].upper() == "PRAGMA"):
        cursor.execute("BEGIN DEFERRED")
    elif not alone:
        _lock(driver_connection, cursor, timeout)


def _lock(connection: Connection, cursor: DBAPICursor, timeout: int) -> None:
    # SQLite pauses between its tries, in the end for 100 milliseconds, and so misses the moments
    # between the transactions of a busy writer. Begun anew, it tries every few milliseconds.
    begin = f"PRAGMA busy_timeout = 5; BEGIN IMMEDIATE; PRAGMA busy_timeout = {timeout}"
    end = monotonic() + timeout / 1000
    while not connection.in_transaction:
        try:
            connection.executescript(begin)
        except OperationalError as error:
            if monotonic() >= end or not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                cursor.execute(f"PRAGMA busy_timeout = {timeout}")
                raise


def _use_write_ahead_log(cursor: DBAPICursor, timeout: int) -> bool:
    # In WAL mode readers and a writer do not block each other. While others use the file, this
    # fails without waiting for them, and the next transaction tries again.
    mode = ""
    cursor.execute("PRAGMA busy_timeout = 0")
    with suppress(OperationalError):
        cursor.execute("PRAGMA journal_mode = WAL")
        [(mode,)] = cursor.fetchall()
    cursor.execute(f"PRAGMA busy_timeout = {timeout}")
    if mode == "wal":
        # Commits survive a crash of the process; a power failure may undo only the last ones.
        cursor.execute("PRAGMA synchronous = NORMAL")
    return bool(mode)


def _allow_writing(
    connection: DBAPIConnection, entry: ConnectionPoolEntry, reset: PoolResetState
) -> None:
    # Code that uses the driver's connection directly must not find it read-only.
    state = entry.record_info if entry else None  # a detached connection has no entry
    if state and state["read_only"] and reset.asyncio_safe and not reset.terminate_only:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only = False")
        cursor.close()
        state["read_only"] = False


def _unlock(connection: DBAPIConnection, _entry: object, _error: object) -> None:
    # A traceback may refer to a cursor, which keeps a closed connection and its lock alive.
    with suppress(Exception):
        connection.rollback()
