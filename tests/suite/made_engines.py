"""A plugin for pytest in SQLAlchemy's own tests: a project's `make_engine` makes their engines.

It runs in the environment of the project, and imports SQLAlchemy late, because SQLAlchemy's plugin
has to be the first to do so.
"""

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

TIMEOUT = 2.0  # seconds; who waits for a lock in these tests mostly holds it too


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("made engines")
    group.addoption("--package", help="the package that makes the engines; none: they stay plain")
    group.addoption("--only", help="a file with the ids of the tests to run; none: all tests")
    group.addoption("--outcomes", help="the file to write what became of the tests to, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("outcomes")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(Path(path)))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Replace `testing_engine` before SQLAlchemy's plugin makes the first engine by it."""
    if package := session.config.getoption("package"):
        engines: Any = importlib.import_module("sqlalchemy.testing.engines")
        engines.testing_engine = TestingEngine(package, session.config.getoption("dburi")[0])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select tests by the ids that SQLAlchemy's plugin gives them while they are collected."""
    if path := config.getoption("only"):
        only = set(Path(path).read_text(encoding="utf-8").splitlines())
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in only])
        items[:] = [item for item in items if item.nodeid in only]


class Outcomes:
    """How many tests were run, and the error of each that failed."""

    def __init__(self, path: Path) -> None:
        """Keep the outcomes for this file."""
        self.path = path
        self.run: set[str] = set()
        self.failed: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test; one whose fixtures fail has failed too."""
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            message = crash.message if crash else report.longreprtext
            self.failed.setdefault(report.nodeid, message[:1000])
        if report.failed or (report.when == "call" and not report.skipped):
            self.run.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        outcomes = {"run": len(self.run), "failed": self.failed}
        self.path.write_text(json.dumps(outcomes), encoding="utf-8")


class TestingEngine:
    """SQLAlchemy's `testing_engine`, with engines that a package makes."""

    def __init__(self, package: str, url: str) -> None:
        """Let the package make the engines for URLs of this kind; the others stay plain."""
        sqlalchemy: Any = importlib.import_module("sqlalchemy")
        self.kind = kind(sqlalchemy.make_url(url))
        self.testing_engine = importlib.import_module("sqlalchemy.testing.engines").testing_engine
        self.owners: dict[str, Any] = {
            "create_engine": sqlalchemy,
            "create_async_engine": importlib.import_module("sqlalchemy.ext.asyncio"),
        }
        self.plain = {name: getattr(owner, name) for name, owner in self.owners.items()}
        self.module = importlib.import_module(f"{package}.engine")
        self.settings = importlib.import_module(f"{package}.config").Settings
        (self.called,) = self.plain.keys() & vars(self.module).keys()

    def __call__(
        self,
        url: "URL | str | None" = None,
        options: dict[str, Any] | None = None,
        *,
        asyncio: bool = False,
    ) -> "Engine | AsyncEngine":
        """Call the function that this one replaces; it imports what it creates engines with."""
        name = "create_async_engine" if asyncio else "create_engine"

        def create(url: "URL", **chosen: object) -> "Engine | AsyncEngine":
            if kind(url) == self.kind:
                return self.make(url, chosen, asyncio=asyncio)
            plain: Engine | AsyncEngine = self.plain[name](url, **chosen)
            return plain

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.owners[name], name, create)
            engine: Engine | AsyncEngine = self.testing_engine(url, options, asyncio=asyncio)
        return engine

    def make(self, url: "URL", chosen: dict[str, Any], *, asyncio: bool) -> "Engine | AsyncEngine":
        """Return the engine of the package; what a test chooses wins over what the package does."""
        # Most tests of async drivers use them through the engine for sync code.
        is_wrapped = self.called == "create_async_engine" and not asyncio

        def create(url: "URL", **given: object) -> "Engine | AsyncEngine":
            name = "create_engine" if is_wrapped else self.called
            engine: Engine = self.plain[name](url, **merge(given, chosen))
            return self.owners["create_async_engine"].AsyncEngine(engine) if is_wrapped else engine

        # Not validated: the tests also have URLs that no project accepts.
        settings = self.settings.model_construct(database_url=url, database_timeout=TIMEOUT)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.module, self.called, create)
            made: Any = self.module.make_engine(settings)
        engine: Engine | AsyncEngine = made.sync_engine if is_wrapped else made
        return engine


def kind(url: "URL") -> tuple[str, bool]:
    """Return what projects differ by: the database, and whether they are async."""
    return url.get_backend_name().replace("mariadb", "mysql"), url.get_dialect().is_async


def merge(given: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were chosen, and of those given the ones that fit with them."""
    if {"pool", "poolclass"} & chosen.keys():  # another pool may not take the options of this one
        given = {k: v for k, v in given.items() if k != "max_overflow" and not k.startswith("pool")}
    connect_args = given.get("connect_args", {}) | chosen.get("connect_args", {})
    return given | chosen | {"connect_args": connect_args}
