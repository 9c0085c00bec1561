{% from 'template/facts.jinja' import sa with context %}
import pytest
from sqlalchemy.exc import IntegrityError
from {{ sa.session_module }} import {{ sa.Session }}

from {{ package_name }} import queries


{{ sa.async }}def test_customers(session: {{ sa.Session }}) -> None:
    for name in "Grace", "Ada":
        {{ sa.await }}queries.add_customer(session, name)
    customers = {{ sa.await }}queries.list_customers(session)
    assert [customer.name for customer in customers] == ["Ada", "Grace"]
    with pytest.raises(IntegrityError):
        {{ sa.await }}queries.add_customer(session, "Ada")
