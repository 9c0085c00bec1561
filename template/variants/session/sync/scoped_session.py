"""Sessions: the ORM's unit of work, one for each thread."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker


def make_session_factory(engine: Engine) -> scoped_session[Session]:
    """Return a registry: calling it gives the session of the thread, until `remove()` ends it.

    For another isolation level give it `engine.execution_options(isolation_level=…)`.
    """
    # What a function has returned stays readable after its transaction has ended.
    return scoped_session(sessionmaker(engine, expire_on_commit=False))


@contextmanager
def session_scope(make_session: scoped_session[Session]) -> Generator[Session]:
    """Give the thread's session in a transaction; commit or roll back, and remove the session.

    A web application opens it when a request starts and closes it when the request ends. A session
    that the thread has already raises `RuntimeError`: its work would be lost.
    """
    if make_session.registry.has():
        raise RuntimeError("this thread has a session; leave its scope, or remove() it, first")
    try:
        with make_session.begin():
            yield make_session()
    finally:
        make_session.remove()
