{% from 'template/facts.jinja' import begin_on, session_imports, web_framework with context %}
{% set begin_on = begin_on[session if layer == 'orm' else 'connection'] %}
import asyncio
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
from sqlalchemy.exc import IntegrityError, NoResultFound, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

{% include 'template/variants/web/test_imports.py' %}
from {{ package_name }}.web import make_app, serve


def client_of(app: {{ web_framework.title }}) -> httpx2.AsyncClient:
    # Not {{ web_framework.test_client }}: it would run the application in another event loop than the engine.
    transport = httpx2.ASGITransport({{ 'app' if web == 'fastapi' else 'cast("Any", app)' }})
    return httpx2.AsyncClient(transport=transport, base_url="http://test")


async def test_health(own_engine: AsyncEngine) -> None:
    begin = {{ begin_on % 'own_engine' }}
    answer = await client_of(make_app(begin, begin)).get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (NoResultFound(), 404, "not there"),
        (IntegrityError("", None, Exception()), 409, "contradicts"),
        (OutcomeUnknownError(), 500, "look before you repeat it"),
        (PoolTimeoutError(), 503, "busy"),
    ],
)
async def test_errors(error: Exception, status: int, detail: str) -> None:
    begin = Mock(side_effect=error)
    answer = await client_of(make_app(begin, begin)).get("/health")
    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True)


async def test_a_bug_is_not_answered() -> None:
    begin = Mock(side_effect=ProgrammingError("SELECT secret", None, Exception("secret")))
    with pytest.raises(ProgrammingError):  # the server logs it, and answers 500
        await client_of(make_app(begin, begin)).get("/health")


{% if database != 'sqlite' %}
async def test_database_is_away(own_engine: AsyncEngine) -> None:
    away = make_engine(Settings(database_url=own_engine.url.set(port=1, query={})))
    begin = {{ begin_on % 'away' }}
    answer = await client_of(make_app(begin, begin)).get("/health")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


{% endif %}
async def test_requests_at_once(own_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    app = serve()
    async with app.{{ web_framework.lifespan }}, client_of(app) as client:
        answers = await asyncio.gather(*(client.get("/health") for _ in range(25)))
    assert [answer.status_code for answer in answers] == [200] * 25
