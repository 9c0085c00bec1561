{% from 'template/facts.jinja' import db, schema with context %}
"""The tables of the database."""

from sqlalchemy import Connection, inspect

from .{{ schema.module }} import {{ schema.name }}
{% if database == 'postgresql' %}

# Tables that came with an extension, such as PostGIS, by schema: None is the default one.
_OF_EXTENSIONS = """
    SELECT nullif(nspname, current_schema()), relname
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_depend ON objid = pg_class.oid
    WHERE classid = 'pg_class'::regclass AND deptype = 'e'
"""
{% endif %}


class SchemaError(Exception):
    """The tables of the database are not those that this project makes."""


def create_tables(connection: Connection) -> None:
    """Make the missing tables; do not change existing ones.

    It raises `SchemaError`, and makes nothing, if there are other tables and none of these.
    """
    # One process makes them, the others wait.{{ " Here any statement takes the write lock." if database == 'sqlite' }}
{% if database == 'mysql' %}
    name = "md5(concat('tables of ', database()))"
    connection.exec_driver_sql(f"SELECT get_lock({name}, @@lock_wait_timeout)")
    try:
        _refuse_foreign_tables(connection)
        {{ schema.metadata }}.create_all(connection)
    finally:
        connection.exec_driver_sql(f"SELECT release_lock({name})")
{% else %}
    connection.exec_driver_sql("{{ db.migration_lock }}")
    _refuse_foreign_tables(connection)
    {{ schema.metadata }}.create_all(connection)
{% endif %}
    connection.commit()


def _refuse_foreign_tables(connection: Connection) -> None:
    tables = {{ schema.metadata }}.tables.values()
    own, inspector = {(table.schema, table.name) for table in tables}, inspect(connection)
    schemas = {table.schema for table in tables} & {None, *inspector.get_schema_names()}
    found = {(schema, name) for schema in schemas for name in inspector.get_table_names(schema)}
{% if database == 'postgresql' %}
    found.difference_update(connection.exec_driver_sql(_OF_EXTENSIONS))
{% endif %}
    if found and not found & own:
        raise SchemaError(
            "the database has tables, but none that {{ schema.module }}.py has: describe them there, or name"
            " another database in DATABASE_URL"
        )
