"""The transcripts in `docs/`, run again command by command."""

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from answers import ROOT, Answers
from documents import check
from generated import run
from servers import new_database, server_url

# What stands there for the template's URL and for a database of the reader's.
URL = "https://example.org/copier-sqlalchemy.git"
DATABASE = "postgresql://my_app:secret@127.0.0.1/my_app"


def transcripts() -> dict[str, str]:
    """Return the transcripts of the documents by the headings that they stand under."""
    sections = [
        found
        for document in sorted((ROOT / "docs").glob("*.md"))
        for found in re.findall(
            r"^## (.*?)\n(.*?)(?=^## |\Z)", document.read_text(encoding="utf-8"), re.M | re.S
        )
    ]
    found = {
        heading: "".join(re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
        for heading, text in sections
    }
    return {heading: transcript for heading, transcript in found.items() if transcript}


@pytest.fixture
def home(history: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, where git knows the user and finds the template at its URL.

    Not among the folders of pytest, for the reason that environments are not there either.
    """
    settings = {
        f"url.{history}.insteadOf": URL,
        "user.name": "Test",
        "user.email": "test@example.org",
        "init.defaultBranch": "main",
    }
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(settings)))
    for number, (key, value) in enumerate(settings.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("TERM", "dumb")
    run("uvx", "copier", "--version", cwd=ROOT)  # at first it says what it installs
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.full
@pytest.mark.parametrize("heading", transcripts())
def test_a_transcript(home: Path, monkeypatch: pytest.MonkeyPatch, heading: str) -> None:
    transcript = transcripts()[heading]
    answers: Answers = {"database": "postgresql" if DATABASE in transcript else "sqlite"}
    if server := server_url(answers):
        monkeypatch.setenv("TEST_DATABASE_URL", server)
    with new_database(answers, home) as url:
        check(home, transcript.replace(DATABASE, url))


@pytest.mark.full
def test_six_commands(home: Path) -> None:
    document = (ROOT / "docs" / "from-a-database.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"^```sh\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    assert commands.count("\n") == 6
    with closing(sqlite3.connect(home / "shop.db")) as connection:
        connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY NOT NULL)")
    for placeholder, url in {
        "<url of this repository>": URL,
        "<URL of your database>": "sqlite:///../shop.db",
    }.items():
        commands = commands.replace(placeholder, url)
    assert "No new upgrade operations" in run("sh", "-ec", commands, cwd=home)
