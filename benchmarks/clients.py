"""Clients that lend and list books over connections that stay open, and what a server takes."""

import random
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import psutil
from sqlalchemy import text

import common

sys.path.insert(0, str(common.ROOT / "tests"))
from served import CLIENTS, Site
from servers import connected

SECONDS = 1.0  # that they send requests of a kind
REQUESTS = {"lend": "POST /books/{}/lend", "list": "GET /books?after={}"}
BOOKS, COPIES = 100, 1_000_000


@dataclass
class Load:
    """What became of the requests of a kind, and the CPU that they took."""

    rate: float  # acknowledged a second
    refused: int
    cpu: float  # milliseconds of the server for each request that was answered


@dataclass
class Side:
    """A server that is compared with others, on a database of its own, and its clients.

    The clients are threads of this process, and read no more of an answer than they have to.
    """

    site: Site
    lent: int = 0

    def work(self) -> dict[str, Load]:
        """Have the clients lend for some time, then list."""
        return {request: self.load(request) for request in REQUESTS}

    def load(self, request: str) -> Load:
        """Have the clients send requests of a kind."""
        before, start = self.cpu_seconds(), time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool:
            send = partial(self.send, REQUESTS[request], start + SECONDS)
            answers = [status for each in pool.map(send, range(CLIENTS)) for status in each]
        seconds, taken = time.monotonic() - start, self.cpu_seconds() - before
        acknowledged = answers.count(200)
        self.lent += acknowledged * (request == "lend")
        refused = len(answers) - acknowledged
        return Load(acknowledged / seconds, refused, taken * 1000 / len(answers))

    def send(self, request: str, end: float, client: int) -> list[int]:
        """Send one request after the other; return the status of each answer."""
        statuses, numbers = [], random.Random(client)
        with (
            socket.create_connection(("127.0.0.1", self.site.port), 60) as connection,
            connection.makefile("rb") as answers,
        ):
            while time.monotonic() < end:
                line = request.format(numbers.randint(1, BOOKS))
                connection.sendall(f"{line} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                status, length = answers.readline(), 0
                while header := answers.readline().lower().strip():
                    if header.startswith(b"content-length:"):
                        length = int(header.partition(b":")[2])
                answers.read(length)
                statuses.append(int(status.split()[1]))
        return statuses

    def cpu_seconds(self) -> float:
        """Return the CPU time of all processes of the server until now."""
        server = psutil.Process(self.site.process.pid)
        times = [each.cpu_times() for each in (server, *server.children(recursive=True))]
        return sum(each.user + each.system for each in times)

    def lost(self) -> int:
        """Return how many of the copies that were acknowledged are not lent."""
        with connected(self.site.url) as connection:
            kept = connection.scalars(text(f"SELECT sum({COPIES} - copies) FROM book")).one()
        return self.lent - int(kept)
