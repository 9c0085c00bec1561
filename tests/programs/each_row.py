"""Delete, insert and update a row of each table through the models; nothing of it is kept.

Run in the environment of a project, with its settings, where each table has a row.
"""

from importlib import import_module
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import Column, Connection, Identity, Table, delete, insert, select, text, update
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import flag_modified

# Other rows refer to those that are deleted here.
WITHOUT_FOREIGN_KEYS = {
    "sqlite": "PRAGMA defer_foreign_keys = ON",
    "postgresql": "SET LOCAL session_replication_role = replica",
    "mysql": "SET SESSION foreign_key_checks = 0",
}


def is_written(column: Column[Any]) -> bool:
    """Return whether a statement may say what a column has."""
    identity = isinstance(column.server_default, Identity) and column.server_default.always
    return not (column.computed or identity)


def change_row(connection: Connection, table: Table) -> None:
    """Delete, insert and update a row of a table."""
    row = connection.execute(select(table)).mappings().first()
    assert row is not None, table
    values = {column.key: row[column] for column in table.columns if is_written(column)}
    key = {column: row[column] for column in table.primary_key.columns}
    deleted = connection.execute(delete(table).where(*(name == key[name] for name in key)))
    assert deleted.rowcount >= 1, table
    result = connection.execute(insert(table).values(values))
    key = dict(zip(key, result.inserted_primary_key if key else (), strict=True))
    updated = connection.execute(
        update(table).where(*(name == key[name] for name in key)).values(values)
    )
    assert updated.rowcount >= 1, table


def change_object(session: Session, mapper: Mapper[Any]) -> None:
    """Delete, insert and update an object of a class."""
    found = session.scalars(select(mapper.class_)).first()
    assert found is not None, mapper
    names = [item.key for item in mapper.column_attrs if is_written(item.columns[0])]
    values = {name: getattr(found, name) for name in names}
    session.delete(found)
    session.flush()
    fields = getattr(mapper.class_, "__dataclass_fields__", {})
    arguments = {name: values[name] for name in names if name not in fields or fields[name].init}
    added = mapper.class_(**arguments)
    for name in values.keys() - arguments.keys():
        setattr(added, name, values[name])
    session.add(added)
    session.flush()
    for name in names:
        if not mapper.columns[name].primary_key:
            flag_modified(added, name)
    session.flush()
    session.refresh(added)
    assert {name: getattr(added, name) for name in names} == values, mapper


def change_all(connection: Connection) -> None:
    """Change a row of each table, each as the tables are at first."""
    connection.execute(text(WITHOUT_FOREIGN_KEYS[connection.dialect.name]))
    classes = {}
    if not twins.IS_CORE:
        mappers = import_module("my_app.models").Base.registry.mappers
        classes = {mapper.local_table: mapper for mapper in mappers}
    for table in twins.find_metadata().tables.values():
        with connection.begin_nested() as savepoint:
            if table in classes:
                with Session(connection, join_transaction_mode="create_savepoint") as session:
                    change_object(session, classes[table])
            else:
                change_row(connection, table)
            savepoint.rollback()
        print(table)


async def main() -> None:
    """Change a row of each table, in one transaction."""
    engine = make_engine(Settings())
    async with twins.enter(engine.connect()) as connection:
        await connection.run_sync(change_all) if twins.IS_ASYNC else change_all(connection)
    await twins.settle(engine.dispose())


if __name__ == "__main__":
    twins.run(main())
