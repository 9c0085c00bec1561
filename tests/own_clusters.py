"""Servers that stand in for each other, and what sends clients from one to the other."""

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

from sqlalchemy import text

from own_servers import MariaDB, PostgreSQL, Program, Replica, Server, find, free_port, send_all
from servers import connected

# Seconds after which another member may lead, when the one that leads has not said that it does.
TTL = 5


class Standby(Replica):
    """A PostgreSQL server that follows a primary, to take its place."""

    def synchronize(self) -> None:
        """Have every COMMIT on the primary wait until it is here, too."""
        self.primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.execute("SELECT pg_reload_conf()")
        states = "SELECT sync_state FROM pg_stat_replication"
        self.wait(lambda: self.primary.execute(states) == ["sync"])

    def disconnect(self) -> None:
        """Let it receive nothing more, as when the network between the two is down."""
        self.execute("ALTER SYSTEM SET primary_conninfo = ''")
        self.execute("SELECT pg_reload_conf()")
        followers = "SELECT count(*) FROM pg_stat_replication"
        self.wait(lambda: self.primary.execute(followers) == [0])

    def promote(self) -> None:
        """Let it take writes."""
        self.run(find("pg_ctl"), "promote", f"--pgdata={self.folder}/data")


class MariaPrimary(MariaDB):
    """A MariaDB server whose COMMIT waits until one that follows it has the transaction."""

    def __init__(self, folder: Path) -> None:
        """Install it; it takes no write before another one follows it."""
        super().__init__(
            folder,
            "--server-id=1",
            "--log-bin=log-bin",
            "--rpl-semi-sync-master-enabled=ON",
            # Before others see it, and without giving up, which it would do after ten seconds.
            "--rpl-semi-sync-master-wait-point=AFTER_SYNC",
            "--rpl-semi-sync-master-timeout=3600000",
        )


class MariaStandby(MariaDB):
    """A MariaDB server that follows a primary, to take its place."""

    def __init__(self, folder: Path, primary: MariaPrimary) -> None:
        """Install it, for all that the primary has written since it was installed."""
        self.primary = primary
        options = ("--log-slave-updates", "--rpl-semi-sync-slave-enabled=ON", "--read-only")
        super().__init__(folder, "--server-id=2", "--log-bin=log-bin", *options)

    def start(self) -> None:
        """Start it, and wait until the primary waits for it."""
        super().start()
        self.execute(
            f"CHANGE MASTER TO master_host = '127.0.0.1', master_port = {self.primary.port},"
            " master_user = 'root', master_use_gtid = slave_pos"
        )
        self.execute("START SLAVE")
        clients = (
            "SELECT variable_value FROM information_schema.global_status"
            " WHERE variable_name = 'Rpl_semi_sync_master_clients'"
        )
        self.wait(lambda: self.primary.execute(clients) == ["1"])

    def promote(self) -> None:
        """Do all that has been received, and let it take writes."""
        self.execute("STOP SLAVE IO_THREAD")
        with connected(self.url) as connection:
            status = connection.execute(text("SHOW SLAVE STATUS")).mappings().one()
        wait = "SELECT MASTER_GTID_WAIT(:received, 30)"
        assert self.execute(wait, received=status["Gtid_IO_Pos"]) == [0]
        for statement in ("STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL read_only = OFF"):
            self.execute(statement)


class Proxy(Server):
    """HAProxy before servers: clients go to one that answers, to a backup where no other does."""

    administrator = "root"

    def __init__(
        self, folder: Path, servers: Sequence[MariaDB], backups: Sequence[MariaDB] = ()
    ) -> None:
        """Lead to servers that are there already."""
        self.database, self.maintenance = servers[0].database, servers[0].maintenance
        self.lines = [f"server s{one.port} 127.0.0.1:{one.port} check" for one in servers]
        self.lines += [f"server s{one.port} 127.0.0.1:{one.port} check backup" for one in backups]
        super().__init__(folder)

    def install(self) -> None:
        """Write its settings."""
        settings = [
            "defaults",
            "mode tcp",
            "timeout connect 1s",
            "timeout client 1h",
            "timeout server 1h",
            "listen database",
            f"bind 127.0.0.1:{self.port}",
            "option mysql-check user root",
            # Whoever is at a server that is gone goes to another one at once.
            "default-server inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions",
            *self.lines,
        ]
        (self.folder / "haproxy.cfg").write_text("\n".join([*settings, ""]))

    def command(self) -> list[str]:
        """Return the command that runs it."""
        return [find("haproxy"), "-db", "-f", f"{self.folder}/haproxy.cfg"]


class Etcd(Program):
    """A store where the members of a cluster agree who leads it; one node of it."""

    account = PostgreSQL.account

    def install(self) -> None:
        """Find it; it makes its folder by itself."""
        find("etcd")

    def command(self) -> list[str]:
        """Return the command that runs it."""
        own, peers = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{free_port()}"
        return [
            find("etcd"),
            f"--data-dir={self.folder}/data",
            f"--listen-client-urls={own}",
            f"--advertise-client-urls={own}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--unsafe-no-fsync",
        ]

    def answers(self) -> bool:
        """Return whether it is healthy."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/health") as response:
                return b"true" in response.read()
        except OSError:
            return False


class Member(PostgreSQL):
    """A PostgreSQL server that Patroni makes, starts, and has follow or lead the others."""

    def __init__(self, folder: Path, store: Etcd) -> None:
        """Be one of those who agree by this store."""
        self.store = store
        super().__init__(folder)

    def install(self) -> None:
        """Write the settings of Patroni."""
        user = {"username": "postgres"}
        settings = {
            "scope": "ledger",
            "name": f"member{self.port}",
            "restapi": {
                "listen": f"127.0.0.1:{free_port()}",
            },
            "etcd3": {"host": f"127.0.0.1:{self.store.port}"},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL,
                    "loop_wait": 1,
                    "retry_timeout": 3,
                    # Who has not all that was acknowledged never leads.
                    "synchronous_mode": True,
                },
                "initdb": [{"auth": "trust"}, {"encoding": "UTF8"}, "no-sync"],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.port}",
                "data_dir": f"{self.folder}/data",
                "bin_dir": str(Path(find("initdb")).resolve().parent),
                "pgpass": f"{self.folder}/pgpass",
                "authentication": {"superuser": user, "replication": user},
                "pg_hba": [
                    f"host {what} all 127.0.0.1/32 trust" for what in ("all", "replication")
                ],
                "parameters": {
                    "fsync": "off",
                    "deadlock_timeout": "20ms",
                    "unix_socket_directories": str(self.folder),
                },
            },
        }
        (self.folder / "patroni.yml").write_text(json.dumps(settings, indent=1))

    def command(self) -> list[str]:
        """Return the command that runs it."""
        return [find("patroni"), f"{self.folder}/patroni.yml"]

    def kill(self) -> None:
        """End Patroni and the server that it started at once, as when the machine crashes."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        super().kill()
        send_all(postmaster, signal.SIGKILL)

    def leads(self) -> bool:
        """Return whether it takes writes."""
        return self.execute("SELECT pg_is_in_recovery()") == [False]


class Litestream(Program):
    """What copies each change of a file of SQLite to a folder, as if that were elsewhere."""

    def __init__(self, folder: Path, file: Path, interval: float) -> None:
        """Copy a file every so many seconds."""
        self.file = file
        replica = {"type": "file", "path": f"{folder}/replica", "sync-interval": f"{interval}s"}
        self.settings = {"dbs": [{"path": str(file), "replica": replica}]}
        super().__init__(folder)

    def install(self) -> None:
        """Write its settings."""
        (self.folder / "litestream.yml").write_text(json.dumps(self.settings, indent=1))

    def command(self) -> list[str]:
        """Return the command that runs it."""
        return [find("litestream"), "replicate", "-config", f"{self.folder}/litestream.yml"]

    def answers(self) -> bool:
        """Return whether it has copied the file as it was at first."""
        return any((self.folder / "replica").rglob("*.ltx"))

    def restore(self) -> None:
        """Make the file from what has been copied."""
        settings = ("-config", f"{self.folder}/litestream.yml")
        self.run(find("litestream"), "restore", *settings, str(self.file))


def distribute(server: PostgreSQL, others: Sequence[PostgreSQL], tables: Sequence[str]) -> None:
    """Move the rows of tables to other servers, by their key, and leave partitions for them."""
    server.execute("CREATE EXTENSION postgres_fdw")
    for number, other in enumerate(others):
        # Deadlocks over two servers are seen by neither: a lock timeout, which is not that of
        # the client, ends them.
        place = f"host '127.0.0.1', port '{other.port}', options '-c lock_timeout=1s'"
        wrapper = f"shard{number} FOREIGN DATA WRAPPER postgres_fdw"
        server.execute(f"CREATE SERVER {wrapper} OPTIONS (dbname 'postgres', {place})")
        server.execute(f"CREATE USER MAPPING FOR postgres SERVER shard{number}")
    for table in tables:
        columns = server.execute(
            "SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ')"
            " FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0",
            table=table,
        )[0]
        # Neither a key nor a foreign key may be there where partitions are on other servers.
        server.execute(f"ALTER SEQUENCE {table}_id_seq OWNED BY NONE")
        server.execute(f"ALTER TABLE {table} RENAME TO whole_{table}")
        server.execute(
            f"CREATE TABLE {table} (LIKE whole_{table} INCLUDING DEFAULTS) PARTITION BY HASH (id)"
        )
        for number, other in enumerate(others):
            other.execute(f"CREATE TABLE {table} ({columns}, PRIMARY KEY (id))")
            server.execute(
                f"CREATE FOREIGN TABLE {table}{number} PARTITION OF {table} FOR VALUES WITH"
                f" (MODULUS {len(others)}, REMAINDER {number})"
                f" SERVER shard{number} OPTIONS (table_name '{table}')"
            )
        server.execute(f"INSERT INTO {table} SELECT * FROM whole_{table}")
        server.execute(f"DROP TABLE whole_{table} CASCADE")
