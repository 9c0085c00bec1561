{% from 'template/facts.jinja' import db, sa, sql_driver with context %}
def read_only(engine: {{ sa.Engine }}) -> {{ sa.Engine }}:
    """Return the same engine for work that only reads: writing raises a `DBAPIError`."""
    return engine.execution_options(read_only=True)


def make_replica_engine(settings: Settings, primary: {{ sa.Engine }}) -> {{ sa.Engine }}:
    """Return an engine for reads that may be stale: on the replica, or on `primary` without one."""
    url = settings.database_replica_url
    if url is None:
        return read_only(primary)
{% if db.standby_isolation_level %}
    changes: dict[str, Any] = {"database_url": url}
    if settings.database_isolation_level == "SERIALIZABLE":
        changes["database_isolation_level"] = "{{ db.standby_isolation_level }}"  # a standby has nothing stricter
    return read_only(make_engine(settings.model_copy(update=changes)))
{% else %}
    return read_only(make_engine(settings.model_copy(update={"database_url": url})))
{% endif %}


{{ sa.async }}def ping(engine: {{ sa.Engine }}) -> None:
    """Run a query, for a health check; raise a `DBAPIError` or `TimeoutError` if it fails."""
    {{ sa.async }}with engine.connect() as connection:
        {{ sa.await }}connection.exec_driver_sql("SELECT 1")


def _ping_when_idle(engine: {{ sa.Engine }}) -> None:
    # A connection that the server, or a firewall, has closed is replaced before it is used.
    # `pool_pre_ping` would take a round trip before each transaction.
    @event.listens_for({{ sa.sync_engine }}, "checkin")
    def note_time(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["idle_since"] = monotonic()

    @event.listens_for({{ sa.sync_engine }}, "checkout")
    def ping(connection: DBAPIConnection, entry: ConnectionPoolEntry, _lent: object) -> None:
        if monotonic() - entry.info.get("idle_since", monotonic()) > _IDLE:
            try:
                engine.dialect.do_ping(connection)
            except {{ '(OSError, engine.dialect.loaded_dbapi.Error)' if sql_driver == 'asyncpg' else 'engine.dialect.loaded_dbapi.Error' }} as error:
                raise InvalidatePoolError from error
