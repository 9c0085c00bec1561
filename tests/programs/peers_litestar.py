"""The library with the plugin of advanced-alchemy, which commits when an answer with 2xx begins.

Run in the environment of a project, with its settings and advanced-alchemy:
`uvicorn --factory peers_litestar:serve`.
"""

from advanced_alchemy.extensions.litestar import SQLAlchemyAsyncConfig, SQLAlchemyPlugin
from litestar import Litestar, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from my_app.web import Book
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

Db = NamedDependency[AsyncSession]


@get("/health")
async def health() -> None:
    """Say that the server has started."""


@get("/books")
async def page_of_books(db_session: Db, after: int = 0) -> list[Book]:
    """List 20 books."""
    books = await queries.page_of_books(await db_session.connection(), after)
    return [Book(*book) for book in books]


@post("/books/{book_id:int}/lend", status_code=200)
async def lend_book(db_session: Db, book_id: FromPath[int]) -> dict[str, int]:
    """Lend a copy."""
    return {"copies": await queries.lend_book(await db_session.connection(), book_id)}


@post("/books/{book_id:int}/return", status_code=204)
async def return_book(db_session: Db, book_id: FromPath[int]) -> None:
    """Take a copy back."""
    await queries.return_book(await db_session.connection(), book_id)


def make_app(engine: AsyncEngine) -> Litestar:
    """Return the application on an engine."""
    config = SQLAlchemyAsyncConfig(engine_instance=engine, before_send_handler="autocommit")
    routes = [health, page_of_books, lend_book, return_book]
    return Litestar(routes, plugins=[SQLAlchemyPlugin(config)])


def serve() -> Litestar:
    """Return the application on the engine of the project."""
    return make_app(make_engine(Settings()))
