{% from 'template/facts.jinja' import begin_on, session_imports with context %}
{% set begin_on = begin_on[session if layer == 'orm' else 'connection'] %}
from concurrent.futures import ThreadPoolExecutor
{% if layer == 'orm' and session == 'scoped_session' %}
from functools import partial
{% endif %}
from unittest.mock import Mock

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, NoResultFound, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

{% include 'template/variants/web/test_imports.py' %}
from {{ package_name }}.web import make_app, serve


def test_health(own_engine: Engine) -> None:
    begin = {{ begin_on % 'own_engine' }}
    answer = make_app(begin, begin).test_client().get("/health")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (NoResultFound(), 404, "not there"),
        (IntegrityError("", None, Exception()), 409, "contradicts"),
        (OutcomeUnknownError(), 500, "look before you repeat it"),
        (PoolTimeoutError(), 503, "busy"),
    ],
)
def test_errors(error: Exception, status: int, detail: str) -> None:
    begin = Mock(side_effect=error)
    answer = make_app(begin, begin).test_client().get("/health")
    assert (answer.status_code, detail in answer.get_json()["detail"]) == (status, True)


def test_a_bug_shows_nothing() -> None:
    begin = Mock(side_effect=ProgrammingError("SELECT secret", None, Exception("secret")))
    answer = make_app(begin, begin).test_client().get("/health")
    assert (answer.status_code, "secret" in answer.text) == (500, False)


{% if database != 'sqlite' %}
def test_database_is_away(own_engine: Engine) -> None:
    away = make_engine(Settings(database_url=own_engine.url.set(port=1, query={})))
    begin = {{ begin_on % 'away' }}
    answer = make_app(begin, begin).test_client().get("/health")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


{% endif %}
def test_requests_at_once(own_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    app = serve()
    with ThreadPoolExecutor(25) as pool:
        gets = [pool.submit(app.test_client().get, "/health") for _ in range(25)]
    assert [get.result().status_code for get in gets] == [200] * 25
