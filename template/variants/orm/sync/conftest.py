"""Transactions that keep the tests apart."""

from collections.abc import Generator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, {{ session }}

from {{ package_name }}.session import make_session_factory

pytest_plugins = ["tests.databases"{{ ', "tests.statements"' if start == 'library' }}]


@pytest.fixture
def make_session(engine: Engine) -> Generator[{{ session }}[Session]]:
    """The factory of the application; whatever its sessions commit is undone after the test."""
    make_session = make_session_factory(engine)
    with engine.connect() as connection, connection.begin() as transaction:
        # Sessions begin savepoints inside the outer transaction: these are what they commit.
        make_session.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield make_session
        transaction.rollback()


@pytest.fixture
def session(make_session: {{ session }}[Session]) -> Generator[Session]:
    """A session {{ 'beside those of the threads' if session == 'scoped_session' else 'of its own' }}, closed after the test."""
    with make_session{{ '.session_factory' if session == 'scoped_session' }}() as session:
        yield session
