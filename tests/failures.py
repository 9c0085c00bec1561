"""What fails in scenes: programs of small parts, each of which shows something in a project."""

import json
from collections.abc import Sequence

from generated import Project
from workload import PROGRAMS


def failures_of(
    program: str, project: Project, *, packages: Sequence[str] = (), arguments: Sequence[str] = ()
) -> dict[str, str]:
    """Run the scenes of a program, with packages beside those of the project; return the errors."""
    extra = [option for package in packages for option in ("--with", package)]
    command = ("uv", "run", "--quiet", *extra, "python", "-W", "error", str(PROGRAMS / program))
    lines = project.run(*command, *arguments).splitlines()
    scenes = [json.loads(line) for line in lines if line.startswith('{"scene"')]
    assert scenes, "nothing was shown"
    # Such as a warning that nobody can catch.
    others = "\n".join(line for line in lines if not line.startswith('{"scene"'))
    errors = {scene["scene"]: scene["error"] for scene in scenes} | {"other output": others}
    return {name: error for name, error in errors.items() if error}
