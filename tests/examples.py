"""Projects to look at before making one, as the template writes them: `make examples`."""

import shutil
import tempfile
from pathlib import Path

from answers import ROOT, Answers
from generated import make_project

FOLDER = ROOT / "examples"
EXAMPLES: dict[str, Answers] = {
    "default": {},
    "core-async-postgresql": {"layer": "core", "execution": "async", "database": "postgresql"},
    "empty": {"start": "empty"},
    "fastapi": {"web": "fastapi", "execution": "async"},
}


def write_examples(template: Path, folder: Path) -> None:
    """Write every example into a folder, but for its answers, which name a commit."""
    for name, answers in EXAMPLES.items():
        make_project(template, folder / name, {"project_name": "my-app", **answers})
        (folder / name / ".copier-answers.yml").unlink()


def contents(folder: Path) -> dict[str, bytes]:
    """Return what the files of a folder have in them."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        write_examples(ROOT, Path(temporary))
        for name in EXAMPLES:
            shutil.rmtree(FOLDER / name, ignore_errors=True)
            shutil.copytree(Path(temporary) / name, FOLDER / name)
