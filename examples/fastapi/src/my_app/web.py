"""The library over HTTP; a server calls `serve`. A transaction ends before its answer is sent."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import AsyncSession

from . import queries
from .config import Settings
from .engine import make_engine, read_only
from .retry import OutcomeUnknownError, is_transient, run_in_transaction
from .session import make_session_factory

DEADLINE = 5.0  # seconds after which no attempt to write starts
_logger = logging.getLogger(__name__)
ERRORS: dict[type[Exception], tuple[int, str]] = {
    exc.NoResultFound: (404, "there is no such author or book"),
    queries.NoCopyLeftError: (409, "no copy of the book is left"),
    exc.IntegrityError: (409, "it contradicts what is stored"),
    OutcomeUnknownError: (500, "it may be done or not: look before you repeat it"),
}
ANSWERS: dict[Any, Any] = {s: {"model": dict[str, str]} for s in (400, 404, 409, 422, 500, 503)}

Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]] | None
# Input has the limits of the columns, so that no database has to refuse it.
Id = Annotated[int, Field(ge=0, lt=2**31)]
Text = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]


@dataclass
class Book:
    """A book in a list."""

    id: int
    title: str
    price: Decimal
    author: str


class NewBook(BaseModel, extra="forbid"):
    """A book to add, by an author who is there already."""

    author: Text
    title: Text
    price: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
    genres: Annotated[list[Text], Field(max_length=20)] = []


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
    """Return the application; tests pass functions of their own that begin a transaction."""
    app = FastAPI(title="Library", lifespan=lifespan, responses=ANSWERS)
    for kind in (*ERRORS, RequestValidationError, exc.SQLAlchemyError, OSError):
        app.add_exception_handler(kind, answer_error)
    write = partial(run_in_transaction, begin, deadline=DEADLINE)

    @app.get("/health")
    async def health() -> dict[str, str]:
        async with begin_reading() as session:
            await session.execute(text("SELECT count(*) FROM sqlite_master"))
        return {"status": "ok"}

    @app.get("/books")
    async def page_of_books(after: Id = 0) -> list[Book]:
        async with begin_reading() as session:
            books = await queries.page_of_books(session, after)
        return [Book(book.id, book.title, book.price, book.author.name) for book in books]

    @app.post("/books", status_code=201)
    async def add_book(new: NewBook) -> dict[str, int]:
        async def add(session: AsyncSession) -> dict[str, int]:
            if (author := await queries.get_author(session, new.author)) is None:
                raise exc.NoResultFound
            book = await queries.add_book(session, author.id, new.title, new.price, new.genres)
            return {"id": book.id}

        return await write(add)

    @app.post("/books/{book_id}/lend")
    async def lend_book(book_id: Id) -> dict[str, int]:
        return {"copies": await write(partial(queries.lend_book, book_id=book_id))}

    @app.post("/books/{book_id}/return", status_code=204)
    async def return_book(book_id: Id) -> None:
        await write(partial(queries.return_book, book_id=book_id))

    @app.delete("/authors/{name:path}", status_code=204)
    async def delete_author(name: Text) -> None:
        if not await write(partial(queries.delete_author, name=name)):
            raise exc.NoResultFound

    return app


def serve() -> FastAPI:
    """Return the application for the database of the settings."""
    engine = make_engine(Settings())

    @asynccontextmanager
    async def closing(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await engine.dispose()

    begin = make_session_factory(engine).begin
    return make_app(begin, make_session_factory(read_only(engine)).begin, closing)
