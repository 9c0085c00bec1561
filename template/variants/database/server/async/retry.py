{% from 'template/facts.jinja' import begin, db with context %}
"""Run a transaction again when it could not be serialized with others, or was cut off."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

Transaction = TypeVar("Transaction")
Result = TypeVar("Result")


class OutcomeUnknownError(Exception):
    """The connection was lost at COMMIT: all that the transaction wrote is there, or nothing."""


async def run_in_transaction(
    begin: Callable[[], AbstractAsyncContextManager[Transaction]],
    work: Callable[[Transaction], Awaitable[Result]],
    *,
    attempts: int = 5,
) -> Result:
    """Return what `work` returns, in a transaction of `{{ begin[session] if layer == 'orm' else 'engine.begin' }}`.

    After a lock, deadlock or serialization failure, in `work` or at COMMIT, and after a connection
    that was lost in `work`, it is called again in a new transaction, `attempts` times at most: it
    should do nothing outside the database. A connection lost at COMMIT is `OutcomeUnknownError`:
    another try might do everything twice. Any other error comes through at once.
    """
    attempt = 1
    while True:
        committing = False
        try:
            async with begin() as transaction:
                result = await work(transaction)
                committing = True
        except DBAPIError as error:
            if committing and error.connection_invalidated:
                raise OutcomeUnknownError("connection lost at COMMIT: it may be done") from error
            # {{ db.errors }}
            transient = {{ db.transient_when }}
            if attempt >= attempts or not (transient or error.connection_invalidated):
                raise
        else:
            return result
        # Those who collided should not meet again: up to 0.1 seconds at first, then 0.2, … 1.
        await asyncio.sleep(random.uniform(0, min(1, 0.05 * 2**attempt)))
        attempt += 1
