import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from my_app.engine import read_only

COUNT = text("SELECT count(*) FROM scratch_note")
INSERT = text("INSERT INTO scratch_note (text) VALUES ('first')")
ORPHAN = text("INSERT INTO scratch_note (text, parent_id) VALUES ('second', 404)")


async def test_a_writer_locks_first(own_engine: AsyncEngine, impatient_engine: AsyncEngine) -> None:
    async with own_engine.begin() as first, impatient_engine.connect() as second:
        await first.execute(COUNT)
        with pytest.raises(OperationalError, match="locked"):
            await second.execute(COUNT)


async def test_readers_do_not_wait(own_engine: AsyncEngine, impatient_engine: AsyncEngine) -> None:
    async with read_only(impatient_engine).connect() as reader, own_engine.begin() as writer:
        await writer.execute(INSERT)
        assert await reader.scalar(COUNT) == 0
        await writer.commit()
        assert await reader.scalar(COUNT) == 0, "a transaction sees one state of the database"
        await reader.rollback()
        assert await reader.scalar(COUNT) == 1
        with pytest.raises(OperationalError, match="readonly"):
            await reader.execute(INSERT)


async def test_set_up_of_a_connection(impatient_engine: AsyncEngine) -> None:
    async with impatient_engine.begin() as connection:
        await connection.execute(INSERT)
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 1, "NORMAL"
        with pytest.raises(IntegrityError, match="FOREIGN"):
            await connection.execute(ORPHAN)
