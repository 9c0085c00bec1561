from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from .scratch import notes


async def write(connection: AsyncConnection, *texts: str) -> None:
    for text in texts:
        await connection.execute(insert(notes).values(text=text))


@pytest.mark.parametrize("run", [1, 2])
async def test_tests_are_apart(
    begin: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
    connection: AsyncConnection,
    run: int,
) -> None:
    async with begin() as transaction:
        await write(transaction, "first")
    with pytest.raises(IntegrityError):
        async with begin() as transaction:
            await write(transaction, f"run {run}", "first")
    assert (await connection.scalars(select(notes.c.text))).all() == ["first"]
