{% from 'template/facts.jinja' import unit_of_work with context %}
{% set factory = 'make_session.session_factory' if session == 'scoped_session' else 'make_session' %}
{% if session == 'scoped_session' %}
import asyncio
import contextlib

{% endif %}
import pytest
from sqlalchemy import inspect, select
{% if session == 'scoped_session' %}
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_scoped_session
{% else %}
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
{% endif %}

{% if session == 'scoped_session' %}
from {{ package_name }}.session import make_session_factory, session_scope

{% endif %}
from .scratch import Note


@pytest.mark.parametrize("run", [1, 2])
async def test_tests_are_apart(make_session: async_{{ session }}[AsyncSession], run: int) -> None:
    async with {{ unit_of_work[session] % 'make_session' }} as session:
        session.add(Note(text="first"))
    async with {{ factory }}() as session:
        session.add(Note(text=f"run {run}"))
        await session.flush()
        await session.rollback()
        assert (await session.scalars(select(Note.text))).all() == ["first"]


async def test_states_of_an_object(make_session: async_{{ session }}[AsyncSession]) -> None:
    note = Note(text="first")
    async with {{ unit_of_work[session] % 'make_session' }} as session:
        session.add(note)
        assert inspect(note).pending
        await session.flush()
        assert inspect(note).persistent
        session.expire(note)
        assert inspect(note).expired
        await session.refresh(note)
    assert inspect(note).detached
    assert note.text == "first", "what was loaded outlives the session"
{% if session == 'scoped_session' %}


async def test_a_session_belongs_to_a_scope(own_engine: AsyncEngine) -> None:
    make_session = make_session_factory(own_engine)
    with contextlib.suppress(ZeroDivisionError):
        async with session_scope(make_session) as session:
            session.add(Note(text="first"))
            assert make_session() is session
            raise ZeroDivisionError
    with pytest.raises(RuntimeError, match="no session here"):
        make_session()
    async with session_scope(make_session) as session:
        assert (await session.scalars(select(Note.text))).all() == []
        with pytest.raises(RuntimeError, match="is open here"):
            await session_scope(make_session).__aenter__()

    async def find(both: asyncio.Barrier) -> AsyncSession:
        async with session_scope(make_session) as session:
            await both.wait()
            assert make_session() is session
            return session

    both = asyncio.Barrier(2)
    one, other = await asyncio.gather(find(both), find(both))
    assert one is not other
{% endif %}
