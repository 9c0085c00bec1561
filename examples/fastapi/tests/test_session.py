import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .scratch import Note


@pytest.mark.parametrize("run", [1, 2])
async def test_tests_are_apart(make_session: async_sessionmaker[AsyncSession], run: int) -> None:
    async with make_session.begin() as session:
        session.add(Note(text="first"))
    async with make_session() as session:
        session.add(Note(text=f"run {run}"))
        await session.flush()
        await session.rollback()
        assert (await session.scalars(select(Note.text))).all() == ["first"]
