{% from 'template/facts.jinja' import db with context %}
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

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


def test_settings_of_a_connection(own_engine: Engine) -> None:
    with own_engine.connect() as connection:
        assert {name: connection.scalar(text(SHOW.format(name))) for name in SETTINGS} == SETTINGS


def test_a_statement_over_its_time_is_ended(impatient_engine: Engine) -> None:
    with impatient_engine.connect() as connection:
        with pytest.raises(DBAPIError, match="{{ db.statement_timeout_error }}"):
            connection.execute(SLOW)
        connection.rollback()
        assert connection.scalar(COUNT) == 0


def test_readers_do_not_wait(own_engine: Engine, impatient_engine: Engine) -> None:
    with read_only(impatient_engine).connect() as reader, own_engine.begin() as writer:
        writer.execute(INSERT)
        assert reader.scalar(COUNT) == 0
        with pytest.raises(DBAPIError, match="{{ db.read_only_error }}"):
            reader.execute(INSERT)
    with impatient_engine.begin() as connection:
        assert connection.scalar(COUNT) == 1
        connection.execute(text("DELETE FROM author"))


def test_a_connection_that_was_lost_is_replaced(own_engine: Engine) -> None:
    with own_engine.connect() as killer:
        with own_engine.connect() as victim:
            lost = victim.scalar(CONNECTION_ID)
        killer.execute(KILL, {"id": lost})
        with own_engine.connect() as connection:
            assert connection.scalar(CONNECTION_ID) not in {lost, None}


def test_the_isolation_level_comes_back_after_autocommit(own_engine: Engine) -> None:
    settings = Settings(database_url=own_engine.url, database_isolation_level="SERIALIZABLE")
    engine = make_engine(settings)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(INSERT)
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "SERIALIZABLE"
        assert connection.scalar(COUNT) == 1
    engine.dispose()
