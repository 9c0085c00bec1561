"""Record how Copier asks its questions, as `docs/questions.svg`: `make recording`."""

import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

from answers import ROOT, Answers, is_asked, questions

PICTURE = ROOT / "docs" / "questions.svg"
COMMAND = "uvx copier copy <url of this repository> my-app"
WIDTH, HEIGHT = 80, 20
SECONDS = 2.5  # for each question
DOWN = "\x1b[B"

# How often an answer is below the first one, and what decides whether a question is asked.
BELOW = {"execution": 1, "database": 1, "web": 1}
ANSWERS: Answers = {"layer": "orm", "execution": "async", "database": "postgresql"}

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="{viewbox}">
<title>Copier asks how the new project should be</title>
<style>
.frame {{ opacity: 0; animation: show {seconds}s step-end infinite; }}
@keyframes show {{ 0% {{ opacity: 1; }} {share:.3f}% {{ opacity: 0; }} }}
</style>
{frames}
</svg>
"""


def answer_all(folder: Path) -> Iterator[pyte.Screen]:
    """Give the screen of a terminal before each answer is sent, and at the end."""
    child = pexpect.spawn(
        "copier",
        ["copy", "--vcs-ref=HEAD", str(ROOT), "my-app"],
        cwd=folder,
        encoding="utf-8",
        timeout=60,
        dimensions=(HEIGHT, WIDTH),
        # Nobody answers when prompt_toolkit asks this terminal where the cursor is.
        env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "PYTHONWARNINGS": "ignore"},
    )
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)

    def read(until: str) -> None:
        while until not in "\n".join(screen.display):
            stream.feed(child.read_nonblocking(2**16, timeout=60))
        with suppress(pexpect.TIMEOUT, pexpect.EOF):
            while True:
                stream.feed(child.read_nonblocking(2**16, timeout=0.5))

    for key, question in questions().items():
        if is_asked(question, ANSWERS):
            read(question["help"].splitlines()[-1])
            child.send(DOWN * BELOW.get(key, 0))
            read("")
            yield screen
            child.send("\r")
    read("Created my-app")
    yield screen


def draw(screen: pyte.Screen) -> str:
    """Return a screen as a picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for row in range(HEIGHT):
        console.print(styled(screen.buffer[row]), no_wrap=True)
    picture = console.export_svg(title=COMMAND)
    return re.sub(r" *@font-face {.*?}\n", "", picture, flags=re.DOTALL)


def styled(row: Mapping[int, pyte.screens.Char]) -> Text:
    """Return a row of the screen with its colours."""
    text = Text()
    chars = [row[column] for column in range(WIDTH)]
    for (name, bold), run in groupby(chars, key=lambda char: (char.fg, char.bold)):
        colour = f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else name
        text.append("".join(char.data for char in run), Style(color=colour, bold=bold))
    text.rstrip()
    return text


def animate(pictures: list[str]) -> str:
    """Return a picture that shows one after the other."""
    frames = [
        f'<g class="frame" style="animation-delay: {SECONDS * number}s">{picture}</g>'
        for number, picture in enumerate(pictures)
    ]
    [viewbox] = re.findall('viewBox="(.*?)"', pictures[0])
    seconds, share = SECONDS * len(frames), 100 / len(frames)
    return SVG.format(viewbox=viewbox, seconds=seconds, share=share, frames="\n".join(frames))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        pictures = [draw(screen) for screen in answer_all(Path(temporary))]
    PICTURE.write_text(animate(pictures), encoding="utf-8")
