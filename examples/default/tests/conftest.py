"""Fixtures that isolate the tests by rollback."""

from collections.abc import Generator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from my_app.session import make_session_factory

pytest_plugins = ["tests.databases", "tests.statements"]


@pytest.fixture
def make_session(engine: Engine) -> Generator[sessionmaker[Session]]:
    """The factory of the application; what its sessions commit is rolled back after the test."""
    make_session = make_session_factory(engine)
    with engine.connect() as connection, connection.begin() as transaction:
        # Sessions begin savepoints inside the outer transaction, and commit only these.
        make_session.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield make_session
        transaction.rollback()


@pytest.fixture
def session(make_session: sessionmaker[Session]) -> Generator[Session]:
    """A session of its own, closed after the test."""
    with make_session() as session:
        yield session
