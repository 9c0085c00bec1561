from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from .scratch import notes


@pytest.mark.parametrize("run", [1, 2])
def test_tests_are_apart(
    begin: Callable[[], AbstractContextManager[Connection]], connection: Connection, run: int
) -> None:
    with begin() as transaction:
        transaction.execute(insert(notes).values(text="first"))
    twice = [{"text": f"run {run}"}, {"text": "first"}]
    with pytest.raises(IntegrityError), begin() as transaction:
        transaction.execute(insert(notes), twice)
    assert connection.scalars(select(notes.c.text)).all() == ["first"]
