"""What a project does to a database with tables of others, where its tour does not show it.

Run in the environment of a project: `python existing.py URL`, of an empty database.
"""

import logging
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import twins
from my_app import schema
from scenes import execute, made, run_all, scene
from sqlalchemy import Column, Connection, Integer, MetaData, Table, inspect

URL = sys.argv[1]
ON_POSTGRESQL = URL.startswith("postgresql")
HAS_MIGRATIONS = bool(find_spec("alembic"))
STRANGER = "CREATE TABLE customer (id INTEGER PRIMARY KEY)"
# For scenes of projects without migrations, whose tables are those of the metadata.
METADATA = twins.find_metadata()


async def call(connection: Any, function: Callable[[Connection], Any]) -> Any:
    """Call a function of sync code with a connection."""
    return await connection.run_sync(function) if twins.IS_ASYNC else function(connection)


async def names(connection: Any) -> list[str]:
    """Return the names of the tables that are there."""
    found: list[str] = await call(connection, lambda sync: inspect(sync).get_table_names())
    await twins.settle(connection.rollback())
    return sorted(found)


def drop_all(connection: Connection) -> None:
    """Drop every table."""
    if ON_POSTGRESQL:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS sales CASCADE")
    metadata = MetaData()
    metadata.reflect(connection)
    metadata.drop_all(connection)
    connection.commit()


@asynccontextmanager
async def database(*statements: str) -> AsyncGenerator[Any]:
    """Give a connection to the database after some statements, and empty it."""
    async with made(URL) as engine, twins.enter(engine.connect()) as connection:
        for statement in statements:
            await execute(connection, statement)
        await twins.settle(connection.commit())
        yield connection
        await twins.settle(connection.rollback())
        await call(connection, drop_all)


@scene
async def tables_of_others_are_refused_and_the_connection_is_free(_: Path) -> None:
    async with database(STRANGER) as connection:
        with pytest.raises(schema.SchemaError, match="DATABASE_URL"):
            await call(connection, schema.create_tables)
        assert await names(connection) == ["customer"]
        await execute(connection, "DROP TABLE customer")
        await twins.settle(connection.commit())
        await call(connection, schema.create_tables)
        assert "author" in await names(connection)


async def a_transaction_of_the_caller_goes_on(_: Path) -> None:
    """On SQLite migrations refuse to run inside of one."""
    async with database() as connection:
        await execute(connection, STRANGER)
        with pytest.raises(schema.SchemaError, match="DATABASE_URL"):
            await call(connection, schema.create_tables)
        assert connection.in_transaction()
        await twins.settle(connection.rollback())
        if ON_POSTGRESQL:
            assert await names(connection) == []
            await execute(connection, "SELECT 1")
            await call(connection, schema.create_tables)
            await twins.settle(connection.rollback())
            assert await names(connection) == []


async def autogenerate_stops_when_it_is_called(_: Path) -> None:
    """As it does on the command line."""
    command = import_module("alembic.command")
    error = import_module("alembic.util").CommandError

    def revise(connection: Connection) -> None:
        command.stamp(schema.alembic_config(connection), "head")
        connection.commit()
        command.revision(schema.alembic_config(connection), autogenerate=True)

    async with database(STRANGER) as connection:
        with pytest.raises(error, match="would drop the table customer"):
            await call(connection, revise)


async def without_tables_of_its_own_nothing_is_refused(_: Path) -> None:
    """Nor made."""
    METADATA.clear()
    async with database(STRANGER) as connection:
        await call(connection, schema.create_tables)
        assert await names(connection) == ["customer"]


async def tables_of_an_extension_are_nobody_s(_: Path) -> None:
    """As PostGIS has; those of others are refused beside them."""
    extension = "ALTER EXTENSION plpgsql {} TABLE spatial_ref_sys"
    table = "CREATE TABLE spatial_ref_sys (srid INTEGER PRIMARY KEY)"
    async with database(table, extension.format("ADD"), STRANGER) as connection:
        with pytest.raises(schema.SchemaError, match="DATABASE_URL"):
            await call(connection, schema.create_tables)
        await twins.settle(connection.rollback())
        await execute(connection, "DROP TABLE customer")
        await twins.settle(connection.commit())
        await call(connection, schema.create_tables)
        assert {"author", "spatial_ref_sys"} <= {*await names(connection)}
        await execute(connection, extension.format("DROP"))
        await twins.settle(connection.commit())


async def tables_in_another_schema_have_others_beside_them(_: Path) -> None:
    """What counts are the schemas of its own tables."""
    METADATA.clear()
    Table("bill", METADATA, Column("id", Integer, primary_key=True), schema="sales")
    async with database(STRANGER, "CREATE SCHEMA sales") as connection:
        for _ in range(2):
            await call(connection, schema.create_tables)
        await execute(connection, "SELECT * FROM sales.bill")
        METADATA.clear()
        Table("offer", METADATA, Column("id", Integer, primary_key=True), schema="sales")
        with pytest.raises(schema.SchemaError, match="DATABASE_URL"):
            await call(connection, schema.create_tables)


if __name__ == "__main__":
    if ON_POSTGRESQL:
        scene(tables_of_an_extension_are_nobody_s)
    if HAS_MIGRATIONS:
        scene(autogenerate_stops_when_it_is_called)
        if not URL.startswith("sqlite"):
            scene(a_transaction_of_the_caller_goes_on)
    else:
        scene(without_tables_of_its_own_nothing_is_refused)
        if ON_POSTGRESQL:
            scene(tables_in_another_schema_have_others_beside_them)
    # asyncmy logs what the server ignored when the tables were made.
    logging.disable(logging.WARNING)
    run_all()
