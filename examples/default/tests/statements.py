"""A fixture that lists the statements of a test."""

from collections.abc import Generator

import pytest
from sqlalchemy import Connection, Engine, event


@pytest.fixture
def statements(engine: Engine) -> Generator[list[str]]:
    """The statements sent so far, except those that control transactions."""
    statements: list[str] = []

    def record(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine, "before_cursor_execute", record)
