{% from 'template/facts.jinja' import sa with context %}
"""Every query of the application. The caller begins the transaction, and commits."""

from collections.abc import Sequence

{% if execution == 'async' %}
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
{% else %}
from sqlalchemy import Connection, insert, select
{% endif %}

from .tables import customers


{{ sa.async }}def add_customer(connection: {{ sa.Connection }}, name: str) -> None:
    """Add a customer; a name that already exists raises `sqlalchemy.exc.IntegrityError`."""
    {{ sa.await }}connection.execute(insert(customers).values(name=name))


{{ sa.async }}def list_customers(connection: {{ sa.Connection }}) -> Sequence[str]:
    """Return the names of all customers in order."""
    statement = select(customers.c.name).order_by(customers.c.name)
{% if execution == 'async' %}
    return (await connection.scalars(statement)).all()
{% else %}
    return connection.scalars(statement).all()
{% endif %}
