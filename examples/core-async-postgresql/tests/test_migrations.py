from alembic import command
from sqlalchemy import Connection, inspect

from my_app.schema import alembic_config

from .databases import new_database


def up_and_down(connection: Connection) -> None:
    for _ in range(2):
        command.upgrade(alembic_config(connection), "head")
        command.check(alembic_config(connection))
        connection.rollback()
        command.downgrade(alembic_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        connection.rollback()


async def test_up_and_down_without_drift() -> None:
    async with new_database() as engine, engine.connect() as connection:
        await connection.run_sync(up_and_down)
