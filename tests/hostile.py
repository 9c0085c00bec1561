"""Answers that nobody should give: texts, files of answers and names of folders."""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from answers import questions


def words(text: str) -> list[str]:
    """Return what stands between the spaces of a text."""
    return text.split()


# What means something to Jinja, Python, TOML, YAML, Markdown, a shell, a workflow, a file system.
SYNTAX = words(r"""
    {{ {% {# }} %} #} {{7*7}} {%raw%} ${{github.token}} ${HOME} $(id) `id` ; && | > < & ! # \ ' "
    \" \n \x00 \N{BULLET} \u202e // /* */ -- --- ... : - ? [ ] { } , * @ % = ~ ^ [project] key:value
    &anchor *anchor !!python/object:os.system <<: null no 1e3 0x1F .inf <script> <!-- --> ]]> %s
    %(name)s {0} {name!r} _ __ __init__ .. ../ ../../x / /etc/passwd C:\ \\host\share file:///x ~
    ~root CON nul com1 LPT9 aux.txt x. .git -rf --help
""")
SYNTAX += ["'''", '"""']
# What breaks a line, is not seen, turns the direction of writing, or is no character at all.
INVISIBLE = [
    *map(chr, [0, 7, 8, 9, 10, 13, 27, 32, 127, 0x85, 0xA0, 0xAD, 0x61C, 0x200B, 0x200F]),
    *map(chr, [0x2028, 0x202E, 0x2066, 0x3000, 0xD800, 0xDFFF, 0xFEFF, 0xFFFE, 0xFFFF]),
]
# Letters with an accent, of many bytes, or that are others in lower case; a family of one sign.
SIGNS = words("é ß ø Ж ي 中 🎉 👩‍👩‍👧 ² \u0065\u0301 \u0130 \u212a \ufb01 \U0010fffd")
NAMES = words("""
    my_app class match typing sqlalchemy tests src migrations conftest test_x nul con com1 app_
    _app a__b My-App x 2048 app2 __init__ py typed true none self settings README LICENSE
""")
# Copier's own variables and Jinja's functions, beside keys that mean nothing.
KEYS = words("""
    _copier_conf _copier_answers _copier_operation _folder_name _src_path _commit _subdirectory
    _exclude _tasks _envops _migrations _jinja_extensions _external_data _answers_file self loop
    range dict namespace pathjoin to_json now make_secret caller context unknown {{x}} ../x
""")

PARTS = st.sampled_from(SYNTAX + SIGNS) | st.sampled_from("\"'\\{}#$%:`")
VISIBLE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
CLEAN = st.lists(PARTS | VISIBLE, min_size=1, max_size=8)
DIRTY = st.lists(PARTS | st.sampled_from(INVISIBLE) | st.text(max_size=5), max_size=8).map("".join)
LONG = st.builds(
    str.__mul__,
    st.sampled_from(["x", "é", "x ", "'", "\\", "{{"]),
    st.sampled_from([39, 40, 41, 60, 61, 255, 256, 20_000]),
)
IDENTIFIERS = st.from_regex(r"[a-z][a-z0-9]*(_[a-z0-9]+){0,3}", fullmatch=True)


def often(usual: SearchStrategy[Any], rare: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Return a strategy that takes the rare values once in ten times."""
    return st.sampled_from([usual] * 9 + [rare]).flatmap(lambda strategy: strategy)


TEXTS = st.one_of(
    CLEAN.map(" ".join), CLEAN.map("".join), DIRTY, IDENTIFIERS, often(IDENTIFIERS, LONG)
)
ANYTHING: SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.dates(),
        st.datetimes(),
        st.binary(max_size=20),
        DIRTY,
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner)
    ),
    max_leaves=5,
)


def answers() -> SearchStrategy[dict[str, Any]]:
    """Return a strategy for mappings of any questions, and of other keys, to any values."""
    known = {}
    for key, question in questions().items():
        match question:
            case {"choices": choices}:
                right: SearchStrategy[Any] = st.sampled_from(choices)
            case {"type": "bool"}:
                right = st.booleans() | st.sampled_from(["yes", "no", "true", "off", "1"])
            case _:
                right = TEXTS | st.sampled_from(NAMES)
        known[key] = often(right, ANYTHING)
    keys = st.sampled_from(KEYS) | IDENTIFIERS
    others = often(st.just({}), st.dictionaries(keys, ANYTHING, max_size=2))
    return st.builds(
        lambda more, some: more | some, others, st.fixed_dictionaries({}, optional=known)
    )


def folders() -> SearchStrategy[str]:
    """Return a strategy for names that a folder can have on this system."""
    if os.name == "nt":  # it refuses most of the others
        return IDENTIFIERS
    texts = st.lists(
        st.sampled_from(SYNTAX + SIGNS) | st.text(st.characters(exclude_categories=["Cs"])),
        max_size=6,
    ).map("".join)
    return texts.map(lambda text: text.replace("/", "").replace("\0", "")).filter(
        lambda name: name not in {"", ".", ".."} and len(name.encode()) <= 255
    )


@dataclass(frozen=True)
class Case:
    """A copy that somebody may ask for.

    Attributes:
        document: the text of the file of answers.
        folder: the name of the destination.
        stored: whether the file is in the destination already, as the answers of last time.
        by_command: whether to copy by the command too.
    """

    document: str
    folder: str = "my-app"
    stored: bool = False
    by_command: bool = False

    def content(self) -> object:
        """Return what the file says, or nothing where it is no YAML that is safe to read."""
        with suppress(yaml.YAMLError):
            return yaml.safe_load(self.document)
        return None

    def answers(self) -> dict[str, Any]:
        """Return the answers in the file; one that is no mapping is an error, as for Copier."""
        content = self.content()
        if not isinstance(content, dict):
            raise TypeError
        return content


def cases() -> SearchStrategy[Case]:
    """Return a strategy for copies; few by the command, which takes much longer."""
    return st.builds(
        Case,
        document=often(answers(), ANYTHING).map(yaml.safe_dump),
        folder=often(st.just("my-app"), folders()),
        stored=often(st.just(False), st.just(True)),
        by_command=often(st.just(False), st.sampled_from([False] * 4 + [True])),
    )
