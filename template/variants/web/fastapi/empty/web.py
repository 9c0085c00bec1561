{% from 'template/facts.jinja' import begin_on, db, sa, schema, session_imports with context %}
{% set Transaction, transaction = sa[schema.transaction], schema.transaction | lower %}
{% set begin = begin_on[session if layer == 'orm' else 'connection'] %}
"""The application over HTTP; a server calls `serve`."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
{% if layer == 'orm' and session == 'scoped_session' %}
from functools import partial
{% endif %}
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
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
ANSWERS: dict[Any, Any] = {s: {"model": dict[str, str]} for s in (400, 404, 409, 422, 500, 503)}

Begin = Callable[[], AbstractAsyncContextManager[{{ Transaction }}]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]] | None


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """Answer an error without the message of the database; raise any other, which is a bug."""
    _logger.warning("a request ends with %s", type(error).__name__)
    if isinstance(error, RequestValidationError):
        lines = (f"{'.'.join(map(str, line['loc']))!a}: {line['msg']}" for line in error.errors())
        return JSONResponse({"detail": "; ".join(lines)}, 422)
    for kind, (status, detail) in ERRORS.items():
        if isinstance(error, kind):
            return JSONResponse({"detail": detail}, status)
    if is_transient(error):
        return JSONResponse({"detail": "the database is away or busy"}, 503, {"Retry-After": "1"})
    raise error


def make_app(begin: Begin, begin_reading: Begin, lifespan: Lifespan = None) -> FastAPI:
    """Return the application; tests pass functions of their own that begin a transaction.

    Add your routes here. One that reads does so as `health` does; one that writes returns what
    `await run_in_transaction(begin, work, deadline=5)` returns. So each transaction ends before its
    answer is sent; after `yield` in a dependency it ends too late.
    """
    app = FastAPI(lifespan=lifespan, responses=ANSWERS)
    for kind in (*ERRORS, RequestValidationError, exc.SQLAlchemyError, OSError):
        app.add_exception_handler(kind, answer_error)

    @app.get("/health")
    async def health() -> dict[str, str]:
        async with begin_reading() as {{ transaction }}:
            await {{ transaction }}.execute({{ db.health }})
        return {"status": "ok"}

    return app


def serve() -> FastAPI:
    """Return the application for the database of the settings."""
    engine = make_engine(Settings())

    @asynccontextmanager
    async def closing(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await engine.dispose()

    begin = {{ begin % 'engine' }}
    return make_app(begin, {{ begin % 'read_only(engine)' }}, closing)
