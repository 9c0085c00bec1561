"""Projects on several hosts, some of which do not answer, or take no clients."""

import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from failures import failures_of
from generated import Project
from own_servers import PostgreSQL, Replica, Server, running
from test_clusters import ways

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(os.name == "nt", reason="starts servers as POSIX does"),
]


class ClosedReplica(Replica):
    """A server that follows another one, and takes no clients."""

    def __init__(self, folder: Path, primary: Server) -> None:
        """Copy the primary."""
        super().__init__(folder, primary)
        self.options = ("-chot_standby=off",)

    def answers(self) -> bool:
        """Return whether it says that it takes no clients."""
        try:
            self.execute("SELECT 1")
        except DBAPIError as error:
            return "not accepting connections" in str(error.orig)
        return False


@ways("postgresql")
def test_what_is_promised(project: Project) -> None:
    with ExitStack() as stack:
        primary = stack.enter_context(running(PostgreSQL))
        replica = stack.enter_context(running(partial(Replica, primary=primary)))
        closed = stack.enter_context(running(partial(ClosedReplica, primary=primary)))
        frozen = stack.enter_context(running(PostgreSQL))
        frozen.freeze()
        ports = [str(server.port) for server in (primary, replica, closed, frozen)]
        assert failures_of("hosts.py", project, arguments=ports) == {}
