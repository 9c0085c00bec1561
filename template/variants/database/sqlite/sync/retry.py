{% from 'template/facts.jinja' import begin with context %}
"""Run a transaction again when it could not be serialized with others."""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

Transaction = TypeVar("Transaction")
Result = TypeVar("Result")


def run_in_transaction(
    begin: Callable[[], AbstractContextManager[Transaction]],
    work: Callable[[Transaction], Result],
    *,
    attempts: int = 5,
) -> Result:
    """Return what `work` returns, in a transaction of `{{ begin[session] if layer == 'orm' else 'engine.begin' }}`.

    After a lock, in `work` or at COMMIT, it is called again in a new transaction, `attempts` times
    at most: it should do nothing outside the database. Any other error comes through at once.
    """
    for attempt in range(1, attempts):
        try:
            with begin() as transaction:
                return work(transaction)
        except DBAPIError as error:
            # https://www.sqlite.org/rescode.html#busy
            if not getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise
        # Those who collided should not meet again: up to 0.1 seconds at first, then 0.2, … 1.
        time.sleep(random.uniform(0, min(1, 0.05 * 2**attempt)))
    with begin() as transaction:
        return work(transaction)
