{% from 'template/facts.jinja' import begin, db, sql_driver with context %}
{% set session_or_connection = begin[session] if layer == 'orm' else 'engine.begin' %}
"""Retry transactions that met {{ db.retried }}."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

{% if database != 'sqlite' %}
from sqlalchemy.exc import DBAPIError{{ ', NotSupportedError, OperationalError' if database == 'postgresql' }}
{% endif %}
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
{% if layer == 'orm' %}
from sqlalchemy.ext.asyncio import AsyncSession
{% endif %}

from .config import RetrySettings

Transaction = TypeVar("Transaction")
Result = TypeVar("Result")

_logger = logging.getLogger(__name__)
{% include 'template/variants/database/' ~ database ~ '/errors.py' %}


class OutcomeUnknownError(Exception):
    """{{ db.commit_failure | capitalize }} at COMMIT: the transaction is committed or rolled back."""


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
    """Return what `work` returns, in a transaction of `{{ session_or_connection }}`.

    After a transient error, in `work` or at COMMIT, `work` is called again in a new transaction: so
    it must not commit, and should do nothing outside the database. After `deadline` seconds, by
    default `DATABASE_TIMEOUT`, or `attempts` {{ db.conflicts }}, the last error
    is raised. At worst this takes `deadline` plus one attempt with its own timeouts.

    `OutcomeUnknownError` says that {{ db.commit_failure }} at COMMIT: a retry might redo the work.
    """
    start = time.monotonic()
    attempt = conflicts = 0
    while True:
        attempt += 1
        committing = False
        try:
            async with begin() as transaction:
                result = await work(transaction)
{% if layer == 'orm' %}
                if isinstance(transaction, AsyncSession):
                    await transaction.flush()  # a failed flush must not look like a failed COMMIT
{% endif %}
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
