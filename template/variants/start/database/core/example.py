{% from 'template/facts.jinja' import sa with context %}
{% set module = 'sqlalchemy' if execution == 'sync' else 'sqlalchemy.ext.asyncio' %}
EXAMPLE = {
    QUERIES: '''"""Every query. The caller passes the connection, and commits."""
import datetime, decimal, uuid
from collections.abc import Sequence
from typing import Any
from sqlalchemy import Row, select
from {{ module }} import {{ sa.Connection }}
from .tables import {table}, {parent}

{{ sa.async }}def get_{name}(connection: {{ sa.Connection }}, key: {kind}) -> Row[*tuple[Any, ...]] | None:
    """Return the row with this key."""
    rows = {{ sa.await }}connection.execute(select({table}).where({table}.c.{key} == key))
    return rows.one_or_none()

{% if execution == 'sync' %}
def list_{table}(connection: Connection, limit: int = 100) -> Sequence[Row[*tuple[Any, ...]]]:
{% else %}
async def list_{table}(
    connection: AsyncConnection, limit: int = 100
) -> Sequence[Row[*tuple[Any, ...]]]:
{% endif %}
    """Return the first rows by key, each with its row of `{parent}`."""
    condition = {table}.c.{child} == {parent}.c.{reference}
    statement = select({table}, {parent}).join_from({table}, {parent}, condition)
    rows = {{ sa.await }}connection.execute(statement.order_by({table}.c.{key}).limit(limit))
    return rows.all()
''',
    TESTS: """import datetime, decimal, uuid
from sqlalchemy import insert
from {{ module }} import {{ sa.Connection }}
from {{ package_name }} import queries, tables

{{ sa.async }}def test_queries_of_{table}(connection: {{ sa.Connection }}) -> None:
    {rows}
    assert {{ sa.await }}queries.get_{name}(connection, {value}) is not None
    assert len({{ sa.await }}queries.list_{table}(connection)) == 1
""",
}
