"""Retry transactions that met a lock, a deadlock, a serialization failure or a lost connection."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, NotSupportedError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from .config import RetrySettings

Transaction = TypeVar("Transaction")
Result = TypeVar("Result")

_logger = logging.getLogger(__name__)

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_CONFLICTS = {"40001", "40P01"}  # serialization failure, deadlock
_UNAVAILABLE = {
    "53300",  # too many connections
    "55P03",  # lock timeout
    "57P01",  # the server is shutting down
    "57P02",  # the server has crashed
    "57P03",  # the server is starting
}


def _code(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _is_conflict(error: BaseException) -> bool:
    outdated = isinstance(error, NotSupportedError) and "cached" in str(error.orig)  # by ALTER
    return outdated or (isinstance(error, DBAPIError) and _code(error) in _CONFLICTS)


def _is_unavailable(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return isinstance(error, TimeoutError)  # no answer came in time
    # A connection that could not be made has no code.
    refused = isinstance(error, OperationalError) and _code(error) is None
    return refused or error.connection_invalidated or _code(error) in _UNAVAILABLE


def _was_lost_at_commit(error: BaseException) -> bool:
    # An error with a statement was raised before COMMIT was sent.
    if not isinstance(error, DBAPIError):
        return isinstance(error, TimeoutError)
    return error.connection_invalidated and error.statement is None


class OutcomeUnknownError(Exception):
    """The connection was lost at COMMIT: the transaction is committed or rolled back."""


def is_transient(error: BaseException) -> bool:
    """Return whether a retry of the work may succeed, as after a lock timeout."""
    return isinstance(error, PoolTimeoutError) or _is_conflict(error) or _is_unavailable(error)


async def run_in_transaction(
    begin: Callable[[], AbstractAsyncContextManager[Transaction]],
    work: Callable[[Transaction], Awaitable[Result]],
    *,
    attempts: int = 5,
    deadline: float | None = None,
) -> Result:
    """Return what `work` returns, in a transaction of `engine.begin`.

    After a transient error, in `work` or at COMMIT, `work` is called again in a new transaction: so
    it must not commit, and should do nothing outside the database. After `deadline` seconds, by
    default `DATABASE_TIMEOUT`, or `attempts` deadlocks and serialization failures, the last error
    is raised. At worst this takes `deadline` plus one attempt with its own timeouts.

    `OutcomeUnknownError` says that the connection was lost at COMMIT: a retry might redo the work.
    """
    start = time.monotonic()
    attempt = conflicts = 0
    while True:
        attempt += 1
        committing = False
        try:
            async with begin() as transaction:
                result = await work(transaction)
                committing = True
        except Exception as error:
            if committing and _was_lost_at_commit(error):
                raise OutcomeUnknownError("COMMIT failed: it may be done") from error
            conflicts += _is_conflict(error)
            if conflicts >= attempts or not is_transient(error):
                raise
            limit = RetrySettings().database_timeout if deadline is None else deadline
            # Back off with random jitter: up to 0.1 seconds at first, then 0.2, … 1.
            pause = random.uniform(0, min(1, 0.05 * 2 ** min(attempt, 5)))
            await asyncio.sleep(max(0, min(pause, start + limit - time.monotonic())))
            if time.monotonic() >= start + limit:
                raise
            reason = str(getattr(error, "orig", error)).partition("\n")[0]
            _logger.warning("retrying a transaction after attempt %d: %s", attempt, reason)
        else:
            return result
