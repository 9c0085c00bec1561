{% from 'template/facts.jinja' import sa, sql_driver with context %}
{% set driver_connection = 'AsyncConnection' if execution == 'async' else 'Connection' %}
"""The engine for PostgreSQL. Importing this module, or making an engine, connects to nothing."""

from contextlib import suppress
from math import ceil
from typing import Any
{% if sql_driver == 'asyncpg' %}
from urllib.parse import urlencode
{% endif %}

{% if sql_driver == 'psycopg' %}
import psycopg
from psycopg.abc import RV, PQGen
{% endif %}
{% if execution == 'async' %}
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
{% endif %}
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from .config import Settings

_APPLICATION = "{{ package_name }}"
# Seconds after the time limit of a statement in which the server says that it has ended it.
_GRACE = 2


{% if sql_driver == 'psycopg' %}
class _Connection(psycopg.{{ driver_connection }}[Any]):
    """A connection that is closed when no answer comes in time."""

    longest_wait: float | None = None

    {{ sa.async }}def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return {{ sa.await }}super().wait(gen, interval, timeout or self.longest_wait)
        except psycopg.errors.PipelineAborted:
            raise  # an earlier statement has failed, and the connection is sound
        except psycopg.OperationalError as error:
            if error.sqlstate is None:
                {{ sa.await }}self.close()
            raise


{% endif %}
def make_engine(settings: Settings) -> {{ sa.Engine }}:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    engine = {{ sa.create_engine }}(
        settings.database_url,
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
    longest_wait = settings.database_statement_timeout + _GRACE

    @event.listens_for({{ sa.sync_engine }}, "do_connect")
    def connect(
        _dialect: object, _entry: object, _arguments: object, parameters: dict[str, Any]
    ) -> object:
        _fill_in(parameters, settings)
{% if sql_driver == 'asyncpg' %}
        parameters["command_timeout"] = longest_wait
        try:
            return dialect.connect(**parameters)
        except OSError as error:
            # The driver lets errors of the network through as they are.
            raise dialect.loaded_dbapi.OperationalError(str(error) or "timeout") from error
{% elif execution == 'async' %}
        return dialect.connect(async_creator_fn=_Connection.connect, **parameters)
{% else %}
        return _Connection.connect(**parameters)
{% endif %}

    @event.listens_for({{ sa.sync_engine }}, "connect")
    def set_up(connection: DBAPIConnection, _entry: object) -> None:
{% if sql_driver == 'psycopg' %}
        dialect.get_driver_connection(connection).longest_wait = longest_wait
{% endif %}
        # A client that goes away takes its locks along. Not every system of a server can see that.
        with suppress(dialect.loaded_dbapi.Error):
            _execute(connection, "SET client_connection_check_interval = '1s'")
            connection.commit()
        connection.rollback()

    # Not when a connection is lent: it may be lost and replaced before it is given back.
    @event.listens_for({{ sa.sync_engine }}, "begin")
    @event.listens_for({{ sa.sync_engine }}, "begin_twophase")
    def begin(connection: Connection, _xid: object = None) -> None:
        lent = connection.connection
        if connection.get_execution_options().get("read_only") and lent.dbapi_connection:
            dialect.set_readonly(lent.dbapi_connection, value=True)
            lent.info.setdefault("read_only", False)
            if dialect.detect_autocommit_setting(lent.dbapi_connection):
                _execute(lent.dbapi_connection, "SET default_transaction_read_only = on")
                lent.info["read_only"] = True

    @event.listens_for({{ sa.sync_engine }}, "reset")
    def allow_writing(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, reset: PoolResetState
    ) -> None:
        # A detached connection has no entry, and is closed.
        lent = entry and "read_only" in entry.info
        if lent and reset.asyncio_safe and not reset.terminate_only:
            connection.rollback()
            dialect.set_readonly(connection, value=False)
            if entry.info.pop("read_only"):
                _execute(connection, "SET default_transaction_read_only = off")
                connection.commit()

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


def _fill_in(parameters: dict[str, Any], settings: Settings) -> None:
    # What the URL says comes first, or last in the options, where the last one wins.
    limits = {
        "lock_timeout": settings.database_timeout,
        "statement_timeout": settings.database_statement_timeout,
        "idle_in_transaction_session_timeout": settings.database_statement_timeout,
    }
    options = [f"-c {name}={ceil(seconds * 1000)}" for name, seconds in limits.items()]
    options.append(parameters.pop("options", ""))
{% if sql_driver == 'asyncpg' %}
    parameters["server_settings"] = {
        "application_name": parameters.pop("application_name", _APPLICATION),
        "options": " ".join(options),
    }
    connect_timeout = parameters.pop("connect_timeout", ceil(settings.database_timeout))
    parameters["timeout"] = float(connect_timeout)
    if "statement_cache_size" in parameters:
        parameters["statement_cache_size"] = int(parameters["statement_cache_size"])
    # The driver takes these from a URL alone.
    tls = [name for name in parameters if name.startswith("ssl")]
    parameters["dsn"] = f"postgresql://?{urlencode({name: parameters.pop(name) for name in tls})}"
{% else %}
    parameters["options"] = " ".join(options)
    parameters.setdefault("application_name", _APPLICATION)
    parameters.setdefault("connect_timeout", ceil(settings.database_timeout))
{% endif %}
