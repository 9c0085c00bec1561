"""Files of somebody else, which are not in WAL mode: what reading them and writing to them changes.

Run in the environment of a project: `python file_modes.py`, or `python file_modes.py FILE` to print
how many notes there are in a file that is not to be written to.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import twins
from my_app.engine import read_only
from scenes import execute, made, run_all, scene, value
from sqlalchemy.exc import OperationalError

READ = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN")
connection.execute("SELECT count(*) FROM note").fetchall()
print("reading", flush=True)
sys.stdin.read()
"""
COUNT, INSERT = "SELECT count(*) FROM note", "INSERT INTO note VALUES (2)"
FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


def make_file(folder: Path) -> Path:
    """Make a file with a row, as everybody but this project makes it."""
    path = folder / "notes.db"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE note (n INTEGER); INSERT INTO note VALUES (1)")
    connection.close()
    return path


def mode_of(path: Path) -> str:
    """Return the journal mode that a file is in."""
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])
    finally:
        connection.close()


@contextmanager
def being_read(path: Path) -> Iterator[None]:
    """Let another process read the file for as long as this takes."""
    command = [sys.executable, "-c", READ, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout
        assert process.stdout.readline()
        yield
        process.communicate()


async def write(engine: Any) -> None:
    """Write a row."""
    async with twins.enter(engine.begin()) as connection:
        await execute(connection, INSERT)


async def check_connections(engine: Any) -> None:
    """Check that no connection outside of WAL mode waits less than FULL for the disk."""
    for each in engine, read_only(engine):
        async with twins.enter(each.connect()) as connection:
            if await value(connection, "PRAGMA journal_mode") != "wal":
                assert await value(connection, "PRAGMA synchronous") >= FULL


@scene
async def reading_leaves_a_file_as_it_was(folder: Path) -> None:
    path = make_file(folder)
    before = path.read_bytes()
    async with made(f"sqlite:///{path}") as engine:
        reader = read_only(engine)
        async with twins.enter(reader.connect()) as connection:
            assert await value(connection, COUNT) == 1
    assert path.read_bytes() == before
    assert list(folder.iterdir()) == [path]


@scene
async def reading_does_not_wait_for_readers(folder: Path) -> None:
    path = make_file(folder)
    with being_read(path):
        start = time.monotonic()
        async with made(f"sqlite:///{path}") as engine:
            reader = read_only(engine)
            async with twins.enter(reader.connect()) as connection:
                assert await value(connection, COUNT) == 1
        assert time.monotonic() - start < 1


@scene
async def opening_a_connection_does_not_wait_for_readers(folder: Path) -> None:
    path = make_file(folder)
    with being_read(path):
        start = time.monotonic()
        async with made(f"sqlite:///{path}") as engine, twins.enter(engine.connect()) as connection:
            assert await value(connection, "PRAGMA foreign_keys") == 1
        assert time.monotonic() - start < 1


@scene
async def a_commit_reaches_the_disk_in_every_mode(folder: Path) -> None:
    path = make_file(folder)
    async with made(f"sqlite:///{path}", database_timeout=0.5) as engine:
        with being_read(path):
            await check_connections(engine)
            with pytest.raises(OperationalError, match="locked"):
                await write(engine)
            await check_connections(engine)
        assert mode_of(path) == "delete"


@scene
async def a_later_write_turns_the_mode_to_wal(folder: Path) -> None:
    path = make_file(folder)
    async with made(f"sqlite:///{path}") as engine:
        with being_read(path):
            for each in engine, read_only(engine):
                async with twins.enter(each.connect()) as connection:
                    await execute(connection, "PRAGMA foreign_keys")
        await write(engine)
        async with twins.enter(read_only(engine).connect()) as connection:
            assert await value(connection, "PRAGMA journal_mode") == "wal"
            assert await value(connection, COUNT) == 2


@scene
async def a_write_after_a_read_turns_the_mode_to_wal(folder: Path) -> None:
    path = make_file(folder)
    async with made(f"sqlite:///{path}") as engine:
        async with twins.enter(read_only(engine).connect()) as connection:
            assert await value(connection, COUNT) == 1
        assert mode_of(path) == "delete"
        await write(engine)
        assert mode_of(path) == "wal"


async def without_shared_memory_a_commit_reaches_the_disk(folder: Path) -> None:
    path = make_file(folder)
    # Locks as files, as on some network file systems: WAL mode is not possible there.
    async with made(f"sqlite:///file:{path}?vfs=unix-dotfile&uri=true") as engine:
        await write(engine)
        async with twins.enter(read_only(engine).connect()) as connection:
            assert await value(connection, COUNT) == 2
        await check_connections(engine)
    assert mode_of(path) == "delete"


if os.name == "posix":
    scene(without_shared_memory_a_commit_reaches_the_disk)


async def count(path: str) -> None:
    """Print how many notes there are."""
    async with made(f"sqlite:///{path}") as engine:
        reader = read_only(engine)
        async with twins.enter(reader.connect()) as connection:
            print(await value(connection, COUNT))


if __name__ == "__main__":
    twins.run(count(sys.argv[1])) if sys.argv[1:] else run_all()
