"""A fixture that lists the statements of a test."""

from collections.abc import Generator

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine


@pytest.fixture
def statements(engine: AsyncEngine) -> Generator[list[str]]:
    """The statements sent so far, except those that control transactions."""
    statements: list[str] = []

    def record(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", record)
