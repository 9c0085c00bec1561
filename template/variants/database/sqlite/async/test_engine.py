import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine, ping, read_only

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
    async with impatient_engine.connect() as writer:
        await writer.execute(text("DELETE FROM scratch_note"))


async def test_set_up_of_a_connection(impatient_engine: AsyncEngine) -> None:
    async with impatient_engine.begin() as connection:
        await connection.execute(INSERT)
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 1, "NORMAL"
        with pytest.raises(IntegrityError, match="FOREIGN"):
            await connection.execute(ORPHAN)


async def test_settings_of_the_engine(own_engine: AsyncEngine) -> None:
    settings = Settings(
        database_url=own_engine.url,
        database_isolation_level="READ UNCOMMITTED",
        database_pool_size=1,
        database_timeout=0.01,
        database_echo=True,
    )
    engine = make_engine(settings)
    assert engine.echo
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(INSERT)
        with pytest.raises(PoolTimeoutError):
            await ping(engine)
    async with engine.connect() as connection:
        assert await connection.get_isolation_level() == "READ UNCOMMITTED"
        assert await connection.scalar(COUNT) == 1
    await engine.dispose()
