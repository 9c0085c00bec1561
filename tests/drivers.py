"""Projects on each driver, and programs that run in their environments."""

import itertools
import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from answers import Answers, name_of, ways_to_execute
from generated import Project
from own_servers import Server
from workload import PROGRAMS


def on_drivers(
    *databases: str,
    layer: str = "core",
    executions: tuple[str, ...] = ("sync", "async"),
    create_all: bool = False,
    needs_server: bool = True,
) -> pytest.MarkDecorator:
    """Call a test with a project for each driver of these databases.

    With `create_all` sync projects without migrations are added. One worker has all projects of a
    database; only `--full` runs what needs a server, and async ones.
    """
    parameters = []
    chosen = [(layer, execution) for execution in executions]
    ways = [way for way in ways_to_execute() if (way["layer"], way["execution"]) in chosen]
    for way, migrations in itertools.product(ways, [True, False] if create_all else [True]):
        is_async = way["execution"] == "async"
        if way["database"] in databases and (migrations or not is_async):
            answers: Answers = way | {"migrations": migrations, "package_name": "my_app"}
            keys = ["database", "execution", "driver", *["migrations"] * create_all]
            name = name_of({key: answers[key] for key in keys if key in answers})
            marks = [pytest.mark.xdist_group(f"drivers-{way['database']}")]
            if is_async or (needs_server and way["database"] != "sqlite"):
                marks.append(pytest.mark.full)
            parameters.append(pytest.param(answers, id=name, marks=marks))
    return pytest.mark.parametrize("project", parameters, indirect=True)


def call(project: Project, program: str, *arguments: str, **settings: str) -> list[dict[str, Any]]:
    """Run a program in the environment of a project; return the JSON objects that it prints."""
    command = ("uv", "run", "--quiet", "python", "-W", "error", str(PROGRAMS / program))
    lines = project.run(*command, *arguments, succeeds=True, **settings).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def new_database(server: Server) -> str:
    """Return the URL of an empty database, which ends with its server."""
    name = f"made_{uuid4().hex}"
    server.execute(f"CREATE DATABASE {name}")
    return make_url(server.url).set(database=name).render_as_string(hide_password=False)
