{% from 'template/facts.jinja' import sa with context %}
"""The engine for MySQL. Importing this module, or making an engine, connects to nothing."""

{% if execution == 'async' %}
import asyncio
{% endif %}
import ssl
from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from typing import Any

{% if execution == 'async' %}
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
{% endif %}
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from .config import Settings

# Seconds after the time limit of a statement in which the server says that it has ended it.
_GRACE = 2
{% if execution == 'async' %}
# The event loop does not keep a task alive by itself.
_tasks: set[asyncio.Task[None]] = set()
{% endif %}


def make_engine(settings: Settings) -> {{ sa.Engine }}:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    lock_timeout = ceil(settings.database_timeout)
    statement_timeout = settings.database_statement_timeout
    # Nothing is left to the defaults of the server. Only MariaDB reads the comment with M!, only
    # MySQL the other.
    session = (
        f"SET SESSION innodb_lock_wait_timeout = {lock_timeout}, lock_wait_timeout = {lock_timeout}"
        ", collation_connection = utf8mb4_bin, time_zone = '+00:00', sql_mode = 'TRADITIONAL'"
        f" /*M! , max_statement_time = {statement_timeout} */"
        f" /*M! , idle_transaction_timeout = {ceil(statement_timeout)} */"
        f" /*!80000 , max_execution_time = {ceil(statement_timeout * 1000)} */"
    )
    url = settings.database_url
    engine = {{ sa.create_engine }}(
        url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        hide_parameters=not settings.database_echo,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_timeout,
        # A connection that the server, or a firewall, has closed is replaced before it is used.
        pool_pre_ping=True,
    )

    dialect: Any = engine.dialect

    @event.listens_for({{ sa.sync_engine }}, "do_connect")
    def fill_in(
        _dialect: object, _entry: object, _arguments: object, parameters: dict[str, Any]
    ) -> None:
        # What the URL says comes first.
        parameters.setdefault("charset", "utf8mb4")
        parameters.setdefault("connect_timeout", lock_timeout)
        # At first for the answers of the server while it connects, see set_up.
        parameters.setdefault("read_timeout", parameters["connect_timeout"])
        parameters["ssl"] = _encryption(url.query)
{% if execution == 'sync' %}
        parameters["ssl_disabled"] = parameters.pop("ssl_mode", None) == "DISABLED"
{% else %}
        parameters.pop("ssl_mode", None)
{% endif %}

    @event.listens_for({{ sa.sync_engine }}, "connect")
    def set_up(connection: DBAPIConnection, _entry: object) -> None:
        if "read_timeout" not in url.query:
            driver_connection = dialect.get_driver_connection(connection)
            driver_connection._read_timeout = ceil(statement_timeout) + _GRACE
        _execute(connection, session)
        if "init_command" in url.query:
            _execute(connection, str(url.query["init_command"]))

    @event.listens_for({{ sa.sync_engine }}, "invalidate")
    def end_statement(connection: DBAPIConnection, _entry: object, error: object) -> None:
        # The server goes on with a statement that was cancelled, and keeps its locks.
        if isinstance(error, BaseException) and not isinstance(error, Exception):
            thread_id = dialect.get_driver_connection(connection).thread_id()
{% if execution == 'async' %}
            task = asyncio.get_running_loop().create_task(_kill(settings, thread_id))
            _tasks.add(task)
            task.add_done_callback(_tasks.discard)
{% else %}
            _kill(settings, thread_id)
{% endif %}

    event.listen({{ sa.sync_engine }}, "begin", _begin)
    event.listen({{ sa.sync_engine }}, "begin_twophase", _begin)
    event.listen({{ sa.sync_engine }}, "reset", _allow_writing)
    return engine


def read_only(engine: {{ sa.Engine }}) -> {{ sa.Engine }}:
    """Return the same engine for work that only reads: writing raises a `DBAPIError`."""
    return engine.execution_options(read_only=True)


{{ sa.async }}def ping(engine: {{ sa.Engine }}) -> None:
    """Ask the server for an answer, as a health check does; raise a `DBAPIError` without one."""
    {{ sa.async }}with engine.connect() as connection:
        {{ sa.await }}connection.exec_driver_sql("SELECT 1")


def _execute(connection: DBAPIConnection, statement: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()


{{ sa.async }}def _kill(settings: Settings, thread_id: int) -> None:
    engine = make_engine(settings)  # the pool of the other one may have no free connection
{% if execution == 'async' %}
    with suppress(DBAPIError):
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f"KILL {thread_id}")
{% else %}
    with suppress(DBAPIError), engine.connect() as connection:
        connection.exec_driver_sql(f"KILL {thread_id}")
{% endif %}
    {{ sa.await }}engine.dispose()


def _encryption(parameters: Mapping[str, Any]) -> ssl.SSLContext | None:
    # https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode
    authority = parameters.get("ssl_ca")
    default = "VERIFY_IDENTITY" if authority else "REQUIRED" if "ssl" in parameters else "DISABLED"
    mode = parameters.get("ssl_mode", default)
    if mode == "DISABLED":
        return None
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = mode == "VERIFY_IDENTITY"
    if not mode.startswith("VERIFY"):
        context.verify_mode = ssl.CERT_NONE
    if "ssl_cert" in parameters:
        context.load_cert_chain(parameters["ssl_cert"], parameters.get("ssl_key"))
    return context


def _begin(connection: Connection, _xid: object = None) -> None:
    # Not when a connection is lent: it may be lost and replaced before it is given back. Not the
    # transaction alone: a change of a table would end it, and let what follows write.
    lent = connection.connection
    if connection.get_execution_options().get("read_only") and not lent.info.get("read_only"):
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        lent.info["read_only"] = True


def _allow_writing(
    connection: DBAPIConnection, entry: ConnectionPoolEntry, reset: PoolResetState
) -> None:
    # A detached connection has no entry, and is closed.
    lent = entry and entry.info.pop("read_only", False)
    if lent and reset.asyncio_safe and not reset.terminate_only:
        _execute(connection, "SET SESSION TRANSACTION READ WRITE")
