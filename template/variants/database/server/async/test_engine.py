{% from 'template/facts.jinja' import db with context %}
import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from {{ package_name }}.engine import read_only

COUNT = text("SELECT count(*) FROM scratch_note")
INSERT = text("INSERT INTO scratch_note (text) VALUES ('first')")
CONNECTION_ID = text("{{ db.connection_id }}")
KILL = text("{{ db.kill }}")
{% include 'template/variants/database/' ~ database ~ '/test_settings.py' %}


async def test_settings_of_a_connection(own_engine: AsyncEngine) -> None:
    async with own_engine.connect() as connection:
        for name, value in SETTINGS.items():
            assert await connection.scalar(text(SHOW.format(name))) == value
{% if database == 'mysql' %}
        assert "STRICT_ALL_TABLES" in str(await connection.scalar(text("SELECT @@sql_mode")))
{% endif %}


async def test_a_statement_over_its_time_is_ended(impatient_engine: AsyncEngine) -> None:
    is_ended = pytest.raises(DBAPIError, match="{{ db.statement_timeout_error }}")
    async with impatient_engine.connect() as connection:
        with is_ended:
            await connection.execute(SLOW)


@pytest.mark.parametrize("isolation_level", ["READ COMMITTED", "AUTOCOMMIT"])
async def test_a_reader_cannot_write(own_engine: AsyncEngine, isolation_level: str) -> None:
    engine = own_engine.execution_options(isolation_level=isolation_level)
    async with read_only(engine).connect() as reader:
        assert await reader.scalar(COUNT) == 0
        for statement in INSERT, text("CREATE TABLE scratch_other (id INTEGER)"):
            with pytest.raises(DBAPIError, match="{{ db.read_only_error }}"):
                await reader.execute(statement)
            await reader.rollback()
        reader_id = await reader.scalar(CONNECTION_ID)
    async with engine.connect() as writer:
        await writer.execute(INSERT)
        assert await writer.scalar(CONNECTION_ID) == reader_id, "the same connection"


async def test_a_connection_that_was_lost_is_replaced(own_engine: AsyncEngine) -> None:
    async with own_engine.connect() as killer, own_engine.connect() as victim:
        lost = await victim.scalar(CONNECTION_ID)
        assert await killer.scalar(CONNECTION_ID) != lost
        await victim.close()
        await killer.execute(KILL, {"id": lost})
        await asyncio.sleep(0.6)  # a connection that was just used gets no ping
        async with own_engine.connect() as connection:
            assert await connection.scalar(CONNECTION_ID) not in {lost, None}
