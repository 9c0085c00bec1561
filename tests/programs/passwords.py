"""Show whatever may show the URL of a database: settings, engine, log, errors with tracebacks.

Run in the environment of a project: `python passwords.py URL...`.
"""

import asyncio
import logging
import os
import runpy
import sys
import traceback
from collections.abc import Callable
from typing import Any

from my_app.config import Settings
from my_app.engine import make_engine
from pydantic import ValidationError
from sqlalchemy import Engine, text


def connect() -> None:
    """Send a statement, by an engine of either kind."""
    engine: Any = make_engine(Settings())
    if isinstance(engine, Engine):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    else:
        asyncio.run(connect_asynchronously(engine))


async def connect_asynchronously(engine: Any) -> None:
    """Send a statement."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


def run_tour() -> None:
    """Run the tour, and print the message that it ends with where a setting is wrong."""
    try:
        runpy.run_module("my_app", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        print(end.code)


def show(what: Callable[[], object]) -> None:
    """Print what a call returns, or the error that nobody catches."""
    try:
        result = what()
    except Exception as error:
        traceback.print_exception(error, file=sys.stdout)
        print(error, repr(error), repr(error.__cause__), repr(error.__context__))
        if isinstance(error, ValidationError):
            print(error.errors(), error.json())
    else:
        print(result, repr(result))


def main() -> None:
    """Go from the settings to a connection and to the tour, with everything logged."""
    logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
    os.environ["DATABASE_ECHO"] = "true"
    for number, url in enumerate(sys.argv[1:]):
        print("URL number", number)
        os.environ["DATABASE_URL"] = url
        show(Settings)
        show(lambda: Settings().model_dump())
        show(lambda: Settings().model_dump_json())
        show(lambda: make_engine(Settings()))
        show(lambda: make_engine(Settings()).url)
        show(lambda: make_engine(Settings()).pool)
        show(connect)
        show(run_tour)


if __name__ == "__main__":
    main()
