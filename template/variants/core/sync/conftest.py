"""Transactions that keep the tests apart."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Connection, Engine

pytest_plugins = ["tests.databases"{{ ', "tests.statements"' if start == 'library' }}]


@pytest.fixture
def connection(engine: Engine) -> Generator[Connection]:
    """A connection in a transaction that is rolled back after the test: do not commit it."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def begin(connection: Connection) -> Callable[[], AbstractContextManager[Connection]]:
    """The `engine.begin` of a test: what it commits is a savepoint, undone after the test."""

    @contextmanager
    def begin() -> Generator[Connection]:
        with connection.begin_nested():
            yield connection

    return begin
