"""Servers that a test may stop, kill and start again, and a wire that it may cut."""

import os
import random
import re
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread, Timer
from typing import Any, Literal, TypeVar

import psutil
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from servers import IS_ROOT, connected

# Debian keeps servers where only root, or a wrapper of its own, looks for programs.
SEARCH_PATH = os.pathsep.join(
    [os.environ["PATH"], "/usr/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
)
PATIENCE = 60  # seconds
AnyProgram = TypeVar("AnyProgram", bound="Program")
AnyServer = TypeVar("AnyServer", bound="Server")
# What a client has said when a `Wire` gives it no answer any more.
NO_ANSWER = re.compile(rb"(?s)/\* no answer \*/|/\* no answer at COMMIT \*/.*COMMIT(?!TED| \*/)")
SILENCE = 15  # seconds
# Drivers commit when they have set up a connection, too.
WRITING = re.compile(rb"INSERT|UPDATE")


def find(program: str) -> str:
    """Return the path of a program; skip the test where it is not installed."""
    path = shutil.which(program, path=SEARCH_PATH)
    if path is None:
        pytest.skip(f"there is no {program}")
    return path


def free_port() -> int:
    """Return a port that nobody listens on, below those that systems give to clients.

    One of a server that is down may not become that of somebody's connection.
    """
    while True:
        port = random.randint(10_000, 32_000)
        with suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            return port


class Program(ABC):
    """A program with a folder and a port that stay the same however often it is started."""

    account: str | None = None
    end = signal.SIGTERM

    def __init__(self, folder: Path, *options: str) -> None:
        """Install it in a folder; `options` are for every start."""
        self.folder = folder
        self.options = options
        self.port = free_port()
        if self.account:
            shutil.chown(folder, self.account)
        self.install()

    @abstractmethod
    def install(self) -> None:
        """Make the folder of its data."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that runs it."""

    @abstractmethod
    def answers(self) -> bool:
        """Return whether it does what it is for."""

    def run(self, *command: str) -> None:
        """Run another program to its end as the user that this one runs as."""
        done = subprocess.run(
            command,
            user=self.account,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with Path(self.folder, "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command(), *self.options],
                user=self.account,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait(self.answers)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, Path(self.folder, "log").read_text()
            assert time.monotonic() < deadline, Path(self.folder, "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """Shut it down as an administrator does: its clients lose their connections."""
        self.process.send_signal(self.end)
        self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End all its processes at once, as when the machine crashes."""
        send_all(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def freeze(self) -> None:
        """Let it answer nobody any more, as when the machine is no longer to be reached."""
        send_all(self.process.pid, signal.SIGSTOP)


def send_all(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process and those that it has started, in whatever session they are."""
    first = psutil.Process(pid)
    for process in [first, *first.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


class Server(Program):
    """A server of databases."""

    database: str
    administrator: str
    maintenance: str

    @property
    def url(self) -> str:
        """The URL of its administrative database."""
        return f"{self.database}://{self.administrator}@127.0.0.1:{self.port}/{self.maintenance}"

    def answers(self) -> bool:
        """Return whether it takes statements."""
        try:
            self.execute("SELECT 1")
        except DBAPIError:
            return False
        return True

    def execute(self, statement: str, **parameters: object) -> list[Any]:
        """Run a statement outside of transactions; return the first column of its rows."""
        with connected(self.url) as connection:
            result = connection.execute(text(statement), parameters)
            return list(result.scalars()) if result.returns_rows else []


class PostgreSQL(Server):
    """A PostgreSQL server."""

    database = "postgresql"
    administrator = "postgres"
    maintenance = "postgres"
    # Servers do not run as root, or hardly: there they are the users that their packages add.
    account = "postgres" if IS_ROOT else None
    end = signal.SIGINT

    def install(self) -> None:
        """Make a cluster of databases."""
        options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self.run(find("initdb"), f"--pgdata={self.folder}/data", *options)

    def command(self) -> list[str]:
        """Return the command that runs it."""
        # What reached the kernel survives the death of the server, if not that of the machine.
        return [
            find("postgres"),
            f"-D{self.folder}/data",
            f"-p{self.port}",
            "-clisten_addresses=127.0.0.1",
            "-cunix_socket_directories=",
            "-cfsync=off",
            "-cdeadlock_timeout=20ms",
        ]


class MariaDB(Server):
    """A MariaDB server."""

    database = "mysql"
    administrator = "root"
    maintenance = "mysql"
    account = "mysql" if IS_ROOT else None

    def install(self) -> None:
        """Make its system tables."""
        options = ("--auth-root-authentication-method=normal", "--skip-test-db")
        self.run(find("mariadb-install-db"), *self.places(), *options)

    def places(self) -> list[str]:
        """Return the options that say where its files are."""
        # At its start mariadbd clears the folder for temporary tables: it must be nobody else's.
        return ["--no-defaults", f"--datadir={self.folder}/data", f"--tmpdir={self.folder}"]

    def command(self) -> list[str]:
        """Return the command that runs it."""
        return [
            find("mariadbd"),
            *self.places(),
            f"--socket={self.folder}/socket",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_bin",
            # What reached the kernel survives the death of the server, if not of the machine.
            "--innodb-flush-log-at-trx-commit=2",
        ]


class Replica(PostgreSQL):
    """A PostgreSQL server that follows another one."""

    def __init__(self, folder: Path, primary: Server) -> None:
        """Copy the primary; from its start on it receives what is written there."""
        self.primary = primary
        super().__init__(folder)

    def install(self) -> None:
        """Copy the folder of the primary, with the settings for following it."""
        address = ("--host=127.0.0.1", f"--port={self.primary.port}", "--username=postgres")
        options = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        self.run(find("pg_basebackup"), f"--pgdata={self.folder}/data", *address, *options)


class PgBouncer(Server):
    """A pooler that lends its connections to a server for one transaction each."""

    database = PostgreSQL.database
    administrator = PostgreSQL.administrator
    maintenance = PostgreSQL.maintenance
    account = PostgreSQL.account

    def __init__(self, folder: Path, server: Server, **settings: object) -> None:
        """Lead to a server; `settings` are of the section [pgbouncer]."""
        self.server = server
        self.settings = {"pool_mode": "transaction"} | settings
        super().__init__(folder)

    def install(self) -> None:
        """Write what it reads; all else is as its package has it."""
        Path(self.folder, "settings").write_text(
            f"""
            [databases]
            * = host=127.0.0.1 port={self.server.port} user={self.administrator}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {self.port}
            unix_socket_dir =
            auth_type = any
            max_client_conn = 1000
            """.replace("    ", "")
            + "".join(f"{name} = {value}\n" for name, value in self.settings.items())
        )

    def command(self) -> list[str]:
        """Return the command that runs it."""
        return [find("pgbouncer"), "settings"]


class Galera(MariaDB):
    """A node of a Galera cluster: every node takes writes, and a COMMIT is certified by all."""

    def __init__(self, folder: Path, first: "Galera | None" = None) -> None:
        """Install the first node of a cluster, or one that joins it."""
        library = next(Path("/usr/lib").glob("**/libgalera_smm.so"), None)
        if library is None:
            pytest.skip("there is no Galera")
        self.group = f"127.0.0.1:{free_port()}"
        provider = f"gmcast.listen_addr=tcp://{self.group};ist.recv_addr=127.0.0.1:{free_port()}"
        super().__init__(
            folder,
            "--wsrep-on=ON",
            f"--wsrep-provider={library}",
            f"--wsrep-cluster-address=gcomm://{first.group if first else ''}",
            f"--wsrep-node-address={self.group}",
            f"--wsrep-provider-options={provider}",
            "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address=127.0.0.1:{free_port()}",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
        )


SERVERS: dict[str, type[Server]] = {"postgresql": PostgreSQL, "mysql": MariaDB}


@dataclass(frozen=True)
class Certificates:
    """An authority, and the certificate and key of the server `localhost`, as files."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path, account: str | None = None) -> Certificates:
    """Make an authority, and a certificate for `localhost` with a key that `account` may read."""
    made = Certificates(*(folder / name for name in ("authority.pem", "server.pem", "server.key")))
    authority_key = folder / "authority.key"
    new = (find("openssl"), "req", "-x509", "-days", "2", "-newkey", "rsa:2048", "-nodes")
    signed_by = ("-CA", str(made.authority), "-CAkey", str(authority_key))
    of_authority = ("-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign")
    of_server = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    no_authority = ("-addext", "basicConstraints=critical,CA:FALSE")
    for certificate, key, options in (
        (made.authority, authority_key, of_authority),
        (made.certificate, made.key, (*of_server, *no_authority, *signed_by)),
    ):
        command = [*new, "-keyout", str(key), "-out", str(certificate), *options]
        subprocess.run(command, check=True, capture_output=True)
    made.key.chmod(0o600)
    if account:
        shutil.chown(made.key, account)
    return made


class SecurePostgreSQL(PostgreSQL):
    """A PostgreSQL server with TLS and a socket, in its folder."""

    def command(self) -> list[str]:
        """Return the command that runs it."""
        return [
            *super().command(),
            f"-cunix_socket_directories={self.folder}",
            "-cssl=on",
            f"-cssl_cert_file={self.certificates.certificate}",
            f"-cssl_key_file={self.certificates.key}",
        ]

    def install(self) -> None:
        """Make a cluster of databases, and certificates."""
        super().install()
        self.certificates = make_certificates(self.folder, self.account)


class SecureMariaDB(MariaDB):
    """A MariaDB server with TLS."""

    def command(self) -> list[str]:
        """Return the command that runs it."""
        return [
            *super().command(),
            f"--ssl-ca={self.certificates.authority}",
            f"--ssl-cert={self.certificates.certificate}",
            f"--ssl-key={self.certificates.key}",
        ]

    def install(self) -> None:
        """Make its system tables, and certificates."""
        super().install()
        self.certificates = make_certificates(self.folder, self.account)


SecureServer = SecurePostgreSQL | SecureMariaDB
SECURE_SERVERS: dict[str, type[SecureServer]] = {
    "postgresql": SecurePostgreSQL,
    "mysql": SecureMariaDB,
}


@contextmanager
def running(make: Callable[[Path], AnyProgram]) -> Iterator[AnyProgram]:
    """Give a server that runs, and end it however it is by then.

    Its folder is not among those of pytest, which only their owner may open.
    """
    with tempfile.TemporaryDirectory(prefix="hurt-", ignore_cleanup_errors=True) as name:
        server = make(Path(name))
        server.start()
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.kill()


@contextmanager
def shared(
    kinds: Mapping[str, type[AnyServer]], options: Mapping[str, Sequence[str]] | None = None
) -> Iterator[Callable[[str], AnyServer]]:
    """Give what finds the server of a database, which runs from when it is first asked for."""
    found: dict[str, AnyServer] = {}
    with ExitStack() as stack:

        def find_server(database: str) -> AnyServer:
            if database not in found:
                make = partial(_make, kinds[database], (options or {}).get(database, ()))
                found[database] = stack.enter_context(running(make))
            elif found[database].process.poll() is not None:
                found[database].start()  # a test has failed while it was down
            return found[database]

        yield find_server


def _make(kind: type[AnyServer], options: Sequence[str], folder: Path) -> AnyServer:
    return kind(folder, *options)


class Wire(socketserver.ThreadingTCPServer):
    """What a client connects to in place of a server; told to, it breaks at the next COMMIT.

    A client that sends `/* no answer */` never gets one, neither to this statement nor to a later
    one; with `/* no answer at COMMIT */` the first answer that it misses is that to its COMMIT. Who
    waits for that until `SILENCE` has passed has waited too long, and loses the connection.
    """

    daemon_threads = True
    cut: Literal["before COMMIT", "after COMMIT"] | None = None

    def __init__(self, url: str) -> None:
        """Lead to the server of this URL."""
        super().__init__(("127.0.0.1", 0), _Passage)
        self.target = make_url(url)

    @property
    def url(self) -> str:
        """The URL of the server by this way."""
        return self.target.set(port=self.server_address[1]).render_as_string(hide_password=False)


class _Passage(socketserver.BaseRequestHandler):
    """One connection: what either side says goes to the other, until one of them ends it."""

    server: Wire

    def handle(self) -> None:
        address = (self.server.target.host, self.server.target.port)
        wrote = False
        said = b""  # by a client that has asked for no answer
        with socket.create_connection(address) as server:
            other = {self.request: server, server: self.request}
            while ready := select.select([*other], [], [], SILENCE if said else None)[0]:
                for side in ready:
                    data = side.recv(65536)
                    wrote = wrote or bool(WRITING.search(data))
                    moment = None
                    if wrote and side is self.request and re.search(rb"COMMIT(?!TED)", data):
                        moment, self.server.cut = self.server.cut, None
                    if not data or moment == "before COMMIT":
                        return
                    if side is self.request and (said or b"/* no answer" in data):
                        said += data
                    if side is server and NO_ANSWER.search(said):
                        continue
                    other[side].sendall(data)
                    if moment == "after COMMIT":
                        server.recv(65536)  # the answer, which is lost
                        return


@contextmanager
def wire(url: str) -> Iterator[Wire]:
    """Give a wire to the server of this URL."""
    with Wire(url) as wire:
        Thread(target=wire.serve_forever, daemon=True).start()
        yield wire
        wire.shutdown()


@contextmanager
def mute() -> Iterator[int]:
    """Give a port where connections are taken and nobody speaks, for twice as long as `SILENCE`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        end = Timer(2 * SILENCE, listener.close)
        end.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            end.cancel()
