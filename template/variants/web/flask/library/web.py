{% from 'template/facts.jinja' import begin_on, db, schema, session_imports with context %}
{% set Transaction, transaction = schema.transaction, schema.transaction | lower %}
{% set begin = begin_on[session if layer == 'orm' else 'connection'] %}
"""The library over HTTP; a server calls `serve`."""

import atexit
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

from flask import Flask, request
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, validate_call
from sqlalchemy import {{ 'Connection, ' if layer == 'core' }}exc, text
{% if layer == 'orm' %}
from sqlalchemy.orm import Session
{% endif %}
from werkzeug.exceptions import HTTPException

from . import queries
from .config import Settings
from .engine import make_engine, read_only
from .retry import OutcomeUnknownError, is_transient, run_in_transaction
{% if layer == 'orm' %}
from .session import {{ session_imports[session] }}
{% endif %}

DEADLINE = 5.0  # seconds after which no attempt to write starts
_logger = logging.getLogger(__name__)
ERRORS: dict[type[Exception], tuple[int, str]] = {
    exc.NoResultFound: (404, "there is no such author or book"),
    queries.NoCopyLeftError: (409, "no copy of the book is left"),
    exc.IntegrityError: (409, "it contradicts what is stored"),
    OutcomeUnknownError: (500, "it may be done or not: look before you repeat it"),
}

Begin = Callable[[], AbstractContextManager[{{ Transaction }}]]
Answer = dict[str, Any] | list[Any] | tuple[Any, int] | tuple[Any, int, Any]
# Input has the limits of the columns, so that no database has to refuse it.
Id = Annotated[int, Field(ge=0, lt=2**31)]
Text = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]


class NewBook(BaseModel, extra="forbid"):
    """A book to add, by an author who is there already."""

    author: Text
    title: Text
    price: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
    genres: Annotated[list[Text], Field(max_length=20)] = []


def answer_error(error: Exception) -> Answer:
    """Answer an error without the message of the database; raise any other, which is a bug."""
    _logger.warning("a request ends with %s", type(error).__name__)
    if isinstance(error, HTTPException):  # an unknown path, for example
        headers = [header for header in error.get_headers() if header[0] != "Content-Type"]
        return {"detail": error.description}, error.code or 500, headers
    if isinstance(error, ValidationError):
        lines = (f"{'.'.join(map(str, line['loc']))}: {line['msg']}" for line in error.errors())
        return {"detail": "; ".join(lines)}, 422
    for kind, (status, detail) in ERRORS.items():
        if isinstance(error, kind):
            return {"detail": detail}, status
    if is_transient(error):
        return {"detail": "the database is away or busy"}, 503, {"Retry-After": "1"}
    raise error


def make_app(begin: Begin, begin_reading: Begin) -> Flask:
    """Return the application; tests pass functions of their own that begin a transaction.

    A transaction ends before its answer is sent. `teardown_request` would commit too late, and
    after errors that were answered.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 2**16
    app.register_error_handler(Exception, answer_error)
    write = partial(run_in_transaction, begin, deadline=DEADLINE)

    @app.get("/health")
    def health() -> Answer:
        with begin_reading() as {{ transaction }}:
            {{ transaction }}.execute({{ db.health }})
        return {"status": "ok"}

    @app.get("/books")
    def page_of_books() -> Answer:
        asked = {"after": request.args.get("after", 0)}
        after = TypeAdapter(dict[str, Id]).validate_python(asked)["after"]
        with begin_reading() as {{ transaction }}:
            books = queries.page_of_books({{ transaction }}, after)
{% if layer == 'orm' %}
        rows = [(book.id, book.title, str(book.price), book.author.name) for book in books]
{% else %}
        rows = [(book_id, title, str(price), author) for book_id, title, price, author in books]
{% endif %}
        return [dict(zip(("id", "title", "price", "author"), row, strict=True)) for row in rows]

    @app.post("/books")
    def add_book() -> Answer:
        new = NewBook.model_validate(request.get_json(force=True))

        def add({{ transaction }}: {{ Transaction }}) -> Answer:
            if (author := queries.get_author({{ transaction }}, new.author)) is None:
                raise exc.NoResultFound
            book = queries.add_book({{ transaction }}, author.id, new.title, new.price, new.genres)
            return {"id": book{{ '.id' if layer == 'orm' }}}

        return write(add), 201

    @app.post("/books/<book_id>/lend")
    @validate_call
    def lend_book(book_id: Id) -> Answer:
        return {"copies": write(partial(queries.lend_book, book_id=book_id))}

    @app.post("/books/<book_id>/return")
    @validate_call
    def return_book(book_id: Id) -> Answer:
        write(partial(queries.return_book, book_id=book_id))
        return "", 204

    @app.delete("/authors/<path:name>")
    @validate_call
    def delete_author(name: Text) -> Answer:
        if not write(partial(queries.delete_author, name=name)):
            raise exc.NoResultFound
        return "", 204

    return app


def serve() -> Flask:
    """Return the application for the database of the settings."""
    engine = make_engine(Settings())
    atexit.register(engine.dispose)
    begin = {{ begin % 'engine' }}
    begin_reading = {{ begin % 'read_only(engine)' }}
    return make_app(begin, begin_reading)
