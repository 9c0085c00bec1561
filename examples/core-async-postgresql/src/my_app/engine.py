"""The engine for PostgreSQL. Importing this module, or making an engine, connects to nothing."""

from contextlib import suppress
from math import ceil
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from .config import Settings

_APPLICATION = "my_app"
# Seconds that the client waits after a statement timeout for the server to report it.
_GRACE = 2
# Idle seconds after which a connection is pinged before the pool hands it out.
_IDLE = 0.5


def make_engine(settings: Settings) -> AsyncEngine:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    engine = create_async_engine(
        settings.database_url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        hide_parameters=not settings.database_echo,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_timeout,
    )
    _ping_when_idle(engine)
    dialect: Any = engine.dialect
    pooled = settings.database_pooler == "transaction"
    limits = _limits(settings)
    longest_wait = settings.database_statement_timeout + _GRACE

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(
        _dialect: object, _entry: object, _arguments: object, parameters: dict[str, Any]
    ) -> object:
        _fill_in(parameters, settings)
        parameters["command_timeout"] = longest_wait
        failure: Exception = TimeoutError()
        for place in _places(parameters):
            try:
                return dialect.connect(**place)
            except (OSError, dialect.loaded_dbapi.Error) as error:
                failure = error
        # The driver raises network errors as OSError, and InternalClientError if no host accepts
        # writes.
        if isinstance(failure, (OSError, dialect.loaded_dbapi.InternalClientError)):
            raise dialect.loaded_dbapi.OperationalError(str(failure) or "timeout") from failure
        raise failure

    # Before SQLAlchemy sets the connection up, which raises an error that is no `DBAPIError`.
    @event.listens_for(engine.sync_engine, "connect", insert=True)
    def check(connection: DBAPIConnection, _entry: object) -> None:
        if dialect.get_driver_connection(connection).is_closed():
            raise dialect.loaded_dbapi.OperationalError("the server closed a new connection")

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: DBAPIConnection, _entry: object) -> None:
        if pooled:
            return  # the connection to the server is shared with other clients of the pooler
        # Ends the statement of a client that is gone. Not every operating system supports this.
        with suppress(dialect.loaded_dbapi.Error):
            connection.cursor().execute("SET client_connection_check_interval = '1s'")
            connection.commit()
        connection.rollback()

    # Not at checkout: the connection may be lost and replaced before it is checked in.
    @event.listens_for(engine.sync_engine, "begin")
    @event.listens_for(engine.sync_engine, "begin_twophase")
    def begin(connection: Connection, _xid: object = None) -> None:
        lent = connection.connection
        if connection.get_execution_options().get("read_only") and lent.dbapi_connection:
            # Only a transaction can be read-only: AUTOCOMMIT has no effect on a reader.
            if dialect.detect_autocommit_setting(lent.dbapi_connection):
                dialect.set_isolation_level(lent.dbapi_connection, dialect.default_isolation_level)
            dialect.set_readonly(lent.dbapi_connection, value=True)
            lent.info["read_only"] = True

    if pooled:
        # A two-phase transaction has to begin before any statement, so it has no timeouts.
        @event.listens_for(engine.sync_engine, "begin")
        def set_limits(connection: Connection) -> None:
            lent = connection.connection.dbapi_connection
            if lent and not dialect.detect_autocommit_setting(lent):
                local = (f"set_config('{name}', '{value}', true)" for name, value in limits.items())
                # Through SQLAlchemy, so that it detects a lost connection.
                connection.exec_driver_sql(f"SELECT {', '.join(local)}")

    @event.listens_for(engine.sync_engine, "reset")
    def allow_writing(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, reset: PoolResetState
    ) -> None:
        # A detached connection has no entry, and is closed.
        lent = entry and entry.info.pop("read_only", False)
        if lent and reset.asyncio_safe and not reset.terminate_only:
            connection.rollback()
            dialect.set_readonly(connection, value=False)

    return engine


def read_only(engine: AsyncEngine) -> AsyncEngine:
    """Return the same engine for work that only reads: writing raises a `DBAPIError`."""
    return engine.execution_options(read_only=True)


def make_replica_engine(settings: Settings, primary: AsyncEngine) -> AsyncEngine:
    """Return an engine for reads that may be stale: on the replica, or on `primary` without one."""
    url = settings.database_replica_url
    if url is None:
        return read_only(primary)
    changes: dict[str, Any] = {"database_url": url}
    if settings.database_isolation_level == "SERIALIZABLE":
        changes["database_isolation_level"] = "REPEATABLE READ"  # a standby has nothing stricter
    return read_only(make_engine(settings.model_copy(update=changes)))


async def ping(engine: AsyncEngine) -> None:
    """Run a query, for a health check; raise a `DBAPIError` or `TimeoutError` if it fails."""
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")


def _ping_when_idle(engine: AsyncEngine) -> None:
    # A connection that the server, or a firewall, has closed is replaced before it is used.
    # `pool_pre_ping` would take a round trip before each transaction.
    @event.listens_for(engine.sync_engine, "checkin")
    def note_time(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["idle_since"] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def ping(connection: DBAPIConnection, entry: ConnectionPoolEntry, _lent: object) -> None:
        if monotonic() - entry.info.get("idle_since", monotonic()) > _IDLE:
            try:
                engine.dialect.do_ping(connection)
            except (OSError, engine.dialect.loaded_dbapi.Error) as error:
                raise InvalidatePoolError from error


def _places(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    # The driver has one timeout for all hosts: one that does not answer would use it up.
    hosts: str | list[str] = parameters.get("host", "")
    if isinstance(hosts, str) or parameters.get("target_session_attrs") == "prefer-standby":
        return [parameters]
    places = zip(hosts, parameters["port"], strict=True)
    return [parameters | {"host": host, "port": port} for host, port in places]


def _limits(settings: Settings) -> dict[str, int]:
    limits = {
        "lock_timeout": settings.database_timeout,
        "statement_timeout": settings.database_statement_timeout,
        "idle_in_transaction_session_timeout": settings.database_statement_timeout,
    }
    return {name: ceil(seconds * 1000) for name, seconds in limits.items()}


def _fill_in(parameters: dict[str, Any], settings: Settings) -> None:
    server = {"application_name": parameters.pop("application_name", _APPLICATION)}
    if settings.database_pooler == "transaction":
        parameters["statement_cache_size"] = parameters["prepared_statement_cache_size"] = 0
    else:
        # Options of the URL come last, so they take precedence.
        options = [f"-c {name}={value}" for name, value in _limits(settings).items()]
        server["options"] = " ".join([*options, parameters.pop("options", "")])
    parameters["server_settings"] = server
    connect_timeout = parameters.pop("connect_timeout", ceil(settings.database_timeout))
    parameters["timeout"] = float(connect_timeout)
    if "statement_cache_size" in parameters:
        parameters["statement_cache_size"] = int(parameters["statement_cache_size"])
    # The driver accepts these only in a URL.
    tls = [name for name in parameters if name.startswith("ssl")]
    parameters["dsn"] = f"postgresql://?{urlencode({name: parameters.pop(name) for name in tls})}"
