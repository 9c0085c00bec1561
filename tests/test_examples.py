"""The examples are what the template writes."""

from pathlib import Path

from examples import EXAMPLES, FOLDER, contents, write_examples
from owner import different


def test_examples_are_as_written_today(template: Path, tmp_path: Path) -> None:
    write_examples(template, tmp_path)
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == EXAMPLES.keys()
    for name in EXAMPLES:
        changed = different(contents(FOLDER / name), contents(tmp_path / name))
        assert not changed, f"run `make examples`: {name}"
