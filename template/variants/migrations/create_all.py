{% from 'template/facts.jinja' import db, schema with context %}
"""The tables of the database."""

from sqlalchemy import Connection, inspect

from .{{ schema.module }} import {{ schema.name }}
{% if db.extension %}

{% include 'template/variants/database/' ~ database ~ '/extensions.py' %}
{% endif %}


class SchemaError(Exception):
    """The tables of the database are not those that this project makes."""


def create_tables(connection: Connection) -> None:
    """Make the missing tables, and commit; do not change existing ones.

    It raises `SchemaError`, and makes nothing, if there are other tables and none of these.
    """
    # One process makes them, the others wait.{{ " Here any statement takes the write lock." if database == 'sqlite' }}
{% if db.migration_lock %}
    connection.exec_driver_sql("{{ db.migration_lock }}")
    _refuse_foreign_tables(connection)
    {{ schema.metadata }}.create_all(connection)
{% else %}
{% include 'template/variants/database/' ~ database ~ '/create_tables.py' %}
{% endif %}
    connection.commit()


def _refuse_foreign_tables(connection: Connection) -> None:
    tables = {{ schema.metadata }}.tables.values()
    own, inspector = {(table.schema, table.name) for table in tables}, inspect(connection)
    schemas = {table.schema for table in tables} & {None, *inspector.get_schema_names()}
    found = {(schema, name) for schema in schemas for name in inspector.get_table_names(schema)}
{% if db.extension %}
    found.difference_update(connection.exec_driver_sql(_OF_EXTENSIONS))
{% endif %}
    if found and not found & own:
        raise SchemaError(
            "the database has tables, but none that {{ schema.module }}.py has: describe them there, or name"
            " another database in DATABASE_URL"
        )
