{% from 'template/facts.jinja' import begin, sa, session_imports, unit_of_work with context %}
"""Add a customer, and print all: `uv run python -m {{ package_name }} NAME`."""

{% if execution == 'async' %}
import asyncio
{% endif %}
import sys
{% if session == 'scoped_session' %}
from functools import partial
{% endif %}

from . import queries
from .config import Settings
from .engine import make_engine, read_only
from .retry import run_in_transaction
{% if not migrations %}
from .schema import SchemaError, create_tables
{% endif %}
from .session import {{ session_imports[session] }}


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
    make_session = make_session_factory(engine)
    begin = {{ begin[session] }}
    {{ sa.await }}run_in_transaction(begin, lambda session: queries.add_customer(session, name))

    make_reader = make_session_factory(read_only(engine))
    {{ sa.async }}with {{ unit_of_work[session] % 'make_reader' }} as session:
        for customer in {{ sa.await }}queries.list_customers(session):
            print(customer.name)
    {{ sa.await }}engine.dispose()


if __name__ == "__main__":
    {{ 'asyncio.run(main(sys.argv[1]))' if execution == 'async' else 'main(sys.argv[1])' }}
