{% from 'template/facts.jinja' import sa with context %}
"""The engine for MySQL. Importing this module, or making an engine, connects to nothing."""

from math import ceil

{% if execution == 'async' %}
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Connection, Engine, create_engine, event
{% endif %}

from .config import Settings


def make_engine(settings: Settings) -> {{ sa.Engine }}:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    lock_timeout = int(settings.database_timeout)
    statement_timeout = settings.database_statement_timeout
    engine = {{ sa.create_engine }}(
        settings.database_url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        pool_timeout=settings.database_timeout,
        # A connection that the server, or a firewall, has closed is replaced before it is used.
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "charset": "utf8mb4",
            "connect_timeout": ceil(settings.database_timeout),
            # Only MariaDB reads the comment with M!, only MySQL the other.
            "init_command": f"SET SESSION innodb_lock_wait_timeout = {lock_timeout}"
            f" /*M! , max_statement_time = {statement_timeout} */"
            f" /*!80000 , max_execution_time = {ceil(statement_timeout * 1000)} */",
        },
    )
    event.listen({{ sa.sync_engine }}, "begin", _begin)
    return engine


def read_only(engine: {{ sa.Engine }}) -> {{ sa.Engine }}:
    """Return the same engine for work that only reads: writing raises a `DBAPIError`."""
    return engine.execution_options(mysql_readonly=True)


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("mysql_readonly"):
        connection.exec_driver_sql("START TRANSACTION READ ONLY")
