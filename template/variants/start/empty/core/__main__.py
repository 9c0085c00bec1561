{% from 'template/facts.jinja' import sa with context %}
"""Add a customer, and print all: `uv run python -m {{ package_name }} NAME`."""

{% if execution == 'async' %}
import asyncio
{% endif %}
import sys

from . import queries
from .config import Settings
from .engine import make_engine, read_only
from .retry import run_in_transaction
{% if not migrations %}
from .schema import SchemaError, create_tables
{% endif %}


{{ sa.async }}def main(name: str) -> None:
    """Write in one transaction, and read in another."""
    engine = make_engine(Settings())
{% if not migrations %}
    try:
        {{ sa.async }}with engine.connect() as connection:
            {{ 'await connection.run_sync(create_tables)' if execution == 'async' else 'create_tables(connection)' }}
    except SchemaError as error:
        {{ sa.await }}engine.dispose()
        sys.exit(str(error))
{% endif %}
    begin = engine.begin
    {{ sa.await }}run_in_transaction(begin, lambda connection: queries.add_customer(connection, name))

    {{ sa.async }}with read_only(engine).connect() as connection:
        for customer in {{ sa.await }}queries.list_customers(connection):
            print(customer)
    {{ sa.await }}engine.dispose()


if __name__ == "__main__":
    {{ 'asyncio.run(main(sys.argv[1]))' if execution == 'async' else 'main(sys.argv[1])' }}
