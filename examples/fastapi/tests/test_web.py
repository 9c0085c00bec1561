import asyncio
import json
from decimal import Decimal
from unittest.mock import Mock

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from my_app import queries
from my_app.retry import OutcomeUnknownError
from my_app.session import make_session_factory
from my_app.web import Begin, make_app, serve

SOLARIS = {"author": "Lem", "title": "Solaris", "price": "7.00"}


async def add_solaris(begin: Begin, copies: int) -> None:
    async with begin() as session:
        author_id = (await queries.add_author(session, "Lem")).id
        row = queries.NewBook(author_id=author_id, title="Solaris", price=Decimal(7), copies=copies)
        await queries.add_books(session, [row])


def client_of(app: FastAPI) -> httpx2.AsyncClient:
    # Not TestClient: it would run the application in another event loop than the engine.
    headers, transport = {"Content-Type": "application/json"}, httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)


@pytest.fixture
def begin(make_session: async_sessionmaker[AsyncSession]) -> Begin:
    return make_session.begin


@pytest.fixture
async def client(begin: Begin) -> httpx2.AsyncClient:
    await add_solaris(begin, copies=1)
    return client_of(make_app(begin, begin))


async def test_add_list_lend_return_and_delete(client: httpx2.AsyncClient) -> None:
    [solaris] = (await client.get("/books")).json()
    assert solaris == {**SOLARIS, "id": solaris["id"]}
    eden = {**SOLARIS, "title": "Eden", "price": "100.00"}
    added = await client.post("/books", json={**eden, "genres": ["novel"]})
    assert (await client.get(f"/books?after={solaris['id']}")).json() == [{**eden, **added.json()}]
    assert (await client.post(f"/books/{solaris['id']}/lend")).json() == {"copies": 0}
    assert (await client.post(f"/books/{solaris['id']}/lend")).status_code == 409
    assert (await client.post(f"/books/{solaris['id']}/return")).status_code == 204
    assert (await client.post(f"/books/{solaris['id']}/lend")).json() == {"copies": 0}
    assert (await client.delete("/authors/Lem")).status_code == 204
    assert (await client.get("/books")).json() == []


@pytest.mark.parametrize(
    ("request_line", "changes", "status"),
    [
        *[("POST /books", {"title": text}, 422) for text in ("", "\0", "\ud800", "x" * 256)],
        *[("POST /books", {"price": price}, 422) for price in ("1.001", -1, 10**8, "NaN")],
        *[("POST /books", {"genres": names}, 422) for names in ("a", [""], ["a"] * 21)],
        ("POST /books", {"colour": "red"}, 422),
        ("POST /books", {"author": "Homer"}, 404),
        ("POST /books", {}, 409),
        *[(f"POST /books/{number}/lend", {}, 404) for number in (0, 2**31 - 1)],
        *[(f"POST /books/{number}/return", {}, 422) for number in ("a", 2**31, 2**64)],
        ("DELETE /authors/a/b%25", {}, 404),
    ],
)
async def test_refusals(
    client: httpx2.AsyncClient, request_line: str, changes: dict[str, object], status: int
) -> None:
    answer = await client.request(*request_line.split(), content=json.dumps(SOLARIS | changes))
    assert answer.status_code == status
    assert status == 404 or all(name in answer.json()["detail"] for name in changes)
    assert len((await client.get("/books")).json()) == 1


async def test_an_unknown_outcome() -> None:
    begin = Mock(side_effect=OutcomeUnknownError)
    answer = await client_of(make_app(begin, begin)).post("/books/1/lend")
    assert (answer.status_code, "look before you repeat it" in answer.text) == (500, True)


async def test_database_is_busy(
    own_engine: AsyncEngine, impatient_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("my_app.web.DEADLINE", 0.1)
    begin = make_session_factory(impatient_engine).begin
    async with own_engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")  # takes the write lock
        answer = await client_of(make_app(begin, begin)).post("/books/1/lend")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


async def test_requests_never_lend_a_copy_twice(
    own_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    await add_solaris(make_session_factory(own_engine).begin, copies=20)
    app = serve()
    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
        [solaris] = (await client.get("/books")).json()
        lend = (client.post(f"/books/{solaris['id']}/lend") for _ in range(25))
        answers = await asyncio.gather(*lend)
    assert sorted(a.json()["copies"] for a in answers if a.is_success) == list(range(20))
    assert [answer.status_code for answer in answers if answer.is_error] == [409] * 5
