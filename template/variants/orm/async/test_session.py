{% from 'template/facts.jinja' import unit_of_work with context %}
{% if session == 'scoped_session' %}
import asyncio

{% endif %}
import pytest
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import {{ 'AsyncEngine, ' if session == 'scoped_session' }}AsyncSession, async_{{ session }}

from {{ package_name }}.models import Author
{% if session == 'scoped_session' %}
from {{ package_name }}.session import make_session_factory, session_scope
{% endif %}


@pytest.mark.parametrize("run", [1, 2])
async def test_tests_are_apart(make_session: async_{{ session }}[AsyncSession], run: int) -> None:
    async with {{ unit_of_work[session] % 'make_session' }} as session:
        session.add(Author(name="Lem"))
    async with make_session() as session:
        session.add(Author(name=f"Nobody {run}"))
        await session.flush()
        await session.rollback()
        assert (await session.scalars(select(Author.name))).all() == ["Lem"]


async def test_states_of_an_object(make_session: async_{{ session }}[AsyncSession]) -> None:
    author = Author(name="Lem")
    async with {{ unit_of_work[session] % 'make_session' }} as session:
        session.add(author)
        assert inspect(author).pending
        await session.flush()
        assert inspect(author).persistent
        session.expire(author)
        assert inspect(author).expired
        await session.refresh(author)
    assert inspect(author).detached
    assert author.name == "Lem", "what was loaded outlives the session"
{% if session == 'scoped_session' %}


async def test_a_task_keeps_its_session_until_it_is_removed(own_engine: AsyncEngine) -> None:
    make_session = make_session_factory(own_engine)

    async def make_another() -> AsyncSession:
        session = make_session()
        assert make_session() is session
        await make_session.remove()
        return session

    async with session_scope(make_session) as session:
        assert await asyncio.create_task(make_another()) is not make_session() is session
        with pytest.raises(RuntimeError, match="has a session"):
            await session_scope(make_session).__aenter__()
    with pytest.raises(ZeroDivisionError):
        async with session_scope(make_session):
            raise ZeroDivisionError
    assert not make_session.registry.registry
{% endif %}
