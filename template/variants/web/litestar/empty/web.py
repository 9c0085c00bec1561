{% from 'template/facts.jinja' import begin_on, db, sa, schema, session_imports with context %}
{% set Transaction, transaction = sa[schema.transaction], schema.transaction | lower %}
{% set begin = begin_on[session if layer == 'orm' else 'connection'] %}
"""The application over HTTP; a server calls `serve`."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
{% if layer == 'orm' and session == 'scoped_session' %}
from functools import partial
{% endif %}
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.openapi import ResponseSpec
from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import {{ Transaction }}

from .config import Settings
from .engine import make_engine, read_only
from .retry import OutcomeUnknownError, is_transient
{% if layer == 'orm' %}
from .session import {{ session_imports[session] }}
{% endif %}

_logger = logging.getLogger(__name__)
ERRORS: dict[type[Exception], tuple[int, str]] = {
    exc.NoResultFound: (404, "it is not there"),
    exc.IntegrityError: (409, "it contradicts what is stored"),
    OutcomeUnknownError: (500, "it may be done or not: look before you repeat it"),
}
ANSWERS = {status: ResponseSpec(dict[str, str]) for status in (404, 409, 500, 503)}

Begin = Callable[[], AbstractAsyncContextManager[{{ Transaction }}]]


def answer_error(_: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    """Answer an error without the message of the database; raise any other, which is a bug."""
    _logger.warning("a request ends with %s", type(error).__name__)
    for kind, (status, detail) in ERRORS.items():
        if isinstance(error, kind):
            return Response({"detail": detail}, status_code=status)
    if is_transient(error):
        busy = {"detail": "the database is away or busy"}
        return Response(busy, status_code=503, headers={"Retry-After": "1"})
    raise error


def make_app(begin: Begin, begin_reading: Begin, on_shutdown: Sequence[Any] = ()) -> Litestar:
    """Return the application; tests pass functions of their own that begin a transaction.

    Add your routes here. One that reads does so as `health` does; one that writes returns what
    `await run_in_transaction(begin, work, deadline=5)` returns. So each transaction ends before its
    answer is sent; `after_response` is too late.
    """

    @get("/health", responses=ANSWERS)
    async def health() -> dict[str, str]:
        async with begin_reading() as {{ transaction }}:
            await {{ transaction }}.execute({{ db.health }})
        return {"status": "ok"}

    errors = (*ERRORS, exc.SQLAlchemyError, OSError)
    return Litestar(
        [health],
        exception_handlers=dict.fromkeys(errors, answer_error),
        on_shutdown=on_shutdown,
    )


def serve() -> Litestar:
    """Return the application for the database of the settings."""
    engine = make_engine(Settings())
    begin = {{ begin % 'engine' }}
    begin_reading = {{ begin % 'read_only(engine)' }}
    return make_app(begin, begin_reading, on_shutdown=[engine.dispose])
