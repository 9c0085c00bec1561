{# Derived from ../async/test_isolation.py: change that one, and run `make sync`. #}
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from .scratch import notes


def write(connection: Connection, *texts: str) -> None:
    for text in texts:
        connection.execute(insert(notes).values(text=text))


@pytest.mark.parametrize("run", [1, 2])
def test_tests_are_apart(
    begin: Callable[[], AbstractContextManager[Connection]], connection: Connection, run: int
) -> None:
    with begin() as transaction:
        write(transaction, "first")
    with pytest.raises(IntegrityError), begin() as transaction:
        write(transaction, f"run {run}", "first")
    assert connection.scalars(select(notes.c.text)).all() == ["first"]
