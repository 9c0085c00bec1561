{% from 'template/facts.jinja' import begin_on, db, schema, session_imports with context %}
{% set Transaction, transaction = schema.transaction, schema.transaction | lower %}
{% set begin = begin_on[session if layer == 'orm' else 'connection'] %}
"""The application over HTTP; a server calls `serve`."""

import atexit
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
{% if layer == 'orm' and session == 'scoped_session' %}
from functools import partial
{% endif %}
from typing import Any

from flask import Flask
from sqlalchemy import {{ 'Connection, ' if layer == 'core' }}exc, text
{% if layer == 'orm' %}
from sqlalchemy.orm import Session
{% endif %}
from werkzeug.exceptions import HTTPException

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

Begin = Callable[[], AbstractContextManager[{{ Transaction }}]]
Answer = dict[str, Any] | list[Any] | tuple[Any, int] | tuple[Any, int, Any]


def answer_error(error: Exception) -> Answer:
    """Answer an error without the message of the database; raise any other, which is a bug."""
    _logger.warning("a request ends with %s", type(error).__name__)
    if isinstance(error, HTTPException):  # an unknown path, for example
        headers = [header for header in error.get_headers() if header[0] != "Content-Type"]
        return {"detail": error.description}, error.code or 500, headers
    for kind, (status, detail) in ERRORS.items():
        if isinstance(error, kind):
            return {"detail": detail}, status
    if is_transient(error):
        return {"detail": "the database is away or busy"}, 503, {"Retry-After": "1"}
    raise error


def make_app(begin: Begin, begin_reading: Begin) -> Flask:
    """Return the application; tests pass functions of their own that begin a transaction.

    Add your routes here. One that reads does so as `health` does; one that writes returns what
    `run_in_transaction(begin, work, deadline=5)` returns. So each transaction ends before its
    answer is sent. `teardown_request` would commit too late, and after errors that were answered.
    """
    app = Flask(__name__)
    app.register_error_handler(Exception, answer_error)

    @app.get("/health")
    def health() -> Answer:
        with begin_reading() as {{ transaction }}:
            {{ transaction }}.execute({{ db.health }})
        return {"status": "ok"}

    return app


def serve() -> Flask:
    """Return the application for the database of the settings."""
    engine = make_engine(Settings())
    atexit.register(engine.dispose)
    begin = {{ begin % 'engine' }}
    begin_reading = {{ begin % 'read_only(engine)' }}
    return make_app(begin, begin_reading)
