from pathlib import Path

from alembic import command
from sqlalchemy import Connection, inspect, make_url

from my_app.config import Settings
from my_app.engine import make_engine
from my_app.schema import alembic_config


def up_and_down(connection: Connection) -> None:
    for _ in range(2):
        command.upgrade(alembic_config(connection), "head")
        command.check(alembic_config(connection))
        connection.rollback()
        command.downgrade(alembic_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        connection.rollback()


def test_up_and_down_without_drift(tmp_path: Path) -> None:
    engine = make_engine(Settings(database_url=make_url(f"sqlite:///{tmp_path}/empty.db")))
    with engine.connect() as connection:
        up_and_down(connection)
    engine.dispose()
