{% from 'template/facts.jinja' import sa with context %}
import pytest
{% if execution == 'async' %}
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
{% else %}
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
{% endif %}

from {{ package_name }} import queries


{{ sa.async }}def test_customers(connection: {{ sa.Connection }}) -> None:
    for name in "Grace", "Ada":
        {{ sa.await }}queries.add_customer(connection, name)
    assert {{ sa.await }}queries.list_customers(connection) == ["Ada", "Grace"]
    with pytest.raises(IntegrityError):
        {{ sa.await }}queries.add_customer(connection, "Ada")
