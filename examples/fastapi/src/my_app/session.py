"""Sessions: the ORM's unit of work."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker


def make_session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Return a factory of sessions; `async with make_session.begin() as session:` is a transaction.

    For another isolation level give it `engine.execution_options(isolation_level=…)`.
    """
    # Objects that a function returns stay readable after its transaction has ended.
    return async_sessionmaker(engine, expire_on_commit=False)
