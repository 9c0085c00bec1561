"""Projects served over HTTP, clients that lend books there, and what became of each request."""

import itertools
import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Event, Lock, Thread

from sqlalchemy import text

from generated import Project
from own_servers import PATIENCE, free_port
from servers import connected

COPIES = 5
CLIENTS = 8
# How a server is told where to listen, by name.
LISTEN = {"uvicorn": "--port={}", "gunicorn": "--workers=2 --bind=127.0.0.1:{}"}
# What the programs that serve a project in another way need beside it, by framework.
BESIDE = {"litestar": ["--with=advanced-alchemy==1.12.0"]}
# What the status of an answer says about a loan: 500 is the answer to a lost COMMIT.
SAID = {200: "acknowledged", 204: "acknowledged", 409: "refused", 503: "refused", 500: "unknown"}


def command_of(project: Project) -> list[str]:
    """Return the command of the README that serves a project, without `uv run`."""
    [command] = re.findall(
        r"^uv run ((?:uv|gun)icorn .*?) +#", project.read("README.md"), re.MULTILINE
    )
    return [word.strip('"') for word in command.split()]


@contextmanager
def serving(project: Project, url: str, program: str = "", **environment: str) -> Iterator["Site"]:
    """Serve a project on a database, or in its environment a program in place of its `web.py`."""
    site = Site(project, url, program, environment)
    site.start()
    try:
        yield site
    finally:
        site.kill()


@dataclass
class Site:
    """An application that is served on a port of its own."""

    project: Project
    url: str
    program: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        server, *arguments = command_of(self.project)
        arguments += LISTEN[server].format(self.port).split()
        beside = []
        if self.program:
            arguments = [each.replace("my_app.web", self.program) for each in arguments]
            beside = BESIDE.get(self.project.answers["web"], [])
        environment = {
            "DATABASE_URL": self.url,
            "UV_PROJECT_ENVIRONMENT": str(self.project.environment),
            **self.environment,
        }
        self.process = subprocess.Popen(
            ["uv", "run", "--quiet", *beside, server, *arguments],
            cwd=self.project.path,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while self.ask("GET", "/health").status != 200:
            assert self.process.poll() is None, self.process.args
            assert time.monotonic() < deadline, self.process.args
            time.sleep(0.05)

    def ask(
        self, method: str, path: str, body: str | None = None, *, patience: float = PATIENCE
    ) -> "Answer":
        """Send a request on a connection of its own; one that is not answered has status 0."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        except (OSError, HTTPException):
            return Answer()
        finally:
            connection.close()

    def stop(self) -> None:
        """Shut it down as an administrator does."""
        self.process.terminate()
        self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End all its processes at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    status: int = 0
    body: str = ""


class Crowd:
    """Clients that lend and return copies, each of another book: what is there names the request.

    A client with `patience` goes away when it has waited so many seconds for its answer.
    """

    def __init__(self, site: Site, patience: float = PATIENCE) -> None:
        """Prepare them."""
        self.site = site
        self.patience = patience
        self.outcomes: dict[int, str] = {}
        self.numbers = itertools.count(1)
        self.lock = Lock()
        self.ended = Event()

    def work(self) -> None:
        """Lend and return until the end."""
        while not self.ended.is_set():
            with self.lock:
                number = next(self.numbers)
            action = "lend" if number % 2 else "return"
            answer = self.site.ask("POST", f"/books/{number}/{action}", patience=self.patience)
            self.outcomes[number] = SAID.get(answer.status, "unknown")
            if not answer.status:
                time.sleep(0.01)

    def during(self, happen: Callable[["Crowd"], None]) -> None:
        """Have all of them work while something happens."""
        threads = [Thread(target=self.work) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            happen(self)
        finally:
            self.ended.set()
            for thread in threads:
                thread.join()

    def wait_until(self, outcome: str, requests: int) -> None:
        """Wait until so many more requests have had this outcome."""
        enough = self.count(outcome) + requests
        deadline = time.monotonic() + PATIENCE
        while self.count(outcome) < enough:
            assert time.monotonic() < deadline, Counter(self.outcomes.values())
            time.sleep(0.02)

    def count_stale_reads(self, reads: int) -> int:
        """Add so many books, and return how often another connection did not see it then."""
        stale = 0
        for number in itertools.islice(self.numbers, reads):
            book = {"author": "Lem", "title": f"Volume {number}", "price": "1.00"}
            answer = self.site.ask("POST", "/books", json.dumps(book))
            assert answer.status == 201
            added = json.loads(answer.body)
            page = json.loads(self.site.ask("GET", f"/books?after={added['id'] - 1}").body)
            stale += page != [{**book, **added}]
        return stale

    def count(self, outcome: str) -> int:
        """Return how many requests have had this outcome by now."""
        return list(self.outcomes.values()).count(outcome)

    def compare(self, url: str) -> dict[str, int]:
        """Compare what clients were told with what is in the database."""
        with connected(url) as connection:
            rows = connection.execute(text("SELECT id, copies FROM book"))
            copies: dict[int, int] = {row.id: row.copies for row in rows}
        done = {
            number: (COPIES - copies[number]) * (1 if number % 2 else -1)
            for number in self.outcomes
        }
        said = Counter(self.outcomes.values())
        return {
            "acknowledged": said["acknowledged"],
            "refused": said["refused"],
            "unknown": said["unknown"],
            "lost": sum(
                outcome == "acknowledged" and not done[number]
                for number, outcome in self.outcomes.items()
            ),
            # Who is told that it was refused does it again.
            "doubled": sum(
                done[number] > 1 or (outcome == "refused" and done[number] > 0)
                for number, outcome in self.outcomes.items()
            ),
        }
