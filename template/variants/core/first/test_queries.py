{% from 'template/facts.jinja' import sa with context %}
import pytest
from {{ sa.connection_module }} import {{ sa.Connection }}
from sqlalchemy.exc import IntegrityError

from {{ package_name }} import queries


{{ sa.async }}def test_customers(connection: {{ sa.Connection }}) -> None:
    for name in "Grace", "Ada":
        {{ sa.await }}queries.add_customer(connection, name)
    assert {{ sa.await }}queries.list_customers(connection) == ["Ada", "Grace"]
    with pytest.raises(IntegrityError):
        {{ sa.await }}queries.add_customer(connection, "Ada")
