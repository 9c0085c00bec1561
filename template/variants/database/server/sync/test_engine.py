{# Derived from ../async/test_engine.py: change that one, and run `make sync`. #}
{% from 'template/facts.jinja' import db with context %}
import time

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from {{ package_name }}.engine import read_only

COUNT = text("SELECT count(*) FROM scratch_note")
INSERT = text("INSERT INTO scratch_note (text) VALUES ('first')")
CONNECTION_ID = text("{{ db.connection_id }}")
KILL = text("{{ db.kill }}")
{% include 'template/variants/database/' ~ database ~ '/test_settings.py' %}


def test_settings_of_a_connection(own_engine: Engine) -> None:
    with own_engine.connect() as connection:
        for name, value in SETTINGS.items():
            assert connection.scalar(text(SHOW.format(name))) == value
{% if database == 'mysql' %}
        assert "STRICT_ALL_TABLES" in str(connection.scalar(text("SELECT @@sql_mode")))
{% endif %}


def test_a_statement_over_its_time_is_ended(impatient_engine: Engine) -> None:
    is_ended = pytest.raises(DBAPIError, match="{{ db.statement_timeout_error }}")
    with impatient_engine.connect() as connection, is_ended:
        connection.execute(SLOW)


@pytest.mark.parametrize("isolation_level", ["READ COMMITTED", "AUTOCOMMIT"])
def test_a_reader_cannot_write(own_engine: Engine, isolation_level: str) -> None:
    engine = own_engine.execution_options(isolation_level=isolation_level)
    with read_only(engine).connect() as reader:
        assert reader.scalar(COUNT) == 0
        for statement in INSERT, text("CREATE TABLE scratch_other (id INTEGER)"):
            with pytest.raises(DBAPIError, match="{{ db.read_only_error }}"):
                reader.execute(statement)
            reader.rollback()
        reader_id = reader.scalar(CONNECTION_ID)
    with engine.connect() as writer:
        writer.execute(INSERT)
        assert writer.scalar(CONNECTION_ID) == reader_id, "the same connection"


def test_a_connection_that_was_lost_is_replaced(own_engine: Engine) -> None:
    with own_engine.connect() as killer, own_engine.connect() as victim:
        lost = victim.scalar(CONNECTION_ID)
        assert killer.scalar(CONNECTION_ID) != lost
        victim.close()
        killer.execute(KILL, {"id": lost})
        time.sleep(0.6)  # a connection that was just used gets no ping
        with own_engine.connect() as connection:
            assert connection.scalar(CONNECTION_ID) not in {lost, None}
