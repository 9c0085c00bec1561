{# Derived from ../async/conftest.py: change that one, and run `make sync`. #}
"""Fixtures that isolate the tests by rollback."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Connection, Engine

pytest_plugins = [{{ '"tests.databases", "tests.statements"' if start != 'empty' else '"tests.databases"' }}]


@pytest.fixture
def connection(engine: Engine) -> Generator[Connection]:
    """A connection in a transaction that is rolled back after the test: do not commit it."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def begin(connection: Connection) -> Callable[[], AbstractContextManager[Connection]]:
    """The `engine.begin` of a test: it commits a savepoint, which is rolled back after the test."""

    @contextmanager
    def begin() -> Generator[Connection]:
        with connection.begin_nested():
            yield connection

    return begin
