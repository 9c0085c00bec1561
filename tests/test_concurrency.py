"""Eight workers on one database: the generated engine loses nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from generated import ROOT, Project, make_project


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """A project of each layer."""
    folder = tmp_path_factory.mktemp("made")
    return {
        layer: make_project(template, folder / layer, {"layer": layer, "package_name": "my_app"})
        for layer in ("orm", "core")
    }


@pytest.mark.parametrize("layer", ["orm", "core"])
@pytest.mark.parametrize("workers", ["threads", "processes", "threads in memory"])
def test_nothing_is_lost(
    made: dict[str, Project],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    layer: str,
    workers: str,
) -> None:
    def lend(kind: str) -> dict[str, int]:
        url = "sqlite://" if "memory" in workers else f"sqlite:///{tmp_path}/{kind}.db"
        program = str(ROOT / "tests" / "programs" / "lend.py")
        command = ("uv", "run", "--quiet", "python", program, layer, url, kind, workers)
        output: dict[str, int] = json.loads(made[layer].run(*command))
        return output

    tuned = lend("tuned")
    show = "{lost:3} lost, {errors:3} errors".format
    # Each thread of a plain engine has a database in memory of its own, so nothing to compare.
    plain = "" if "memory" in workers else f"; plain engine: {show(**lend('plain'))}"
    title = f"800 copies lent by 8 {workers}, {layer}"
    record_property("figure", f"{title:45} {show(**tuned)}{plain}")
    assert tuned == {"lost": 0, "errors": 0}


def test_processes_start_at_once(made: dict[str, Project], tmp_path: Path) -> None:
    program = str(ROOT / "tests" / "programs" / "start.py")
    output = made["core"].run("uv", "run", "--quiet", "python", program, str(tmp_path))
    assert output == "0 errors, 0 files without WAL"
