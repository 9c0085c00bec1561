"""Try every way to write through `read_only`, each on a new connection; print those that wrote.

Run in the environment of a project: `python refuse.py`.
"""

import sys
from contextlib import suppress

from my_app.config import Settings
from my_app.engine import make_engine, read_only
from sqlalchemy import Connection, column, insert, make_url, table, text
from sqlalchemy.exc import OperationalError

SQL = "INSERT INTO started VALUES (1)"
STARTED = table("started", column("n"))
WAYS = {
    "text": lambda connection: connection.execute(text(SQL)),
    "driver": lambda connection: connection.exec_driver_sql(SQL),
    "many": lambda connection: connection.execute(insert(STARTED), [{"n": 1}, {"n": 2}]),
    "returning": lambda connection: connection.execute(
        insert(STARTED).returning(STARTED.c.n), [{"n": 1}, {"n": 2}]
    ),
    "no parameters": lambda connection: connection.execution_options(
        no_parameters=True
    ).exec_driver_sql(SQL),
    "autocommit": lambda connection: connection.execution_options(
        isolation_level="AUTOCOMMIT"
    ).exec_driver_sql(SQL),
}


def rows(connection: Connection) -> int:
    """Return how many rows were written."""
    return connection.exec_driver_sql("SELECT count(*) FROM started").scalar_one()


def main() -> None:
    """Print the ways that wrote, also after a writer has had the connection."""
    wrote = []
    for name, way in WAYS.items():
        engine = make_engine(Settings(database_url=make_url("sqlite://")))
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE started (n INTEGER)")
        with read_only(engine).connect() as connection, suppress(OperationalError):
            way(connection)
            connection.commit()
        with engine.connect() as connection:
            if rows(connection):
                wrote.append(name)
        with engine.connect() as connection:
            way(connection)
            connection.commit()
            assert rows(connection), f"{name}: what a reader had, a writer cannot use"
        engine.dispose()
    sys.stdout.write(", ".join(wrote) or "none")


if __name__ == "__main__":
    main()
