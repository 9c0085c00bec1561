"""Scenes: each shows that something holds, by assertions, with a folder of its own."""

import json
import tempfile
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import twins
from my_app.config import Settings
from my_app.engine import make_engine

Scene = Callable[[Path], Coroutine[Any, Any, None]]
SCENES: dict[str, Scene] = {}


def scene(function: Scene) -> Scene:
    """Add a scene to those that are run."""
    SCENES[function.__name__] = function
    return function


def run_all() -> None:
    """Run every scene; print a line of JSON with its name and its error, if there is one."""
    for name, function in SCENES.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                twins.run(function(Path(folder)))
            except (Exception, pytest.fail.Exception):
                error = traceback.format_exc()
            else:
                error = ""
            print(json.dumps({"scene": name, "error": error}), flush=True)


@asynccontextmanager
async def made(url: str, **settings: Any) -> AsyncGenerator[Any]:
    """Give the engine that the project makes for a URL, and dispose of it."""
    engine = make_engine(
        Settings.model_validate({"database_url": url, "database_timeout": 5} | settings)
    )
    try:
        yield engine
    finally:
        await twins.settle(engine.dispose())


async def execute(connection: Any, statement: str) -> list[Any]:
    """Execute a statement as it is; return the rows."""
    result = await twins.settle(connection.exec_driver_sql(statement))
    return [tuple(row) for row in result] if result.returns_rows else []


async def value(connection: Any, statement: str) -> Any:
    """Execute a query; return the first value of the first row."""
    return (await execute(connection, statement))[0][0]
