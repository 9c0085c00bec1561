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


async def test_a_connection_writes_after_it_was_read_only(impatient_engine: AsyncEngine) -> None:
    async with read_only(impatient_engine).connect() as reader:
        await reader.execute(COUNT)
    raw = await impatient_engine.raw_connection()
    assert raw.driver_connection
    await raw.driver_connection.execute(INSERT.text)
    await raw.driver_connection.rollback()
    raw.close()
    async with impatient_engine.connect() as writer:
        await writer.execute(INSERT)


async def test_foreign_keys_are_enforced(impatient_engine: AsyncEngine) -> None:
    async with impatient_engine.connect() as connection:
        with pytest.raises(IntegrityError, match="FOREIGN"):
            await connection.execute(ORPHAN)


async def test_a_commit_outlives_a_crash_of_the_process(own_engine: AsyncEngine) -> None:
    async with own_engine.begin() as connection:
        await connection.execute(INSERT)
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 1, "NORMAL"


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


async def test_ping(impatient_engine: AsyncEngine, own_engine: AsyncEngine) -> None:
    async with own_engine.begin() as writer:
        await writer.execute(INSERT)
        await ping(impatient_engine)
    settings = Settings(database_url=own_engine.url.set(database="no such folder/test.db"))
    engine = make_engine(settings)
    with pytest.raises(OperationalError, match="unable to open"):
        await ping(engine)


async def test_exceptions_hide_values(own_engine: AsyncEngine) -> None:
    statement = text("SELECT nothing FROM scratch_note WHERE text = :text")
    async with own_engine.connect() as connection:
        with pytest.raises(OperationalError) as caught:
            await connection.execute(statement, {"text": "secret"})
    assert "secret" not in str(caught.value)
