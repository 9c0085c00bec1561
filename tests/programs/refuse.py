"""Try every way to write through `read_only`, and how a writer fares with what a reader had.

Run in the environment of a project, with its settings: `python refuse.py`. For each way it prints
whether a reader wrote, what a writer could not do afterwards, whether the way writes at all, and
what the pool logged.
"""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine, read_only
from sqlalchemy import Connection, Engine, column, insert, inspect, table, text
from sqlalchemy.exc import DBAPIError

SQL = "INSERT INTO started VALUES (1)"
STARTED = table("started", column("n"))
START = ["started", 1]  # what there is before every try
# How connections are lent: options of the engine, and of the connection.
AUTOCOMMIT = {"isolation_level": "AUTOCOMMIT"}
KINDS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "transaction": ({}, {}),
    "autocommit": ({}, AUTOCOMMIT),
    "engine in autocommit": (AUTOCOMMIT, {}),
}
CONNECTION_ID = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}
KILL = {"postgresql": "SELECT pg_terminate_backend(:id, 10000)", "mysql": "KILL :id"}


def run_sql(sql: str) -> Callable[[Connection], Any]:
    """Return a way to write: some SQL."""
    return lambda connection: connection.exec_driver_sql(sql)


def insert_in_savepoint(connection: Connection) -> None:
    """Insert a row in a savepoint."""
    with connection.begin_nested():
        connection.execute(text(SQL))


def insert_in_second_transaction(connection: Connection) -> None:
    """Insert a row when a transaction that read has ended."""
    connection.execute(text("SELECT 1"))
    connection.commit()
    connection.execute(text(SQL))


def insert_after_create(connection: Connection) -> None:
    """Insert a row in a block that has made a table, or was not allowed to."""
    with suppress(DBAPIError):
        connection.execute(text("CREATE TABLE made (n INTEGER)"))
    connection.execute(text(SQL))


def insert_after_rollback(connection: Connection) -> None:
    """Insert a row when what was not allowed has been rolled back."""
    with suppress(DBAPIError):
        connection.execute(text("CREATE TABLE made (n INTEGER)"))
    connection.rollback()
    connection.execute(text(SQL))


def insert_in_two_phases(connection: Connection) -> None:
    """Insert a row in a two-phase transaction."""
    with connection.begin_twophase() as transaction:
        connection.execute(text(SQL))
        transaction.prepare()


def insert_in_one_phase_of_two(connection: Connection) -> None:
    """Insert a row in a two-phase transaction that is committed without being prepared."""
    with connection.begin_twophase():
        connection.execute(text(SQL))


def insert_after_kill(connection: Connection) -> None:
    """Insert a row when the connection was killed and has been replaced."""
    lost = connection.scalar(text(CONNECTION_ID[connection.dialect.name]))
    with connection.engine.connect() as killer:
        killer.execute(text(KILL[connection.dialect.name]), {"id": lost})
    with suppress(DBAPIError):
        connection.execute(text("SELECT 1"))
    connection.rollback()
    connection.execute(text(SQL))


def insert_after_invalidation(connection: Connection) -> None:
    """Insert a row when the connection was taken out of use and has been replaced."""
    connection.invalidate()
    connection.rollback()
    connection.execute(text(SQL))


def insert_when_detached(connection: Connection) -> None:
    """Insert a row on a connection that the pool does not get back."""
    connection.detach()
    connection.execute(text(SQL))


WAYS: dict[str, Callable[[Connection], Any]] = {
    "text": lambda connection: connection.execute(text(SQL)),
    "driver": run_sql(SQL),
    "many": lambda connection: connection.execute(insert(STARTED), [{"n": 1}, {"n": 2}]),
    "returning": lambda connection: connection.execute(
        insert(STARTED).returning(STARTED.c.n), [{"n": 1}, {"n": 2}]
    ),
    "no parameters": lambda connection: connection.execution_options(
        no_parameters=True
    ).exec_driver_sql(SQL),
    "create": run_sql("CREATE TABLE made (n INTEGER)"),
    "drop": run_sql("DROP TABLE started"),
    "truncate": run_sql("TRUNCATE TABLE started"),
    "savepoint": insert_in_savepoint,
    "second transaction": insert_in_second_transaction,
    "after CREATE": insert_after_create,
    "after ROLLBACK": insert_after_rollback,
    "two phases": insert_in_two_phases,
    "one phase of two": insert_in_one_phase_of_two,
    "after a kill": insert_after_kill,
    "after invalidation": insert_after_invalidation,
    "detached": insert_when_detached,
}

# Those that an option of the engine is tried with, which is but another way to give it.
TELLING = {"text", "create", "after CREATE", "after a kill", "after invalidation"}


class Messages(logging.Handler):
    """Keeps what is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message, and the error that it is about."""
        LOGGED.append(f"{record.getMessage()}: {record.exc_info and record.exc_info[1]}")


LOGGED: list[str] = []


def reset(engine: Engine) -> None:
    """Have one table with one row."""
    found = stored(engine)
    with engine.begin() as connection:
        if found[:-1] != ["started"]:
            for name in "made", "started":
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
            connection.exec_driver_sql("CREATE TABLE started (n INTEGER)")
        if found != START:
            connection.exec_driver_sql("DELETE FROM started")
            connection.exec_driver_sql(SQL)


def stored(engine: Engine) -> list[object]:
    """Return what there is: the names of tables, and the number of rows."""
    with engine.connect() as connection:
        names = sorted(inspect(connection).get_table_names())
        counted = "started" in names and connection.scalar(text("SELECT count(*) FROM started"))
        return [*names, counted]


def attempt(engine: Engine, options: dict[str, str], way: Callable[[Connection], Any]) -> str:
    """Try to write; return the error, if there was one."""
    try:
        with engine.connect().execution_options(**options) as connection:
            way(connection)
            connection.commit()
    except Exception as error:
        return f"{type(error).__name__}: {error}".partition("\n")[0]
    return ""


def insert_raw(engine: Engine) -> str:
    """Insert a row by a connection of the driver; return the error, if there was one."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute(SQL)
        raw.commit()
    except Exception as error:
        return f"{type(error).__name__}: {error}".partition("\n")[0]
    finally:
        raw.close()
    return ""


def try_way(writer: Engine, kind: str, way: Callable[[Connection], Any]) -> dict[str, object]:
    """Let a reader try, and writers after it."""
    engine_options, options = KINDS[kind]
    reader = twins.sync_engine(read_only(ENGINE.execution_options(**engine_options)))
    reset(writer)
    LOGGED.clear()
    refused = attempt(reader, options, way)
    found: dict[str, object] = {"refused": refused, "logged": list(LOGGED)}
    found["wrote"] = stored(writer) != START
    reset(writer)
    attempt(reader, options, lambda connection: connection.execute(text("SELECT 1")))
    found["raw"] = insert_raw(writer)
    with reader.connect().execution_options(**options) as connection:
        found["reads"] = connection.scalar(text("SELECT count(*) FROM started"))
    before = stored(writer)
    plain = writer.execution_options(**engine_options)
    found["writer"] = attempt(plain, options, way)
    found["writes"] = stored(writer) != before
    return found


def main() -> None:
    """Try every way, with connections of every kind."""
    writer = twins.sync_engine(ENGINE)
    for kind in KINDS:
        for name, way in WAYS.items():
            if "kill" in name and writer.dialect.name not in KILL:
                continue
            if kind == "engine in autocommit" and name not in TELLING:
                continue
            print(json.dumps({"way": name, "kind": kind, **try_way(writer, kind, way)}))
    writer.dispose()


if __name__ == "__main__":
    logging.getLogger("sqlalchemy.pool").addHandler(Messages())
    ENGINE = make_engine(Settings())
    twins.run(twins.in_greenlet(main))
