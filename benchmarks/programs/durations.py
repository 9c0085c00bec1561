"""A plugin of pytest: writes the seconds of each test, fixtures too, to the file `DURATIONS`."""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

seconds: dict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add a phase of a test."""
    seconds[report.nodeid] += report.duration


def pytest_sessionfinish() -> None:
    """Write what was added."""
    Path(os.environ["DURATIONS"]).write_text(json.dumps(seconds), encoding="utf-8")
