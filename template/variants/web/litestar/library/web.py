{% from 'template/facts.jinja' import begin_on, db, sa, schema, session_imports with context %}
{% set Transaction, transaction = sa[schema.transaction], schema.transaction | lower %}
{% set begin = begin_on[session if layer == 'orm' else 'connection'] %}
"""The library over HTTP; a server calls `serve`. A transaction ends before its answer is sent."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

from litestar import Litestar, Request, Response, delete, get, post
from litestar.exceptions import ValidationException
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct
from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import {{ Transaction }}

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
    UnicodeDecodeError: (400, "the body is not UTF-8"),
    RecursionError: (400, "the body is nested too deeply"),
    OutcomeUnknownError: (500, "it may be done or not: look before you repeat it"),
}
ANSWERS = {status: ResponseSpec(dict[str, Any]) for status in (404, 409, 422, 500, 503)}

Begin = Callable[[], AbstractAsyncContextManager[{{ Transaction }}]]
# Input has the limits of the columns, so that no database has to refuse it.
Id = Annotated[int, PathParameter(ge=0, lt=2**31)]
After = Annotated[int, QueryParameter(ge=0, lt=2**31)]
Name = Annotated[str, PathParameter(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]


class Book(Struct):
    """A book in a list."""

    id: int
    title: str
    price: Decimal
    author: str


class NewBook(Struct, forbid_unknown_fields=True):
    """A book to add, by an author who is there already."""

    author: Text
    title: Text
    price: Annotated[str, Meta(pattern=r"^[0-9]{1,8}(\.[0-9]{1,2})?$")]
    genres: Annotated[list[Text], Meta(max_length=20)] = []


def answer_error(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer an error without the message of the database; raise any other, which is a bug."""
    _logger.warning("a request ends with %s", type(error).__name__)
    if isinstance(error, ValidationException):
        return Response({"detail": error.detail, "extra": error.extra}, status_code=422)
    for kind, (status, detail) in ERRORS.items():
        if isinstance(error, kind):
            return Response({"detail": detail}, status_code=status)
    if is_transient(error):
        busy = {"detail": "the database is away or busy"}
        return Response(busy, status_code=503, headers={"Retry-After": "1"})
    raise error


def make_app(begin: Begin, begin_reading: Begin, on_shutdown: Sequence[Any] = ()) -> Litestar:
    """Return the application; tests pass functions of their own that begin a transaction."""
    write = partial(run_in_transaction, begin, deadline=DEADLINE)

    @get("/health", responses=ANSWERS)
    async def health() -> dict[str, str]:
        async with begin_reading() as {{ transaction }}:
            await {{ transaction }}.execute({{ db.health }})
        return {"status": "ok"}

    @get("/books", responses=ANSWERS)
    async def page_of_books(after: After = 0) -> list[Book]:
        async with begin_reading() as {{ transaction }}:
            books = await queries.page_of_books({{ transaction }}, after)
{% if layer == 'orm' %}
        return [Book(book.id, book.title, book.price, book.author.name) for book in books]
{% else %}
        return [Book(*book) for book in books]
{% endif %}

    @post("/books", responses=ANSWERS)
    async def add_book(data: JSONBody[NewBook]) -> dict[str, int]:
        async def add({{ transaction }}: {{ Transaction }}) -> dict[str, int]:
            if (author := await queries.get_author({{ transaction }}, data.author)) is None:
                raise exc.NoResultFound
            price = Decimal(data.price)
            book = await queries.add_book({{ transaction }}, author.id, data.title, price, data.genres)
            return {"id": book{{ '.id' if layer == 'orm' }}}

        return await write(add)

    @post("/books/{book_id:int}/lend", status_code=200, responses=ANSWERS)
    async def lend_book(book_id: Id) -> dict[str, int]:
        return {"copies": await write(partial(queries.lend_book, book_id=book_id))}

    @post("/books/{book_id:int}/return", status_code=204, responses=ANSWERS)
    async def return_book(book_id: Id) -> None:
        await write(partial(queries.return_book, book_id=book_id))

    @delete("/authors/{name:str}", responses=ANSWERS)
    async def delete_author(name: Name) -> None:
        if not await write(partial(queries.delete_author, name=name)):
            raise exc.NoResultFound

    errors = (*ERRORS, ValidationException, exc.SQLAlchemyError, OSError)
    return Litestar(
        [health, page_of_books, add_book, lend_book, return_book, delete_author],
        exception_handlers=dict.fromkeys(errors, answer_error),
        on_shutdown=on_shutdown,
    )


def serve() -> Litestar:
    """Return the application for the database of the settings."""
    engine = make_engine(Settings())
    begin = {{ begin % 'engine' }}
    begin_reading = {{ begin % 'read_only(engine)' }}
    return make_app(begin, begin_reading, on_shutdown=[engine.dispose])
