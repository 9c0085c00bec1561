"""What stays the same on a slow machine: queries, and the order of magnitude of ratios."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from answers import ROOT
from generated import make_project
from servers import new_database

WORKLOAD = str(ROOT / "benchmarks" / "programs" / "workload.py")


@pytest.mark.full
@pytest.mark.parametrize("layer", ["core", "orm"])
def test_faster_than_a_plain_engine(
    template: Path, tmp_path: Path, record_property: Callable[[str, object], None], layer: str
) -> None:
    answers = {"layer": layer, "database": "sqlite", "package_name": "my_app"}
    project = make_project(template, tmp_path / "made", answers)
    with new_database(answers, tmp_path) as tuned, new_database(answers, tmp_path) as plain:
        output = project.run("uv", "run", "--quiet", "python", WORKLOAD, tuned, plain, "4")
    figures = json.loads(output.splitlines()[-1])
    assert figures["statements"] == {"list": 1 if layer == "core" else 2, "insert": 1}

    def ratio(plain: str, tuned: str) -> float:
        seconds: dict[str, list[float]] = figures["seconds"]
        # The best round is the one that other processes disturbed least.
        return min(seconds[f"{plain} plain"]) / min(seconds[f"{tuned} tuned"])

    ratios = {
        "writes": ratio("write", "write"),
        "reads": ratio("read", "read"),
        "rows": ratio("insert_objects", "insert_at_once"),
        "lists": ratio("list_one_by_one", "list_at_once"),
    }
    shown = ", ".join(f"{name} {value:.2f}" for name, value in ratios.items())
    record_property("figure", f"times a plain engine, {layer} sync sqlite: {shown}")
    assert ratios["writes"] > 1.5
    assert ratios["rows"] > 3
    assert ratios["lists"] > 3
    # With a listener of its connections, which this is to find, an engine is below that.
    assert ratios["reads"] > 0.82
