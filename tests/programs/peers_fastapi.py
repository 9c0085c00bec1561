"""The library as tutorials write it: a dependency with `yield` commits, after the answer.

Run in the environment of a project, with its settings: `uvicorn --factory peers_fastapi:serve`.
"""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, FastAPI
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.session import make_session_factory
from sqlalchemy.ext.asyncio import AsyncSession


def serve() -> FastAPI:
    """Return the application on the database of the settings."""
    make_session = make_session_factory(make_engine(Settings()))
    app = FastAPI()

    async def begin() -> AsyncGenerator[AsyncSession]:
        async with make_session.begin() as session:
            yield session

    @app.get("/health")
    async def health() -> None:
        pass

    @app.post("/books/{book_id}/lend")
    async def lend_book(book_id: int, session: Annotated[AsyncSession, Depends(begin)]) -> int:
        return await queries.lend_book(session, book_id)

    @app.post("/books/{book_id}/return", status_code=204)
    async def return_book(book_id: int, session: Annotated[AsyncSession, Depends(begin)]) -> None:
        await queries.return_book(session, book_id)

    return app
