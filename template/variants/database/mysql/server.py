"""A MariaDB server for one test run: it prints its URL, and ends when its standard input closes.

`databases.py` starts it where `TEST_DATABASE_URL` names no other server. However a test run ends,
the system closes the pipe between the two.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Many systems install servers in folders that only root has in PATH.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/libexec"])


def find(name: str) -> str:
    """Return the path of a program of MariaDB."""
    path = shutil.which(name, path=SEARCH_PATH)
    if path is None or os.name == "nt":
        sys.exit("The tests need a server: install MariaDB (mariadbd), or set TEST_DATABASE_URL.")
    return path


def main() -> None:
    """Run a server in a temporary folder for as long as somebody holds standard input open."""
    mariadbd, install = find("mariadbd"), find("mariadb-install-db")
    with tempfile.TemporaryDirectory(prefix="test-server-") as folder:
        address = f"{folder}/socket"
        # At its start mariadbd clears the folder for temporary tables: nothing else may use it.
        options = ["--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}"]
        if os.geteuid() == 0:
            options.append("--user=root")  # mariadbd refuses root otherwise
        install_options = [*options, "--auth-root-authentication-method=normal", "--skip-test-db"]
        output = subprocess.run(
            [install, *install_options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if output.returncode:
            sys.exit(f"mariadb-install-db failed: {output.stdout}{output.stderr}")
        options += [
            f"--socket={address}",
            "--skip-networking",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_bin",
            # Nothing here outlives the test run, so nothing needs to reach the disk.
            "--innodb-flush-log-at-trx-commit=0",
            "--skip-innodb-doublewrite",
        ]
        log = Path(folder, "log")
        with (
            log.open("wb") as file,
            subprocess.Popen([mariadbd, *options], stdin=subprocess.DEVNULL, stderr=file) as server,
        ):
            try:
                while not accepts(address):
                    if server.poll() is not None:
                        sys.exit(f"mariadbd failed: {log.read_text()}")
                    time.sleep(0.02)
                print(f"mysql://root@localhost/mysql?unix_socket={address}", flush=True)
                sys.stdin.read()
            finally:
                server.kill()


def accepts(address: str) -> bool:
    """Return whether a server answers at a socket."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(address) == 0


if __name__ == "__main__":
    main()
