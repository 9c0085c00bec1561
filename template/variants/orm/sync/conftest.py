{# Derived from ../async/conftest.py: change that one, and run `make sync`. #}
"""Fixtures that isolate the tests by rollback."""

from collections.abc import Generator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, {{ session }}

from {{ package_name }}.session import make_session_factory

pytest_plugins = [{{ '"tests.databases", "tests.statements"' if start != 'empty' else '"tests.databases"' }}]


@pytest.fixture
def make_session(engine: Engine) -> Generator[{{ session }}[Session]]:
    """The factory of the application; what its sessions commit is rolled back after the test."""
    make_session = make_session_factory(engine)
    with engine.connect() as connection, connection.begin() as transaction:
        # Sessions begin savepoints inside the outer transaction, and commit only these.
        make_session.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield make_session
        transaction.rollback()


@pytest.fixture
def session(make_session: {{ session }}[Session]) -> Generator[Session]:
    """A session {{ 'beside that of the scope' if session == 'scoped_session' else 'of its own' }}, closed after the test."""
    with make_session{{ '.session_factory' if session == 'scoped_session' }}() as session:
        yield session
