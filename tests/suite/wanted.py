"""The differences that are wanted: what projects do otherwise than plain SQLAlchemy, on purpose."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .runs import Engine


@dataclass
class Wanted:
    """A cause of differences, and the tests that show it.

    They show it on these engines, or on all of a database, and with an error that matches.
    """

    cause: str
    reason: str
    engines: list[str]
    tests: list[str]
    error: str = ""
    seen: set[str] = field(default_factory=set)

    def concerns(self, engine: Engine) -> bool:
        """Return whether an engine shows it."""
        return not {engine.name, engine.database}.isdisjoint(self.engines)

    def explains(self, engine: Engine, test: str, error: str) -> bool:
        """Return whether this is the cause of a difference, and remember which patterns match."""
        if not self.concerns(engine) or not re.search(self.error, error):
            return False
        found = {pattern for pattern in self.tests if matches(pattern, test)}
        self.seen |= found
        return bool(found)


def read_wanted() -> list[Wanted]:
    """Return the entries of wanted.toml."""
    path = Path(__file__).with_name("wanted.toml")
    listed: dict[str, list[dict[str, Any]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Wanted(**entry) for entry in listed["wanted"]]


def matches(pattern: str, test: str) -> bool:
    """Return whether a pattern, in which * is any text, is that of a test."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), plain_id(test)))


def plain_id(test: str) -> str:
    """Return the id of a test without the database and its version, which end its class."""
    return re.sub(r"_(sqlite|postgresql|mysql|mariadb)\+\w+(?=::)", "", test)
