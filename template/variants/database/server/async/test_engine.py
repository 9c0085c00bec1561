{% from 'template/facts.jinja' import db with context %}
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine, read_only

COUNT = text("SELECT count(*) FROM author")
INSERT = text("INSERT INTO author (name) VALUES ('Lem')")
CONNECTION_ID = text("{{ db.connection_id }}")
KILL = text("{{ db.kill }}")
{% if database == 'postgresql' %}
SETTINGS = {
    "application_name": "{{ package_name }}",
    "lock_timeout": "10s",
    "statement_timeout": "1min",
}
SHOW = "SELECT current_setting('{}')"
SLOW = text("SELECT pg_sleep(10)")
{% else %}
SETTINGS = {"character_set_connection": "utf8mb4", "innodb_lock_wait_timeout": 10}
SHOW = "SELECT @@{}"
SLOW = text(
    "SELECT count(*) FROM information_schema.columns AS a, information_schema.columns AS b,"
    " information_schema.schemata AS c"
)
{% endif %}


async def test_settings_of_a_connection(own_engine: AsyncEngine) -> None:
    async with own_engine.connect() as connection:
        for name, value in SETTINGS.items():
            assert await connection.scalar(text(SHOW.format(name))) == value


async def test_a_statement_over_its_time_is_ended(impatient_engine: AsyncEngine) -> None:
    async with impatient_engine.connect() as connection:
        with pytest.raises(DBAPIError, match="{{ db.statement_timeout_error }}"):
            await connection.execute(SLOW)
        await connection.rollback()
        assert await connection.scalar(COUNT) == 0


async def test_readers_do_not_wait(own_engine: AsyncEngine, impatient_engine: AsyncEngine) -> None:
    async with read_only(impatient_engine).connect() as reader, own_engine.begin() as writer:
        await writer.execute(INSERT)
        assert await reader.scalar(COUNT) == 0
        with pytest.raises(DBAPIError, match="{{ db.read_only_error }}"):
            await reader.execute(INSERT)
    async with impatient_engine.begin() as connection:
        assert await connection.scalar(COUNT) == 1
        await connection.execute(text("DELETE FROM author"))


async def test_a_connection_that_was_lost_is_replaced(own_engine: AsyncEngine) -> None:
    async with own_engine.connect() as killer:
        async with own_engine.connect() as victim:
            lost = await victim.scalar(CONNECTION_ID)
        await killer.execute(KILL, {"id": lost})
        async with own_engine.connect() as connection:
            assert await connection.scalar(CONNECTION_ID) not in {lost, None}


async def test_the_isolation_level_comes_back_after_autocommit(own_engine: AsyncEngine) -> None:
    settings = Settings(database_url=own_engine.url, database_isolation_level="SERIALIZABLE")
    engine = make_engine(settings)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(INSERT)
    async with engine.connect() as connection:
        assert await connection.get_isolation_level() == "SERIALIZABLE"
        assert await connection.scalar(COUNT) == 1
    await engine.dispose()
