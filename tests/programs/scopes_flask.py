"""Scopes of sessions in the views of Flask.

Run in the environment of a sync project with `scoped_session`: `python scopes_flask.py`.
"""

from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import twins
from flask import Flask
from my_app import queries
from my_app.retry import run_in_transaction
from my_app.session import make_session_factory, session_scope
from scenes import made, run_all, scene, value


class ConflictError(Exception):
    """Somebody else was faster."""


def make_app(make_session: Any) -> Flask:
    """Return an application with a way to write for each way to use a session."""
    app = Flask(__name__)
    begin = partial(session_scope, make_session)

    @app.errorhandler(ConflictError)
    def conflict(_: Exception) -> tuple[str, int]:
        return "conflict", 409

    @app.errorhandler(RuntimeError)
    def refuse(error: Exception) -> tuple[str, int]:
        return str(error), 500

    @app.post("/scope")
    def write_in_a_scope() -> tuple[str, int]:
        with begin() as session:
            queries.add_author(session, "Lem")
        return "written", 201

    @app.post("/conflict")
    def write_and_fail() -> tuple[str, int]:
        with begin() as session:
            queries.add_author(session, "Lem")
            raise ConflictError

    @app.get("/nothing")
    def read_without_a_scope() -> tuple[str, int]:
        return str(queries.get_author(make_session(), "Lem")), 200

    @app.post("/transaction")
    def read_and_write() -> tuple[str, int]:
        with begin() as session:
            found = queries.get_author(session, "Lem")
        assert found is None
        author = run_in_transaction(begin, partial(queries.add_author, name="Lem"))
        return author.name, 201

    @app.get("/stream")
    def stream() -> Iterator[str]:
        with begin() as session:
            for number in range(10_000):
                yield f"{number} {queries.get_author(session, 'Lem')}\n"

    return app


@asynccontextmanager
async def client(folder: Path) -> AsyncGenerator[tuple[Any, Any]]:
    """Give an engine and a client; check that nobody has kept a session or a connection."""
    async with made(f"sqlite:///{folder}/library.db", database_timeout=1) as engine:
        await twins.create_tables(engine)
        make_session = make_session_factory(engine)
        yield engine, make_app(make_session).test_client()
        assert engine.pool.checkedout() == 0
        sessions = make_session.registry.registry
        assert not (sessions if isinstance(sessions, dict) else vars(sessions))


async def count_authors(engine: Any) -> int:
    """Return how many authors are stored."""
    with engine.connect() as connection:
        found: int = await value(connection, "SELECT count(*) FROM author")
        return found


@scene
async def an_error_that_is_answered_keeps_nothing(folder: Path) -> None:
    async with client(folder) as (engine, http):
        assert http.post("/conflict").status_code == 409
        assert await count_authors(engine) == 0
        assert http.post("/scope").status_code == 201
        assert await count_authors(engine) == 1


@scene
async def a_view_without_a_scope_has_no_session(folder: Path) -> None:
    async with client(folder) as (engine, http):
        response = http.get("/nothing")
        assert response.status_code == 500, response.text
        assert "session_scope" in response.text
        assert engine.pool.checkedout() == 0
        assert http.post("/scope").status_code == 201


@scene
async def a_view_can_run_transactions(folder: Path) -> None:
    async with client(folder) as (engine, http):
        response = http.post("/transaction")
        assert (response.status_code, response.text) == (201, "Lem")
        assert await count_authors(engine) == 1


@scene
async def an_answer_that_is_closed_in_another_thread_ends_its_scope(folder: Path) -> None:
    async with client(folder) as (engine, http):
        with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
            response = one.submit(http.get, "/stream", buffered=False).result()
            assert one.submit(next, response.iter_encoded()).result() == b"0 None\n"
            assert engine.pool.checkedout() == 1
            other.submit(response.close).result()
            assert engine.pool.checkedout() == 0
            assert one.submit(http.post, "/scope").result().status_code == 201


if __name__ == "__main__":
    run_all()
