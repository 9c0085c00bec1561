{% from 'template/facts.jinja' import begin, begin_on, schema, session_imports with context %}
{% set transaction = schema.transaction | lower %}
{% set begin_on = begin_on[session if layer == 'orm' else 'connection'] %}
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
{% if layer == 'orm' and session == 'scoped_session' %}
from functools import partial
{% endif %}
from unittest.mock import Mock

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
{% if layer == 'orm' %}
from sqlalchemy.orm import Session, {{ session }}
{% endif %}

from {{ package_name }} import queries
{% include 'template/variants/web/test_imports.py' %}
from {{ package_name }}.web import Begin, make_app, serve

SOLARIS = {"author": "Lem", "title": "Solaris", "price": "7.00"}


def add_solaris(begin: Begin, copies: int) -> None:
    with begin() as {{ transaction }}:
        author_id = queries.add_author({{ transaction }}, "Lem"){{ '.id' if layer == 'orm' }}
        row = queries.NewBook(author_id=author_id, title="Solaris", price=Decimal(7), copies=copies)
        queries.add_books({{ transaction }}, [row])


{% if layer == 'orm' %}
@pytest.fixture
def begin(make_session: {{ session }}[Session]) -> Begin:
    return {{ begin[session] }}


{% endif %}
@pytest.fixture
def client(begin: Begin) -> FlaskClient:
    add_solaris(begin, copies=1)
    return make_app(begin, begin).test_client()


def test_add_list_lend_return_and_delete(client: FlaskClient) -> None:
    [solaris] = client.get("/books").get_json()
    assert solaris == {**SOLARIS, "id": solaris["id"]}
    eden = {**SOLARIS, "title": "Eden", "price": "100.00"}
    added = client.post("/books", json={**eden, "genres": ["novel"]})
    assert client.get(f"/books?after={solaris['id']}").get_json() == [{**eden, **added.get_json()}]
    assert client.post(f"/books/{solaris['id']}/lend").get_json() == {"copies": 0}
    assert client.post(f"/books/{solaris['id']}/lend").status_code == 409
    assert client.post(f"/books/{solaris['id']}/return").status_code == 204
    assert client.post(f"/books/{solaris['id']}/lend").get_json() == {"copies": 0}
    assert client.delete("/authors/Lem").status_code == 204
    assert client.get("/books").get_json() == []


@pytest.mark.parametrize(
    ("request_line", "changes", "status"),
    [
        *[("POST /books", {"title": text}, 422) for text in ("", "\0", "\ud800", "x" * 256)],
        *[("POST /books", {"price": price}, 422) for price in ("1.001", -1, 10**8, "NaN")],
        *[("POST /books", {"genres": names}, 422) for names in ("a", [""], ["a"] * 21)],
        ("POST /books", {"colour": "red"}, 422),
        ("GET /books?after=x", {"after": "x"}, 422),
        ("PUT /books", {}, 405),
        ("POST /books", {"author": "Homer"}, 404),
        ("POST /books", {}, 409),
        *[(f"POST /books/{number}/lend", {}, 404) for number in (0, 2**31 - 1)],
        *[(f"POST /books/{number}/return", {}, 422) for number in ("a", 2**31, 2**64)],
        ("DELETE /authors/a/b%25", {}, 404),
    ],
)
def test_refusals(
    client: FlaskClient, request_line: str, changes: dict[str, object], status: int
) -> None:
    method, path = request_line.split()
    answer = client.open(path, method=method, data=json.dumps(SOLARIS | changes))
    assert (answer.status_code, "Allow" in answer.headers) == (status, status == 405)
    assert status == 404 or all(name in answer.get_json()["detail"] for name in changes)
    assert len(client.get("/books").get_json()) == 1


def test_an_unknown_outcome() -> None:
    begin = Mock(side_effect=OutcomeUnknownError)
    answer = make_app(begin, begin).test_client().post("/books/1/lend")
    assert (answer.status_code, "look before you repeat it" in answer.text) == (500, True)


{% if database == 'sqlite' %}
def test_database_is_busy(
    own_engine: Engine, impatient_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("{{ package_name }}.web.DEADLINE", 0.1)
    begin = {{ begin_on % 'impatient_engine' }}
    with own_engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")  # takes the write lock
        answer = make_app(begin, begin).test_client().post("/books/1/lend")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
{% else %}
def test_database_is_away(own_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ package_name }}.web.DEADLINE", 0.1)
    away = make_engine(Settings(database_url=own_engine.url.set(port=1, query={})))
    begin = {{ begin_on % 'away' }}
    for method, path in ("GET", "/health"), ("POST", "/books/1/lend"):
        answer = make_app(begin, begin).test_client().open(path, method=method)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
{% endif %}


def test_requests_never_lend_a_copy_twice(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    add_solaris({{ begin_on % 'own_engine' }}, copies=20)
    app = serve()
    assert app.test_client().get("/health").get_json() == {"status": "ok"}
    [solaris] = app.test_client().get("/books").get_json()
    path = f"/books/{solaris['id']}/lend"
    with ThreadPoolExecutor(25) as pool:
        posts = [pool.submit(app.test_client().post, path) for _ in range(25)]
    answers = [post.result() for post in posts]
    left = [answer.get_json()["copies"] for answer in answers if answer.status_code == 200]
    assert sorted(left) == list(range(20))
    assert [answer.status_code for answer in answers if answer.status_code != 200] == [409] * 5
