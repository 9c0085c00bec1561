"""What DATABASE_URL may say: TLS, several hosts, sockets and settings of the server."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from drivers import call, new_database, on_drivers
from generated import Project
from own_servers import (
    SECURE_SERVERS,
    SecureServer,
    Server,
    free_port,
    make_certificates,
    mute,
    shared,
)
from servers import connected

Found = dict[str, dict[str, Any]]
PASSWORD = "hunter2"
USER = f"lem:{PASSWORD}"
UNKNOWN = {
    "sqlite": ["sslmode=require", "pool_size=3"],
    "postgresql": ["sslmod=require", "pool_size=3", "ssl_mode=REQUIRED"],
    "mysql": ["ssl_mod=REQUIRED", "pool_size=3", "sslmode=require"],
}
MAKE_USER = {
    "postgresql": [f"CREATE USER lem SUPERUSER PASSWORD '{PASSWORD}'"],
    "mysql": [
        f"GRANT ALL ON *.* TO {user} IDENTIFIED BY '{PASSWORD}'"
        for user in ("lem@'%'", "lem@localhost")
    ],
}


@dataclass(frozen=True)
class Case:
    """A URL, and what its connection says of itself, or the error that there is instead."""

    url: str
    says: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    seconds: tuple[float, float] = (0, 60)


SECURE, OPEN = {"secure": True}, {"secure": False}
NO_TRUST = "certificate"
MISTAKES = {"AttributeError", "TypeError", "ValueError"}  # by who passes the parameter on
# What the engine sets where the URL says nothing.
DEFAULTS: dict[str, dict[str, object]] = {
    "postgresql": {
        "application_name": "my_app",
        "lock_timeout": "10s",
        "statement_timeout": "1min",
        "search_path": '"$user", public',
    },
    "mysql": {"lock_timeout": 10, "statement_timeout": "60.000000", "charset": "utf8mb4"},
}
# The certificate of the server is for `localhost`. `here` is a server with TLS by that name, and
# `address` the same by its address; `plain` is a server without TLS.
CASES = {
    "postgresql": {
        "nothing": Case("postgresql://{here}"),
        "postgres": Case("postgres://{here}"),
        "disable": Case("postgresql://{here}?sslmode=disable", OPEN),
        "require": Case("postgresql://{address}?sslmode=require", SECURE),
        "verify-ca": Case(
            "postgresql://{address}?sslmode=verify-ca&sslrootcert={authority}", SECURE
        ),
        "verify-full": Case(
            "postgresql://{here}?sslmode=verify-full&sslrootcert={authority}", SECURE
        ),
        "verify-ca, wrong authority": Case(
            "postgresql://{here}?sslmode=verify-ca&sslrootcert={stranger}", error=NO_TRUST
        ),
        "verify-full, wrong host": Case(
            "postgresql://{address}?sslmode=verify-full&sslrootcert={authority}", error=NO_TRUST
        ),
        "verify-full, no authority": Case(
            "postgresql://{here}?sslmode=verify-full", error=NO_TRUST
        ),
        "require, no TLS": Case("postgresql://{plain}?sslmode=require", error="ssl|tls"),
        "search_path": Case(
            "postgresql://{here}?options=-csearch_path%3Dshop", {"search_path": "shop"}
        ),
        "lock_timeout": Case(
            "postgresql://{here}?options=-c%20search_path%3Dshop,public%20-c%20lock_timeout%3D7s",
            {"search_path": "shop,public", "lock_timeout": "7s"},
        ),
        "application_name": Case(
            "postgresql://{here}?application_name=shop", {"application_name": "shop"}
        ),
        "connect_timeout": Case(
            "postgresql://{mute}?connect_timeout=2", error="time", seconds=(1.5, 8)
        ),
        "two hosts, first dead": Case(
            "postgresql://{user}@127.0.0.1:{dead},127.0.0.1:{port}/{database}"
            "?target_session_attrs=read-write"
        ),
        "two hosts, first silent": Case(
            "postgresql://{user}@127.0.0.1:{silent},127.0.0.1:{port}/{database}"
            "?target_session_attrs=read-write&connect_timeout=2",
            seconds=(1.5, 8),
        ),
        "two hosts, none of which takes writes": Case(
            "postgresql://{user}@127.0.0.1:{port},127.0.0.1:{port}/{database}"
            "?options=-cdefault_transaction_read_only%3Don&target_session_attrs=read-write",
            error="OperationalError.*(read-only|none of the hosts)",
        ),
        "two hosts, no matter which": Case(
            "postgresql://{user}@127.0.0.1:{dead},127.0.0.1:{port}/{database}"
            "?target_session_attrs=prefer-standby"
        ),
        "two parameters host, first dead": Case(
            "postgresql://{user}@/{database}?host=127.0.0.1:{dead}&host=127.0.0.1:{port}"
            "&target_session_attrs=read-write"
        ),
        "socket": Case(
            "postgresql://{user}@/{database}?host={folder}&port={port}", {"socket": True}
        ),
    },
    "mysql": {
        "nothing": Case("mysql://{here}"),
        "mariadb": Case("mariadb://{here}"),
        "DISABLED": Case("mysql://{here}?ssl_mode=DISABLED", OPEN),
        "REQUIRED": Case("mysql://{address}?ssl_mode=REQUIRED", SECURE),
        "REQUIRED, with a hyphen": Case("mysql://{address}?ssl-mode=REQUIRED", SECURE),
        "true": Case("mysql://{address}?ssl=true", SECURE),
        "VERIFY_CA": Case("mysql://{address}?ssl_mode=VERIFY_CA&ssl_ca={authority}", SECURE),
        "VERIFY_IDENTITY": Case(
            "mysql://{here}?ssl_mode=VERIFY_IDENTITY&ssl_ca={authority}", SECURE
        ),
        "ssl_ca": Case("mysql://{here}?ssl_ca={authority}", SECURE),
        "VERIFY_CA, wrong authority": Case(
            "mysql://{here}?ssl_mode=VERIFY_CA&ssl_ca={stranger}", error=NO_TRUST
        ),
        "ssl_ca, wrong authority": Case("mysql://{here}?ssl_ca={stranger}", error=NO_TRUST),
        "VERIFY_IDENTITY, wrong host": Case(
            "mysql://{address}?ssl_mode=VERIFY_IDENTITY&ssl_ca={authority}", error=NO_TRUST
        ),
        "VERIFY_CA, no authority": Case("mysql://{here}?ssl_mode=VERIFY_CA", error=NO_TRUST),
        "REQUIRED, no TLS": Case("mysql://{plain}?ssl_mode=REQUIRED", error="ssl|tls"),
        "true, no TLS": Case("mysql://{plain}?ssl=true", error="ssl|tls"),
        "sql_mode": Case(
            "mysql://{here}?sql_mode=STRICT_TRANS_TABLES", {"sql_mode": "STRICT_TRANS_TABLES"}
        ),
        "init_command": Case("mysql://{here}?init_command=SET%20@shop%20%3D%207", {"shop": 7}),
        "init_command for Galera": Case(
            "mysql://{here}?init_command=SET+SESSION+wsrep_sync_wait+%3D+1", {"wsrep_sync_wait": 1}
        ),
        "several hosts": Case(
            "mysql://{user}@127.0.0.1:{port},127.0.0.1:{dead}/{database}", error="is not a URL such"
        ),
        "init_command wins": Case(
            "mysql://{here}?init_command=SET%20SESSION%20innodb_lock_wait_timeout%20%3D%207",
            {"lock_timeout": 7},
        ),
        "socket": Case(
            "mysql://{user}@localhost/{database}?unix_socket={folder}/socket", {"socket": True}
        ),
    },
}


@pytest.fixture(scope="session")
def secure_servers() -> Iterator[Callable[[str], SecureServer]]:
    """Servers with TLS."""
    with shared(SECURE_SERVERS) as find:
        yield find


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of an authority that has certified no server."""
    return make_certificates(tmp_path_factory.mktemp("stranger")).authority


@pytest.fixture(scope="module")
def found(
    project: Project,
    own_servers: Callable[[str], Server],
    secure_servers: Callable[[str], SecureServer],
    stranger: Path,
) -> Found:
    """What comes of each URL."""
    database: str = project.answers["database"]
    server = secure_servers(database)
    names = []
    for one in server, own_servers(database):
        names.append(make_url(new_database(one)).database)
        with suppress(DBAPIError):  # a project before this one was here too
            for statement in MAKE_USER[database]:
                one.execute(statement)
    with mute() as mute_port:
        places = {
            "here": f"{USER}@localhost:{server.port}/{names[0]}",
            "address": f"{USER}@127.0.0.1:{server.port}/{names[0]}",
            "plain": f"{USER}@127.0.0.1:{own_servers(database).port}/{names[1]}",
            "mute": f"{USER}@127.0.0.1:{mute_port}/{names[0]}",
            "user": USER,
            "database": names[0],
            "port": server.port,
            "dead": free_port(),
            "silent": mute_port,
            "folder": server.folder,
            "authority": server.certificates.authority,
            "stranger": stranger,
        }
        urls = {name: case.url.format(**places) for name, case in CASES[database].items()}
        return dict(zip(urls, call(project, "urls.py", *urls.values()), strict=True))


@on_drivers("postgresql", "mysql")
def test_a_connection_is_what_its_url_says(
    project: Project, found: Found, subtests: pytest.Subtests
) -> None:
    database = project.answers["database"]
    for name, case in CASES[database].items():
        with subtests.test(name):
            check(found[name], case, DEFAULTS[database])


def check(answer: dict[str, Any], case: Case, defaults: Mapping[str, object]) -> None:
    """Check what came of a URL."""
    if case.error:
        assert "secure" not in answer, "there is a connection"
        assert answer.get("error") not in MISTAKES, answer
        assert re.search(case.error, answer["message"], re.IGNORECASE), answer
    else:
        assert "secure" in answer, answer
        wanted = {**defaults, **case.says}
        assert {key: answer[key] for key in wanted} == wanted
    assert case.seconds[0] <= answer.get("seconds", 0) <= case.seconds[1], answer
    assert PASSWORD not in str(answer)


@on_drivers("sqlite", "postgresql", "mysql", needs_server=False)
def test_a_parameter_that_no_driver_knows_is_refused(
    project: Project, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    database = project.answers["database"]
    place = f"/{tmp_path}/library.db" if database == "sqlite" else f"{USER}@127.0.0.1:1/library"
    urls = [f"{database}://{place}?{parameter}" for parameter in UNKNOWN[database]]
    for url, answer in zip(urls, call(project, "urls.py", *urls), strict=True):
        name = url.partition("?")[2].partition("=")[0]
        with subtests.test(name):
            assert name in answer.get("refused", ""), answer
            assert len(answer["refused"].splitlines()) == 1
            assert PASSWORD not in str(answer)


@on_drivers("sqlite")
def test_a_file_that_has_to_be_there(project: Project, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "there.db")) as connection:
        connection.execute("PRAGMA user_version = 7")
    there, missing = call(
        project,
        "urls.py",
        *(f"sqlite:///file:{tmp_path}/{name}.db?mode=ro&uri=true" for name in ("there", "missing")),
    )
    assert there["user_version"] == 7
    assert missing["error"] == "OperationalError"
    assert not (tmp_path / "missing.db").exists()


@on_drivers("postgresql")
def test_migrations_follow_the_search_path(project: Project, own_server: Server) -> None:
    url = new_database(own_server)
    schemas = text(
        "SELECT DISTINCT table_schema FROM information_schema.tables"
        " WHERE table_name IN ('book', 'alembic_version')"
    )
    with connected(url) as connection:
        connection.exec_driver_sql("CREATE SCHEMA shop")
        alembic = ("uv", "run", "--quiet", "alembic", "upgrade", "head")
        project.run(*alembic, DATABASE_URL=f"{url}?options=-csearch_path%3Dshop")
        assert connection.scalars(schemas).all() == ["shop"]
