"""Sessions: the ORM's unit of work."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Return a factory of sessions; `with make_session.begin() as session:` is a transaction.

    For another isolation level give it `engine.execution_options(isolation_level=…)`.
    """
    # Objects that a function returns stay readable after its transaction has ended.
    return sessionmaker(engine, expire_on_commit=False)
