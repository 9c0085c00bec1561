import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from my_app.engine import read_only

COUNT = text("SELECT count(*) FROM scratch_note")
INSERT = text("INSERT INTO scratch_note (text) VALUES ('first')")
ORPHAN = text("INSERT INTO scratch_note (text, parent_id) VALUES ('second', 404)")


def test_a_writer_locks_first(own_engine: Engine, impatient_engine: Engine) -> None:
    with own_engine.begin() as first, impatient_engine.connect() as second:
        first.execute(COUNT)
        with pytest.raises(OperationalError, match="locked"):
            second.execute(COUNT)


def test_readers_do_not_wait(own_engine: Engine, impatient_engine: Engine) -> None:
    with read_only(impatient_engine).connect() as reader, own_engine.begin() as writer:
        writer.execute(INSERT)
        assert reader.scalar(COUNT) == 0
        writer.commit()
        assert reader.scalar(COUNT) == 0, "a transaction sees one state of the database"
        reader.rollback()
        assert reader.scalar(COUNT) == 1
        with pytest.raises(OperationalError, match="readonly"):
            reader.execute(INSERT)


def test_set_up_of_a_connection(impatient_engine: Engine) -> None:
    with impatient_engine.begin() as connection:
        connection.execute(INSERT)
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 1, "NORMAL"
        with pytest.raises(IntegrityError, match="FOREIGN"):
            connection.execute(ORPHAN)
