{# Derived from ../async/scoped_session.py: change that one, and run `make sync`. #}
"""Sessions: the ORM's unit of work, one for each scope."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn

from sqlalchemy import Engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

# The scope that is open in this context, for each factory of sessions.
_scopes: ContextVar[dict[object, object]] = ContextVar("scopes")


def make_session_factory(engine: Engine) -> scoped_session[Session]:
    """Return a registry of sessions; outside of a `session_scope` it raises `RuntimeError`."""
    # Objects that a function returns stay readable after its transaction has ended.
    factory = sessionmaker(engine, expire_on_commit=False)
    make_session = scoped_session(factory, scopefunc=lambda: _scopes.get({}).get(factory))
    make_session.registry.createfunc = _refuse
    return make_session


def _refuse() -> NoReturn:
    raise RuntimeError("there is no session here; open one: with session_scope(make_session)")


@contextmanager
def session_scope(make_session: scoped_session[Session]) -> Generator[Session]:
    """Give a session in a transaction, which `make_session()` finds too; commit or roll back.

    Open a scope inside the function that handles a request or a job, so that it returns after the
    COMMIT. Each thread opens a scope of its own; a scope inside a scope raises `RuntimeError`.
    """
    if make_session.registry.has():
        raise RuntimeError("a session is open here; leave its scope first")
    outer = _scopes.get({})
    inner = outer | {make_session.session_factory: object()}
    _scopes.set(inner)
    make_session.registry.set(make_session.session_factory())
    try:
        with make_session.begin():
            yield make_session()
    finally:
        _scopes.set(inner)  # a scope may end in another thread than it began in
        make_session.remove()
        _scopes.set(outer)
