"""The library as tutorials write it: a dependency with `yield` commits, after the answer.

Run in the environment of a project, with its settings: `uvicorn --factory peers_fastapi:serve`.
"""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, FastAPI
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.web import Book
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker


def make_app(engine: AsyncEngine) -> FastAPI:
    """Return the application on an engine."""
    make_session = async_sessionmaker(engine)
    app = FastAPI()

    async def begin() -> AsyncGenerator[AsyncSession]:
        async with make_session.begin() as session:
            yield session

    @app.get("/health")
    async def health() -> None:
        pass

    @app.get("/books")
    async def page_of_books(
        session: Annotated[AsyncSession, Depends(begin)], after: int = 0
    ) -> list[Book]:
        books = await queries.page_of_books(session, after)
        return [Book(book.id, book.title, book.price, book.author.name) for book in books]

    @app.post("/books/{book_id}/lend")
    async def lend_book(book_id: int, session: Annotated[AsyncSession, Depends(begin)]) -> int:
        return await queries.lend_book(session, book_id)

    @app.post("/books/{book_id}/return", status_code=204)
    async def return_book(book_id: int, session: Annotated[AsyncSession, Depends(begin)]) -> None:
        await queries.return_book(session, book_id)

    return app


def serve() -> FastAPI:
    """Return the application on the engine of the project."""
    return make_app(make_engine(Settings()))
