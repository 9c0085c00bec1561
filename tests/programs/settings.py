"""What the settings promise: a ping, a size of the pool, no values of rows in errors.

Run in the environment of a project: `python settings.py URL [URL of a database that is away]...`.
"""

import io
import logging
import re
import sys
import time
import traceback
from contextlib import AsyncExitStack, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import twins
from my_app import engine as engines
from my_app.config import Settings
from pydantic import ValidationError
from scenes import execute, made, run_all, scene, value
from sqlalchemy import exc, text
from sqlalchemy.exc import DBAPIError

URL, *AWAY = sys.argv[1:]
SCHEME = URL.partition(":")[0]
VALUE = "hunter2"
INSERT = text("INSERT INTO nowhere (name) VALUES (:name)")
SIZE = 3
WRONG_URLS = [
    f"other:///{VALUE}",
    f"://me:{VALUE}@",
    *(
        [f"sqlite://{VALUE}.db", f"postgresql://me:{VALUE}@host/name"]
        if URL.startswith("sqlite")
        else [
            f"{SCHEME}://me:{VALUE}@host",
            f"{SCHEME}://me:{VALUE}@here@host/name",
            f"{SCHEME}://host/name?password={VALUE}",
            f"{SCHEME}://host/name?passwd={VALUE}",
        ]
    ),
]


@scene
async def ping_returns_nothing_where_all_is_well(_: Path) -> None:
    async with made(URL) as engine:
        for _ in range(2):
            assert await twins.settle(engines.ping(engine)) is None
            assert engine.pool.checkedout() == 0


@scene
async def ping_raises_where_the_database_is_away(_: Path) -> None:
    for url in AWAY:
        async with made(url, database_timeout=1) as engine:
            start = time.monotonic()
            with pytest.raises(DBAPIError):
                await twins.settle(engines.ping(engine))
            assert time.monotonic() - start < 3
            assert engine.pool.checkedout() == 0


@scene
async def ping_does_not_wait_for_a_writer(_: Path) -> None:
    async with made(URL) as engine, twins.enter(engine.begin()) as connection:
        await execute(connection, "CREATE TABLE held (n INTEGER)")
        start = time.monotonic()
        await twins.settle(engines.ping(engine))
        assert time.monotonic() - start < 1
        await twins.settle(connection.rollback())


@scene
async def the_pool_has_its_size_and_no_more(_: Path) -> None:
    async with made(URL, database_pool_size=SIZE, database_timeout=1) as engine:
        async with AsyncExitStack() as stack:
            for _ in range(SIZE):
                await stack.enter_async_context(twins.enter(engine.connect()))
            start = time.monotonic()
            with pytest.raises(exc.TimeoutError, match=f"size {SIZE} overflow 0"):
                await stack.enter_async_context(twins.enter(engine.connect()))
            assert 1 <= time.monotonic() - start < 3
        async with twins.enter(engine.connect()) as connection:
            assert await value(connection, "SELECT 1") == 1


@scene
async def a_wrong_setting_is_named_and_not_shown(_: Path) -> None:
    wrong = {
        "database_url": WRONG_URLS,
        "database_timeout": [0, -1, 3601, "nan", VALUE],
        "database_pool_size": [0, -1, 1001, 1.5, VALUE],
        "database_replica_url": [*WRONG_URLS, "123", "null"],
        "database_pooler": ["session", VALUE],
    }
    for name in wrong.keys() & Settings.model_fields:
        for wrong_value in wrong[name]:
            with pytest.raises(ValidationError, match=name) as caught:
                Settings.model_validate({"database_url": URL, name: wrong_value})
            shown = f"{caught.value} {caught.value.errors()} {caught.value.json()}"
            assert VALUE not in shown
            assert {*re.findall(r"DATABASE\w*_URL", shown)} <= {name.upper()}


@scene
async def the_isolation_level_is_that_of_the_settings(_: Path) -> None:
    level = "READ UNCOMMITTED" if URL.startswith("sqlite") else "SERIALIZABLE"
    settings = made(URL, database_isolation_level=level)
    async with settings as engine, twins.enter(engine.connect()) as connection:
        assert await twins.settle(connection.get_isolation_level()) == level


@scene
async def autocommit_is_possible(_: Path) -> None:
    async with made(URL, database_pool_size=1) as engine:
        alone = engine.execution_options(isolation_level="AUTOCOMMIT")
        async with twins.enter(alone.connect()) as connection:
            await execute(connection, "CREATE TABLE alone (n INTEGER)")
            await execute(connection, "INSERT INTO alone VALUES (1)")
            await twins.settle(connection.rollback())
            assert await value(connection, "SELECT count(*) FROM alone") == 1


@scene
async def statements_are_shown_where_they_are_wanted(_: Path) -> None:
    for echo in True, False:
        settings = made(URL, database_echo=echo)
        with redirect_stdout(io.StringIO()) as output:
            async with settings as engine, twins.enter(engine.connect()) as connection:
                await execute(connection, "SELECT 1")
        assert ("SELECT 1" in output.getvalue()) is echo


async def shown(**settings: Any) -> str:
    """Return all that statements show which fail, in errors and in the log of a driver."""
    texts = []
    log = io.StringIO()
    # psycopg logs how it left a pipeline, if the server was quick to refuse the first row.
    logging.getLogger("psycopg").addHandler(logging.StreamHandler(log))
    async with made(URL, **settings) as engine:
        for values in {"name": VALUE}, [{"name": VALUE}, {"name": "Lem"}]:
            with pytest.raises(DBAPIError) as caught:
                async with twins.enter(engine.begin()) as connection:
                    await twins.settle(connection.execute(INSERT, values))
            error = caught.value
            texts += [str(error), repr(error), *traceback.format_exception(error)]
    return "".join([*texts, log.getvalue()])


@scene
async def values_of_rows_are_in_no_error(_: Path) -> None:
    assert VALUE not in await shown()


@scene
async def values_of_rows_are_shown_to_who_wants_to_see_all(_: Path) -> None:
    with redirect_stdout(io.StringIO()):  # where the statements go
        texts = await shown(database_echo=True)
    assert VALUE in texts


if __name__ == "__main__":
    run_all()
