{% from 'template/facts.jinja' import schema with context %}
{% set online = 'run_migrations_online' if database == 'sqlite' else 'run_migrations' %}
"""The migration environment: Alembic runs this file for every command that needs the schema."""

import logging
from typing import Literal

from alembic import context
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy import URL, Connection

from {{ package_name }}.column_types import UtcDateTime
from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.{{ schema.module }} import {{ schema.name }}


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write what is stored: a type of the application may change, a revision may not."""
    return kind == "type" and isinstance(item, UtcDateTime) and "sa.DateTime(timezone=True)"


def run_migrations(connection: Connection | None, url: URL | None = None) -> None:
    """Run the migrations in one transaction; without a connection, write them as SQL."""
    context.configure(
        connection,
        url,
        target_metadata={{ schema.metadata }},
        render_item=render_item,
        # By default Alembic overlooks changes of CHECK constraints and of server defaults.
        autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        compare_server_default=True,
{% if database == 'sqlite' %}
        render_as_batch=True,
        transactional_ddl=True,
{% endif %}
        literal_binds=connection is None,
        # A driver's own paramstyle may double percent signs.
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()
{% if database == 'sqlite' %}
        if connection and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise CommandError("a row would refer to one that is not there")


def run_migrations_online(connection: Connection) -> None:
    """Run the migrations with foreign keys off: batch mode drops a table to make it anew."""
    if connection.in_transaction():
        raise CommandError("foreign keys cannot be turned off inside a transaction")
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        run_migrations(connection)
    finally:
        cursor.execute("PRAGMA foreign_keys = ON")
{% endif %}


if connection := context.config.attributes.get("connection"):
    {{ online }}(connection)
else:
    # On the command line.
    for name in "alembic.runtime.migration", "alembic.autogenerate":
        logging.getLogger(name).addHandler(logging.StreamHandler())
        logging.getLogger(name).setLevel("INFO")
    try:
        settings = Settings()
    except ValidationError as error:
        raise CommandError(str(error)) from None
    if context.is_offline_mode():
        run_migrations(None, settings.database_url)
    else:
        engine = make_engine(settings)
        with engine.connect() as connection:
            {{ online }}(connection)
        engine.dispose()
