"""Runs of SQLAlchemy's own tests, on the engines of a project and on plain ones."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import make_url, text

from answers import ROOT, Answers
from generated import make_project
from servers import connected

HERE = Path(__file__).parent
LOGS = ROOT / ".suite"
PACKAGE = "my_app"
TOOLS = ("--with=greenlet>=3,<4", "--with=pytest-xdist>=3.8,<4", "--with=pytest-timeout>=2.4,<3")
PYTEST = (
    "pytest",
    "--quiet",
    "--override-ini=addopts=--strict-markers",
    "--timeout=120",
    "--tb=native",  # as SQLAlchemy has it; the others parse sources, at any depth of the stack
    "-pno:cacheprovider",
    "-pmade_engines",
)
LONGEST_RUN = 3 * 3600  # seconds


@dataclass(frozen=True)
class Engine:
    """An engine to run the tests on: a driver of projects, and where its database is."""

    database: str
    execution: str
    driver: str
    in_memory: bool = False

    @property
    def name(self) -> str:
        """The name on the command line, in wanted.toml and in the report."""
        return f"{self.driver}-memory" if self.in_memory else self.driver

    @property
    def variable(self) -> str | None:
        """The environment variable with the URL of its server, if it has one."""
        return None if self.database == "sqlite" else f"TEST_{self.database.upper()}_URL"

    @property
    def answers(self) -> Answers:
        """The answers of a project that makes it."""
        answers = {"layer": "core", "execution": self.execution, "database": self.database}
        if self.database == "postgresql" and self.execution == "async":
            answers["driver"] = self.driver.removesuffix("_async")
        return {**answers, "migrations": False, "package_name": PACKAGE}

    def paths(self, suite: str) -> list[str]:
        """Return what pytest is to run as a suite."""
        if suite == "A":
            dialect = f"test/dialect/{self.database}"
            paths = ["test/dialect/test_suite.py", dialect, "test/engine", "test/ext/asyncio"]
            return [*paths, "-m=not memory_intensive and not mypy"]
        paths = ["test/sql", "test/orm", "test/ext", "test/base", "--ignore=test/ext/asyncio"]
        return [*paths, "-m=backend and not memory_intensive and not mypy"]


ENGINES = [
    Engine("sqlite", "sync", "pysqlite"),
    Engine("sqlite", "async", "aiosqlite"),
    Engine("sqlite", "sync", "pysqlite", in_memory=True),
    Engine("sqlite", "async", "aiosqlite", in_memory=True),
    Engine("postgresql", "sync", "psycopg"),
    Engine("postgresql", "async", "psycopg_async"),
    Engine("postgresql", "async", "asyncpg"),
    Engine("mysql", "sync", "pymysql"),
    Engine("mysql", "async", "asyncmy"),
]


@dataclass(frozen=True)
class Outcomes:
    """What became of the tests of a run: how many were not skipped, and the errors of some."""

    run: int
    failed: dict[str, str]


class Tests:
    """SQLAlchemy's tests beside a project, in its environment."""

    def __init__(self, engine: Engine, folder: Path, processes: int) -> None:
        """Make the project, and unpack the tests of the SQLAlchemy that it gets."""
        self.engine = engine
        self.folder = folder
        self.processes = processes
        project = make_project(ROOT, folder / "project", engine.answers).path
        self.python = ("uv", "run", "--quiet", f"--project={project}", *TOOLS, "python")
        show = "import sqlalchemy; print(sqlalchemy.__version__)"
        version = execute(*self.python, "-c", show, cwd=folder).strip()
        archive = LOGS / f"sqlalchemy-{version}.tar.gz"
        if not archive.exists():
            # The built package lacks the tests, and uv has no command that downloads the source.
            download = ("uvx", "pip", "download", "--quiet", "--no-deps", "--no-binary=sqlalchemy")
            execute(*download, f"sqlalchemy=={version}", f"--dest={LOGS}", cwd=folder)
        shutil.unpack_archive(archive, folder, filter="data")
        (settings,) = folder.glob("*/setup.cfg")
        self.source = settings.parent

    def compare(self, url: str, suite: str, tests: Sequence[str]) -> tuple[Outcomes, Outcomes]:
        """Run tests on the engines of the project, and those that fail there on plain ones."""
        made = self.run(url, f"{suite}-made", f"--package={PACKAGE}", *tests)
        if not made.failed:
            return made, Outcomes(0, {})
        only = self.folder / "only"
        only.write_text("\n".join(made.failed), encoding="utf-8")
        files = sorted({test.partition("::")[0] for test in made.failed})
        return made, self.run(url, f"{suite}-plain", f"--only={only}", *files)

    def run(self, url: str, name: str, *arguments: str) -> Outcomes:
        """Run tests with databases like the one of this URL, and keep what pytest prints."""
        LOGS.mkdir(exist_ok=True)
        path = LOGS / f"{self.engine.name}-{name}.json"
        path.unlink(missing_ok=True)
        options = (
            f"--numprocesses={self.processes}",
            f"--dburi={url}",
            f"--write-idents={self.folder / name}.idents",
            f"--outcomes={path}",
        )
        execute(
            *(*self.python, "-m", *PYTEST, *options, *arguments),
            cwd=self.source,
            codes=(0, 1),
            log=path.with_suffix(".log"),
            PYTHONPATH=str(HERE),
            PYTHONNOUSERSITE="1",  # with this they test the installed package, not the source
        )
        return Outcomes(**json.loads(path.read_text(encoding="utf-8")))


class BrokenRunError(Exception):
    """A command that did not come to its end."""


def execute(
    *command: str,
    cwd: Path,
    log: Path | None = None,
    codes: Collection[int] = (0,),
    **environment: str,
) -> str:
    """Return what a command prints; raise if it ends with another exit code than these."""
    inherited = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=inherited | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="backslashreplace",
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=LONGEST_RUN)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # with the workers of pytest
            raise
    if log:
        log.write_text(printed, encoding="utf-8")
    if process.returncode not in codes:
        message = f"{' '.join(command)}: {process.returncode}\n{printed[-2000:]}"
        raise BrokenRunError(message)
    return printed


@contextmanager
def empty_database(engine: Engine, folder: Path) -> Iterator[str]:
    """Give the URL of a database; afterwards drop it, and those that the tests left behind."""
    drivername = f"{engine.database}+{engine.driver}"
    if engine.variable is None:
        yield f"{drivername}:///{':memory:' if engine.in_memory else 'suite.db'}"
        return
    server = os.environ[engine.variable]
    name = f"suite_{uuid4().hex[:12]}"
    url = make_url(server).set(database=name)
    with connected(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            if engine.database == "postgresql":  # the tests on MySQL make theirs
                with connected(url.render_as_string(hide_password=False)) as inside:
                    inside.execute(text("CREATE SCHEMA test_schema"))
                    inside.execute(text("CREATE SCHEMA test_schema_2"))
            yield url.set(drivername=drivername).render_as_string(hide_password=False)
        finally:
            force = " WITH (FORCE)" if engine.database == "postgresql" else ""
            idents = [file.read_text(encoding="utf-8") for file in folder.glob("*.idents")]
            for left in (name, *(line.split()[0] for line in "".join(idents).splitlines())):
                for suffix in ("", "_test_schema", "_test_schema_2"):
                    connection.execute(text(f"DROP DATABASE IF EXISTS {left}{suffix}{force}"))
