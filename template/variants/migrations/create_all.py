{% from 'template/facts.jinja' import db, schema with context %}
"""The tables of the database."""

from sqlalchemy import Connection

from .{{ schema.module }} import {{ schema.name }}


def create_tables(connection: Connection) -> None:
    """Make the tables that are missing; one that is there stays as it is."""
    # One process at a time: the others find the tables made.{{ " Here any statement locks." if database == 'sqlite' }}
{% if database == 'mysql' %}
    name = "md5(concat('tables of ', database()))"
    connection.exec_driver_sql(f"SELECT get_lock({name}, @@lock_wait_timeout)")
    try:
        {{ schema.metadata }}.create_all(connection)
    finally:
        connection.exec_driver_sql(f"SELECT release_lock({name})")
{% else %}
    connection.exec_driver_sql("{{ db.migration_lock }}")
    {{ schema.metadata }}.create_all(connection)
{% endif %}
    connection.commit()
