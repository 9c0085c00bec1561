"""What documents say to do: read from them, and done."""

import doctest
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generated import run

# The words of the sample, which an owner has taken out.
SAMPLE = re.compile(
    r"\b(authors?|biograph\w+|books?|genres?|(?<!standard )librar\w+|lend\w*|shel(f|ves)|novels?"
    r"|lem|solaris|strugatsky|le guin)(?![^\W_])",
    re.IGNORECASE,
)

END = "--- the end of a command ---"

# A fenced block, with the last path that the paragraph above it names.
BLOCK = re.compile(
    r"(?P<above>(?:^(?! *```)[^\n]+\n)*)\n?^ *```(?P<language>\w+)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A block of code in a document, and the file that it is for, if any."""

    language: str
    path: str
    text: str


def section(document: str, heading: str) -> str:
    """Return what stands under a heading, without the heading."""
    [found] = re.findall(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL
    )
    return str(found)


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of code in their order."""
    for match in BLOCK.finditer(text):
        paths = re.findall(r"`(\w+/[\w/.]+)`", match["above"])
        yield Block(match["language"], (paths or [""])[-1], textwrap.dedent(match["text"]))


def steps(transcript: str) -> Iterator[tuple[str, str]]:
    """Yield each command with what it prints."""
    for step in re.split(r"^\$ ", transcript, flags=re.MULTILINE)[1:]:
        command, *printed = step.splitlines(keepends=True)
        while printed and printed[0].startswith("> "):
            command += printed.pop(0).removeprefix("> ")
        yield command, "".join(printed)


def check(folder: Path, transcript: str, **environment: str) -> None:
    """Run the commands one after the other in one shell, and compare what they print."""
    wanted = list(steps(transcript))
    script = "".join(f"{command}echo '{END}'\n" for command, _ in wanted)
    done = run("bash", "-c", script, cwd=folder, succeeds=True, **environment)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    for (command, expected), output in zip(wanted, done.split(f"{END}\n")[:-1], strict=True):
        assert doctest.OutputChecker().check_output(expected, output, flags), (
            f"$ {command}{output}\ninstead of\n{expected}"
        )
