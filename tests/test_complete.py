"""Every answer is in the lists by which the tests choose what they try.

A new value of `database`, `web` or `mapping` would otherwise be left out of them without a word.
"""

from collections.abc import Collection

import pytest

import own_servers
import servers
import test_clusters
import test_files
import test_first_steps
import test_from_database
import test_parity
import test_web
from answers import Answers, choices_of, questions


def values(kinds: Collection[Answers], key: str) -> set[object]:
    """Return the answers to a question."""
    return {kind[key] for kind in kinds if key in kind}


def with_words(key: str) -> set[object]:
    """Return the answers to a question that have words of their own."""
    return {choice for question, choice in test_files.WORDS if question == key}


# The values in each list, and those that it does without.
LISTS: dict[str, dict[str, set[object]]] = {
    "database": {
        "test_files.WORDS": with_words("database"),
        "test_from_database.KINDS": values(test_from_database.KINDS, "database"),
        "test_from_database.FILES": {*test_from_database.FILES},
        "test_from_database.NOWHERE": {*test_from_database.NOWHERE},
        "test_clusters.WAYS": {*test_clusters.WAYS},
        "servers.SCHEMES": {*servers.SCHEMES, "sqlite"},
        "own_servers.SERVERS": {*own_servers.SERVERS, "sqlite"},
    },
    "web": {
        "test_files.WORDS": {*with_words("web"), "none"},
        "test_parity.FRAMEWORKS": {*values(test_parity.FRAMEWORKS, "web"), "none"},
        "test_web.KINDS": {*values(test_web.KINDS, "web"), "none"},
        "test_web.PEERS": {*test_web.PEERS, "none"},
        "test_first_steps.KINDS": {*values(test_first_steps.KINDS, "web"), "none"},
    },
    "mapping": {
        "test_files.WORDS": {*with_words("mapping"), "declarative"},
        "test_parity.KINDS": values(test_parity.KINDS.values(), "mapping"),
        "test_first_steps.KINDS": values(test_first_steps.KINDS, "mapping"),
        "test_from_database.KINDS": values(test_from_database.KINDS, "mapping"),
    },
}


@pytest.mark.parametrize(
    ("key", "name"), [(key, name) for key, lists in LISTS.items() for name in lists]
)
def test_no_answer_is_left_out(key: str, name: str) -> None:
    assert LISTS[key][name] == {*choices_of(questions()[key])}
