{% from 'template/facts.jinja' import sa with context %}
"""The engine for MySQL. Importing this module, or making an engine, connects to nothing."""

{% if execution == 'async' %}
import asyncio
{% endif %}
import ssl
from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from time import monotonic
from typing import Any

{% if execution == 'async' %}
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
{% endif %}
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from .config import Settings

# Seconds that the client waits after a statement timeout for the server to report it.
_GRACE = 2
# Idle seconds after which a connection is pinged before the pool hands it out.
_IDLE = 0.5
{% if execution == 'async' %}
# The event loop does not keep a task alive by itself.
_tasks: set[asyncio.Task[None]] = set()
{% endif %}


def make_engine(settings: Settings) -> {{ sa.Engine }}:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    lock_timeout = ceil(settings.database_timeout)
    statement_timeout = settings.database_statement_timeout
    url = settings.database_url
    mode = "" if "sql_mode" in url.query else ", sql_mode = 'TRADITIONAL'"
    # Do not rely on the server's defaults. Only MariaDB runs the comments with M!, only MySQL the
    # other one.
    session = (
        f"SET SESSION innodb_lock_wait_timeout = {lock_timeout}, lock_wait_timeout = {lock_timeout}"
        f", collation_connection = utf8mb4_bin, time_zone = '+00:00'{mode}"
        f" /*M! , max_statement_time = {statement_timeout} */"
        f" /*M! , idle_transaction_timeout = {ceil(statement_timeout)} */"
        f" /*!80000 , max_execution_time = {ceil(statement_timeout * 1000)} */"
    )
    engine = {{ sa.create_engine }}(
        url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        hide_parameters=not settings.database_echo,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_timeout,
    )
    _ping_when_idle(engine)
    dialect: Any = engine.dialect

    @event.listens_for({{ sa.sync_engine }}, "do_connect")
    def fill_in(
        _dialect: object, _entry: object, _arguments: object, parameters: dict[str, Any]
    ) -> None:
        # Parameters of the URL take precedence.
        parameters.setdefault("charset", "utf8mb4")
        parameters.setdefault("connect_timeout", lock_timeout)
        # For the time of connecting; set_up changes it.
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
        # The server does not notice that a statement was cancelled, and would keep its locks.
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


{% include 'template/variants/database/server/engine.py' %}


def _execute(connection: DBAPIConnection, statement: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()


{{ sa.async }}def _kill(settings: Settings, thread_id: int) -> None:
    engine = make_engine(settings)  # the pool of the first engine may have no free connection
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
    # Not at checkout: the connection may be lost and replaced before it is checked in. Not for one
    # transaction: DDL would end it, and the statements after it could write.
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
