{% from 'template/facts.jinja' import sa with context %}
"""The engine for PostgreSQL. Importing this module, or making an engine, connects to nothing."""

from math import ceil

{% if execution == 'async' %}
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Engine, create_engine
{% endif %}

from .config import Settings


def make_engine(settings: Settings) -> {{ sa.Engine }}:
    """Return an engine for the database of `settings`; whoever makes it disposes of it."""
    lock_timeout = ceil(settings.database_timeout * 1000)
    statement_timeout = ceil(settings.database_statement_timeout * 1000)
    return {{ sa.create_engine }}(
        settings.database_url,
        isolation_level=settings.database_isolation_level,
        echo=settings.database_echo,
        pool_timeout=settings.database_timeout,
        # A connection that the server, or a firewall, has closed is replaced before it is used.
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
{% if execution == 'async' and driver == 'asyncpg' %}
            "timeout": ceil(settings.database_timeout),
            "server_settings": {
                "application_name": "{{ package_name }}",
                "lock_timeout": str(lock_timeout),
                "statement_timeout": str(statement_timeout),
            },
{% else %}
            "application_name": "{{ package_name }}",
            "connect_timeout": ceil(settings.database_timeout),
            "options": f"-c lock_timeout={lock_timeout} -c statement_timeout={statement_timeout}",
{% endif %}
        },
    )


def read_only(engine: {{ sa.Engine }}) -> {{ sa.Engine }}:
    """Return the same engine for work that only reads: writing raises a `DBAPIError`."""
    return engine.execution_options(postgresql_readonly=True)
