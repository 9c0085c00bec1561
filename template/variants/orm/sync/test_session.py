{% from 'template/facts.jinja' import unit_of_work with context %}
{% if session == 'scoped_session' %}
from concurrent.futures import ThreadPoolExecutor

{% endif %}
import pytest
from sqlalchemy import {{ 'Engine, ' if session == 'scoped_session' }}inspect, select
from sqlalchemy.orm import Session, {{ session }}

from {{ package_name }}.models import Author
{% if session == 'scoped_session' %}
from {{ package_name }}.session import make_session_factory, session_scope
{% endif %}


@pytest.mark.parametrize("run", [1, 2])
def test_tests_are_apart(make_session: {{ session }}[Session], run: int) -> None:
    with {{ unit_of_work[session] % 'make_session' }} as session:
        session.add(Author(name="Lem"))
    with make_session() as session:
        session.add(Author(name=f"Nobody {run}"))
        session.flush()
        session.rollback()
        assert session.scalars(select(Author.name)).all() == ["Lem"]


def test_states_of_an_object(make_session: {{ session }}[Session]) -> None:
    author = Author(name="Lem")
    with {{ unit_of_work[session] % 'make_session' }} as session:
        session.add(author)
        assert inspect(author).pending
        session.flush()
        assert inspect(author).persistent
        session.expire(author)
        assert inspect(author).expired
        assert author.name == "Lem"
    assert inspect(author).detached
    assert author.name == "Lem", "what was loaded outlives the session"
{% if session == 'scoped_session' %}


def test_a_thread_keeps_its_session_until_it_is_removed(own_engine: Engine) -> None:
    make_session = make_session_factory(own_engine)
    with ThreadPoolExecutor(1) as thread, session_scope(make_session) as session:
        other = thread.submit(make_session).result()
        assert thread.submit(make_session).result() is other
        assert make_session() is session is not other
        thread.submit(make_session.remove).result()
        assert not thread.submit(make_session.registry.has).result()
        with pytest.raises(RuntimeError, match="has a session"):
            session_scope(make_session).__enter__()
    with pytest.raises(ZeroDivisionError), session_scope(make_session):
        raise ZeroDivisionError
    assert not make_session.registry.has()
{% endif %}
