import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine, read_only

COUNT = text("SELECT count(*) FROM author")
INSERT = text("INSERT INTO author (name) VALUES ('Lem')")


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


async def test_the_isolation_level_comes_back_after_autocommit(own_engine: AsyncEngine) -> None:
    settings = Settings(database_url=own_engine.url, database_isolation_level="READ UNCOMMITTED")
    engine = make_engine(settings)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(INSERT)
    async with engine.connect() as connection:
        assert await connection.get_isolation_level() == "READ UNCOMMITTED"
        assert await connection.scalar(COUNT) == 1
    await engine.dispose()
