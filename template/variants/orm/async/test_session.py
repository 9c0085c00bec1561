{% from 'template/facts.jinja' import unit_of_work with context %}
{% set factory = 'make_session.session_factory' if session == 'scoped_session' else 'make_session' %}
import pytest
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession, async_{{ session }}

{% if session == 'scoped_session' %}
from {{ package_name }}.session import session_scope

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
