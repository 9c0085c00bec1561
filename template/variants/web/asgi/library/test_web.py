{% from 'template/facts.jinja' import begin, begin_on, schema, session_imports, web_framework with context %}
{% set transaction = schema.transaction | lower %}
{% set begin_on = begin_on[session if layer == 'orm' else 'connection'] %}
import asyncio
import json
from decimal import Decimal
{% if layer == 'orm' and session == 'scoped_session' %}
from functools import partial
{% endif %}
{% if web == 'litestar' %}
from typing import Any, cast
{% endif %}
from unittest.mock import Mock

import httpx2
import pytest
{% if web == 'fastapi' %}
from fastapi import FastAPI
{% else %}
from litestar import Litestar
{% endif %}
from sqlalchemy.ext.asyncio import AsyncEngine{{ ', AsyncSession, async_' ~ session if layer == 'orm' }}

from {{ package_name }} import queries
{% include 'template/variants/web/test_imports.py' %}
from {{ package_name }}.web import Begin, make_app, serve

SOLARIS = {"author": "Lem", "title": "Solaris", "price": "7.00"}


async def add_solaris(begin: Begin, copies: int) -> None:
    async with begin() as {{ transaction }}:
        author_id = {{ '(await queries.add_author(session, "Lem")).id' if layer == 'orm' else 'await queries.add_author(connection, "Lem")' }}
        row = queries.NewBook(author_id=author_id, title="Solaris", price=Decimal(7), copies=copies)
        await queries.add_books({{ transaction }}, [row])


def client_of(app: {{ web_framework.title }}) -> httpx2.AsyncClient:
    # Not {{ web_framework.test_client }}: it would run the application in another event loop than the engine.
{% if web == 'fastapi' %}
    headers, transport = {"Content-Type": "application/json"}, httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)
{% else %}
    transport = httpx2.ASGITransport(cast("Any", app))
    return httpx2.AsyncClient(transport=transport, base_url="http://test")
{% endif %}


{% if layer == 'orm' %}
@pytest.fixture
def begin(make_session: async_{{ session }}[AsyncSession]) -> Begin:
    return {{ begin[session] }}


{% endif %}
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
        *[("POST /books", {"title": text}, 422) for text in ("", "\0", {{ '"\\ud800", ' if web == 'fastapi' }}"x" * 256)],
        *[("POST /books", {"price": price}, 422) for price in ("1.001", -1, 10**8, "NaN")],
        *[("POST /books", {"genres": names}, 422) for names in ("a", [""], ["a"] * 21)],
        ("POST /books", {"colour": "red"}, 422),
        ("POST /books", {"author": "Homer"}, 404),
        ("POST /books", {}, 409),
        *[(f"POST /books/{number}/lend", {}, 404) for number in (0, 2**31 - 1)],
        *[(f"POST /books/{number}/return", {}, 422) for number in ({{ '"a", ' if web == 'fastapi' }}2**31, 2**64)],
{% if web == 'fastapi' %}
        ("DELETE /authors/a/b%25", {}, 404),
{% endif %}
    ],
)
async def test_refusals(
    client: httpx2.AsyncClient, request_line: str, changes: dict[str, object], status: int
) -> None:
    answer = await client.request(*request_line.split(), content=json.dumps(SOLARIS | changes))
    assert answer.status_code == status
    assert status == 404 or all(name in {{ 'answer.json()["detail"]' if web == 'fastapi' else 'answer.text' }} for name in changes)
    assert len((await client.get("/books")).json()) == 1


async def test_an_unknown_outcome() -> None:
    begin = Mock(side_effect=OutcomeUnknownError)
    answer = await client_of(make_app(begin, begin)).post("/books/1/lend")
    assert (answer.status_code, "look before you repeat it" in answer.text) == (500, True)


{% if database == 'sqlite' %}
async def test_database_is_busy(
    own_engine: AsyncEngine, impatient_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("{{ package_name }}.web.DEADLINE", 0.1)
    begin = {{ begin_on % 'impatient_engine' }}
    async with own_engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")  # takes the write lock
        answer = await client_of(make_app(begin, begin)).post("/books/1/lend")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
{% else %}
async def test_database_is_away(own_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ package_name }}.web.DEADLINE", 0.1)
    away = make_engine(Settings(database_url=own_engine.url.set(port=1, query={})))
    begin = {{ begin_on % 'away' }}
    for line in "GET /health", "POST /books/1/lend":
        answer = await client_of(make_app(begin, begin)).request(*line.split())
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
{% endif %}


async def test_requests_never_lend_a_copy_twice(
    own_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    await add_solaris({{ begin_on % 'own_engine' }}, copies=20)
    app = serve()
    async with app.{{ web_framework.lifespan }}, client_of(app) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
        [solaris] = (await client.get("/books")).json()
        lend = (client.post(f"/books/{solaris['id']}/lend") for _ in range(25))
        answers = await asyncio.gather(*lend)
    assert sorted(a.json()["copies"] for a in answers if a.is_success) == list(range(20))
    assert [answer.status_code for answer in answers if answer.is_error] == [409] * 5
