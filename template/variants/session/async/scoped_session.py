"""Sessions: the ORM's unit of work, one for each task."""

from asyncio import current_task
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
)


def make_session_factory(engine: AsyncEngine) -> async_scoped_session[AsyncSession]:
    """Return a registry: calling it gives the session of the task, until `remove()` ends it.

    For another isolation level give it `engine.execution_options(isolation_level=…)`.
    """
    # What a function has returned stays readable after its transaction has ended.
    factory = async_sessionmaker(engine, expire_on_commit=False)
    return async_scoped_session(factory, scopefunc=current_task)


@asynccontextmanager
async def session_scope(
    make_session: async_scoped_session[AsyncSession],
) -> AsyncGenerator[AsyncSession]:
    """Give the task's session in a transaction; commit or roll back, and remove the session.

    A web application opens it when a request starts and closes it when the request ends. A session
    that the task has already raises `RuntimeError`: its work would be lost.
    """
    if make_session.registry.has():
        raise RuntimeError("this task has a session; leave its scope, or remove() it, first")
    try:
        async with make_session.begin():
            yield make_session()
    finally:
        await make_session.remove()
