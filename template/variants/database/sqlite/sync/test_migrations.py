from pathlib import Path

from alembic import command
from sqlalchemy import inspect, make_url

from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
from {{ package_name }}.schema import alembic_config


def test_up_and_down_without_drift(tmp_path: Path) -> None:
    engine = make_engine(Settings(database_url=make_url(f"sqlite:///{tmp_path}/empty.db")))
    with engine.connect() as connection:
        for _ in range(2):
            command.upgrade(alembic_config(connection), "head")
            command.check(alembic_config(connection))
            connection.rollback()
            command.downgrade(alembic_config(connection), "base")
            assert inspect(connection).get_table_names() == ["alembic_version"]
            connection.rollback()
    engine.dispose()
