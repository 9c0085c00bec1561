{% from 'template/facts.jinja' import schema with context %}
"""The tables of the database."""

from sqlalchemy import Connection

from .{{ schema.module }} import {{ schema.name }}


def create_tables(connection: Connection) -> None:
    """Make the tables that are missing; one that is there stays as it is."""
    {{ schema.metadata }}.create_all(connection)
    connection.commit()
