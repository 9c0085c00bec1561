"""Nothing waits for ever: for an answer, a lock or a transaction that was forgotten."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import make_url

from drivers import call, new_database, on_drivers
from generated import Project
from own_servers import Server, mute, wire

Outcomes = dict[str, dict[str, Any]]
STATEMENT_TIMEOUT = 2  # seconds
SLACK = 5  # seconds beyond it until the client gives up

on_servers = on_drivers("postgresql", "mysql")


@pytest.fixture(scope="module")
def outcomes(project: Project, own_servers: Callable[[str], Server]) -> Outcomes:
    """What became of work that waits."""
    url = new_database(own_servers(project.answers["database"]))
    with wire(url) as wired, mute() as port:
        mute_url = make_url(url).set(port=port)
        settings = {
            "DATABASE_URL": url,
            "WIRE_URL": wired.url,
            "MUTE_URL": mute_url.render_as_string(hide_password=False),
            "DATABASE_TIMEOUT": "2",
            "DATABASE_STATEMENT_TIMEOUT": str(STATEMENT_TIMEOUT),
        }
        found = call(project, "waiting.py", **settings)
    return {outcome["case"]: outcome for outcome in found}


@on_servers
@pytest.mark.parametrize("case", ["lost_answer", "mute_server"])
def test_an_answer_that_does_not_come_is_an_error(outcomes: Outcomes, case: str) -> None:
    outcome = outcomes[case]
    assert outcome["error"] not in {"", "AssertionError"}, outcome
    assert outcome["seconds"] <= STATEMENT_TIMEOUT + SLACK, outcome


@on_servers
def test_the_outcome_of_a_commit_without_an_answer_is_unknown(outcomes: Outcomes) -> None:
    outcome = outcomes["lost_answer_to_commit"]
    assert outcome["error"] == "OutcomeUnknownError", outcome
    assert outcome["seconds"] <= STATEMENT_TIMEOUT + SLACK


@on_servers
def test_the_server_ends_a_transaction_that_is_idle(outcomes: Outcomes) -> None:
    assert outcomes["idle_transaction"]["error"] not in {"", "AssertionError"}, outcomes


@on_servers
@pytest.mark.parametrize("case", ["locked_row", "locked_table"])
def test_a_lock_is_waited_for_as_long_as_the_settings_say(outcomes: Outcomes, case: str) -> None:
    outcome = outcomes[case]
    assert "lock" in outcome["message"].lower(), outcome
    assert 0.5 <= outcome["seconds"] <= 0.5 + 2, outcome
