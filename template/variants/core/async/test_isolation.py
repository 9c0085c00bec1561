from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from .scratch import notes


@pytest.mark.parametrize("run", [1, 2])
async def test_tests_are_apart(
    begin: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
    connection: AsyncConnection,
    run: int,
) -> None:
    async with begin() as transaction:
        await transaction.execute(insert(notes).values(text="first"))
    twice = [{"text": f"run {run}"}, {"text": "first"}]
    with pytest.raises(IntegrityError):
        async with begin() as transaction:
            await transaction.execute(insert(notes), twice)
    assert (await connection.scalars(select(notes.c.text))).all() == ["first"]
