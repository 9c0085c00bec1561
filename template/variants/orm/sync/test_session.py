{# Derived from ../async/test_session.py: change that one, and run `make sync`. #}
{% from 'template/facts.jinja' import unit_of_work with context %}
{% set factory = 'make_session.session_factory' if session == 'scoped_session' else 'make_session' %}
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, {{ session }}

{% if session == 'scoped_session' %}
from {{ package_name }}.session import session_scope

{% endif %}
from .scratch import Note


@pytest.mark.parametrize("run", [1, 2])
def test_tests_are_apart(make_session: {{ session }}[Session], run: int) -> None:
    with {{ unit_of_work[session] % 'make_session' }} as session:
        session.add(Note(text="first"))
    with {{ factory }}() as session:
        session.add(Note(text=f"run {run}"))
        session.flush()
        session.rollback()
        assert session.scalars(select(Note.text)).all() == ["first"]
