"""Sessions: the ORM's unit of work."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from .config import IsolationLevel


def make_session_factory(
    engine: Engine, *, isolation_level: IsolationLevel | None = None
) -> sessionmaker[Session]:
    """Return a factory of sessions; `with make_session.begin() as session:` is a transaction.

    An isolation level holds for the sessions of this factory in place of the engine's.
    """
    if isolation_level is not None:
        engine = engine.execution_options(isolation_level=isolation_level)
    # What a function has returned stays readable after its transaction has ended.
    return sessionmaker(engine, expire_on_commit=False)
