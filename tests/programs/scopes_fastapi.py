"""Scopes of sessions around the requests of FastAPI, by a middleware and by a dependency.

Run in the environment of an async project with `scoped_session`: `python scopes_fastapi.py`.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request, Response
from my_app import queries
from my_app.session import make_session_factory, session_scope
from scenes import SCENES, made, run_all, value
from sqlalchemy.ext.asyncio import AsyncSession
from twins import create_tables

REQUESTS = 12


def add_middleware(app: FastAPI, make_session: Any) -> None:
    """Open a scope around each request, in the task of the middleware; the endpoint has another."""

    @app.middleware("http")
    async def scope(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        async with session_scope(make_session):
            return await call_next(request)

    @app.post("/authors/{name}", status_code=201)
    async def add_author(name: str) -> None:
        await queries.add_author(make_session(), name)


def add_dependency(app: FastAPI, make_session: Any) -> None:
    """Open a scope for the endpoints that depend on it."""

    async def scope() -> AsyncGenerator[AsyncSession]:
        async with session_scope(make_session) as session:
            yield session

    @app.post("/authors/{name}", status_code=201)
    async def add_author(name: str, session: Annotated[AsyncSession, Depends(scope)]) -> None:
        assert make_session() is session
        await queries.add_author(session, name)


async def keep_all(folder: Path, *, add: Callable[[FastAPI, Any], None], together: bool) -> None:
    """Show that what was answered with 201 is kept, and that no connection is missing."""
    async with made(f"sqlite:///{folder}/library.db", database_timeout=5) as engine:
        await create_tables(engine)
        make_session, app = make_session_factory(engine), FastAPI()
        add(app, make_session)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            requests = [http.post(f"/authors/{number}") for number in range(REQUESTS)]
            if together:
                responses = await asyncio.gather(*requests)
            else:
                responses = [await request for request in requests]
        assert [response.status_code for response in responses] == [201] * REQUESTS
        leaked = engine.pool.checkedout()
        async with engine.connect() as connection:
            kept = await value(connection, "SELECT count(*) FROM author")
        assert (kept, leaked) == (REQUESTS, 0)
        assert not make_session.registry.registry


SCENES |= {
    f"{add.__name__} {'together' if together else 'one by one'}": partial(
        keep_all, add=add, together=together
    )
    for add in (add_middleware, add_dependency)
    for together in (False, True)
}

if __name__ == "__main__":
    run_all()
