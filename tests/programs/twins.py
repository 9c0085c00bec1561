"""What lets a program be written once for projects of either layer, sync or async.

A program is a coroutine. In a sync project nothing that it awaits is ever unfinished, so it runs
to its end without an event loop; what an async project does in tasks, it does in threads.
"""

import asyncio
import inspect
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from my_app.retry import run_in_transaction
from sqlalchemy import Engine, MetaData, create_engine

IS_ASYNC = inspect.iscoroutinefunction(run_in_transaction)
IS_CORE = bool(find_spec("my_app.tables"))


def run(program: Coroutine[Any, Any, Any]) -> Any:
    """Run a program to its end."""
    if IS_ASYNC:
        return asyncio.run(program)
    try:
        program.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError


async def settle(value: Any) -> Any:
    """Return a value, or what it comes to where it has to be awaited."""
    return await value if inspect.isawaitable(value) else value


async def pause(seconds: float) -> None:
    """Let other tasks or threads go on for a while."""
    await asyncio.sleep(seconds) if IS_ASYNC else time.sleep(seconds)


async def gather(*programs: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run programs at the same time, in tasks or threads."""
    if IS_ASYNC:
        return await asyncio.gather(*programs)
    with ThreadPoolExecutor(len(programs)) as pool:
        return list(pool.map(run, programs))


@asynccontextmanager
async def enter(context: Any) -> AsyncGenerator[Any]:
    """Enter a context of either kind."""
    if hasattr(context, "__aenter__"):
        async with context as value:
            yield value
    else:
        with context as value:
            yield value


async def in_greenlet(program: Callable[[], Any]) -> Any:
    """Run sync code, with the sync engines inside of async ones where the project is async."""
    if IS_ASYNC:
        return await import_module("sqlalchemy.util").greenlet_spawn(program)
    return program()


def sync_engine(engine: Any) -> Engine:
    """Return the engine for sync code."""
    found: Engine = getattr(engine, "sync_engine", engine)
    return found


def find_create_engine() -> Callable[..., Any]:
    """Return what makes a plain engine; a sync project may be without greenlet."""
    if IS_ASYNC:
        create: Callable[..., Any] = import_module("sqlalchemy.ext.asyncio").create_async_engine
        return create
    return create_engine


def find_metadata() -> MetaData:
    """Return the tables of the project."""
    if IS_CORE:
        metadata = import_module("my_app.tables").metadata
    else:
        metadata = import_module("my_app.models").Base.metadata
    assert isinstance(metadata, MetaData)
    return metadata


async def create_tables(engine: Any, metadata: MetaData | None = None) -> None:
    """Make the tables that are missing: those of the project, or others."""
    async with enter(engine.begin()) as connection:
        create = (find_metadata() if metadata is None else metadata).create_all
        await connection.run_sync(create) if IS_ASYNC else create(connection)


def find_begin(engine: Any) -> Callable[[], Any]:
    """Return what begins a transaction, as the project's README says."""
    if IS_CORE:
        return engine.begin
    session = import_module("my_app.session")
    make_session = session.make_session_factory(engine)
    if hasattr(session, "session_scope"):
        return partial(session.session_scope, make_session)
    return make_session.begin


async def transact(
    begin: Callable[[], Any], work: Callable[[Any], Coroutine[Any, Any, Any]], **options: float
) -> Any:
    """Do some work by the project's `run_in_transaction`."""
    as_project = work if IS_ASYNC else lambda transaction: run(work(transaction))
    return await settle(run_in_transaction(begin, as_project, **options))
