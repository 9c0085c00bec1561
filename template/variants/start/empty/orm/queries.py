{% from 'template/facts.jinja' import sa with context %}
"""Every query of the application. The caller begins the transaction, and commits."""

from collections.abc import Sequence

from sqlalchemy import select
from {{ sa.session_module }} import {{ sa.Session }}

from .models import Customer


{{ sa.async }}def add_customer(session: {{ sa.Session }}, name: str) -> Customer:
    """Add a customer; a name that already exists raises `sqlalchemy.exc.IntegrityError`."""
    customer = Customer(name=name)
    session.add(customer)
    {{ sa.await }}session.flush()
    return customer


{{ sa.async }}def list_customers(session: {{ sa.Session }}) -> Sequence[Customer]:
    """Return all customers by name."""
    statement = select(Customer).order_by(Customer.name)
{% if execution == 'async' %}
    return (await session.scalars(statement)).all()
{% else %}
    return session.scalars(statement).all()
{% endif %}
