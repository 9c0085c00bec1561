import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine, read_only

COUNT = text("SELECT count(*) FROM author")
INSERT = text("INSERT INTO author (name) VALUES ('Lem')")


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


def test_the_isolation_level_comes_back_after_autocommit(own_engine: Engine) -> None:
    settings = Settings(database_url=own_engine.url, database_isolation_level="READ UNCOMMITTED")
    engine = make_engine(settings)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(INSERT)
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "READ UNCOMMITTED"
        assert connection.scalar(COUNT) == 1
    engine.dispose()
