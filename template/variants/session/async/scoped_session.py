"""Sessions: the ORM's unit of work, found by name inside of a scope."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import NoReturn

from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
)

# The scope that is open in this context, for each factory of sessions.
_scopes: ContextVar[dict[object, object]] = ContextVar("scopes")


def make_session_factory(engine: AsyncEngine) -> async_scoped_session[AsyncSession]:
    """Return a registry: in a `session_scope` it gives that session, elsewhere `RuntimeError`."""
    # What a function has returned stays readable after its transaction has ended.
    factory = async_sessionmaker(engine, expire_on_commit=False)
    make_session = async_scoped_session(factory, scopefunc=lambda: _scopes.get({}).get(factory))
    make_session.registry.createfunc = _refuse
    return make_session


def _refuse() -> NoReturn:
    raise RuntimeError("there is no session here; open one: async with session_scope(make_session)")


@asynccontextmanager
async def session_scope(
    make_session: async_scoped_session[AsyncSession],
) -> AsyncGenerator[AsyncSession]:
    """Give a session in a transaction, which `make_session()` finds too; commit or roll back.

    Open a scope in the function that answers a request or does a job: what it returns after the
    scope is stored. Another task opens another scope; one in a scope raises `RuntimeError`.
    """
    if make_session.registry.has():
        raise RuntimeError("a session is open here; leave its scope first")
    outer = _scopes.get({})
    inner = outer | {make_session.session_factory: object()}
    _scopes.set(inner)
    make_session.registry.set(make_session.session_factory())
    try:
        async with make_session.begin():
            yield make_session()
    finally:
        _scopes.set(inner)  # a scope may end in another task than it began in
        await make_session.remove()
        _scopes.set(outer)
