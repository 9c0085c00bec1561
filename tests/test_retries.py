"""What `run_in_transaction` tries again, for how long, and what it says of it, on every driver."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from drivers import call, new_database, on_drivers
from generated import Project
from own_servers import Server, free_port, mute

Outcomes = dict[str, dict[str, Any]]
TRANSIENT = {
    "deadlock",
    "lock timeout",
    "serialization failure",
    "server that is not ready",
    "lost connection",
    "refused connection",
    "no free connection",
}
FINAL = {"duplicate key", "division by zero", "statement timeout", "mistake", "bug"}
SLACK = 2  # seconds that a machine with much to do may take

on_servers = on_drivers("postgresql", "mysql", layer="orm")


def run(project: Project, server: Server, what: str, **settings: str) -> Outcomes:
    """Run the cases of one kind on an empty database."""
    url = new_database(server)
    with mute() as mute_port:
        places = {"DEAD_URL": free_port(), "MUTE_URL": mute_port}
        urls = {name: make_url(url).set(port=port) for name, port in places.items()}
        others = {name: one.render_as_string(hide_password=False) for name, one in urls.items()}
        found = call(project, "retries.py", what, DATABASE_URL=url, **others, **settings)
    return {outcome["case"]: outcome for outcome in found}


@pytest.fixture(scope="module")
def failures(project: Project, own_servers: Callable[[str], Server]) -> Outcomes:
    """What came of transactions that fail at first, with the settings that projects have."""
    return run(project, own_servers(project.answers["database"]), "failures")


@pytest.fixture(scope="module")
def deadlines(project: Project, own_servers: Callable[[str], Server]) -> Outcomes:
    """What came of transactions that fail until their time is over: a second, but for one."""
    server = own_servers(project.answers["database"])
    return run(project, server, "deadlines", DATABASE_TIMEOUT="1")


def check_retried(outcome: dict[str, Any]) -> None:
    """Check that a transaction was done by another try."""
    assert (outcome["error"], len(outcome["tries"])) == ("", 2), outcome


@on_servers
def test_a_deadlock_in_a_savepoint_is_retried(failures: Outcomes) -> None:
    check_retried(failures["deadlock_in_savepoint"])


@on_servers
def test_a_serialization_failure_is_retried(failures: Outcomes) -> None:
    check_retried(failures["write_skew"])
    check_retried(failures["changed_row"])


@on_servers
def test_a_plan_that_a_migration_outdated_is_made_again(
    project: Project, failures: Outcomes
) -> None:
    outcome = failures["changed_column"]
    tries = {"postgresql": 2, "mysql": 1}[project.answers["database"]]
    assert (outcome["error"], len(outcome["tries"])) == ("", tries), outcome


@on_servers
def test_attempts_bound_deadlocks(failures: Outcomes) -> None:
    outcome = failures["endless_deadlocks"]
    assert "made up" in outcome["message"]
    assert len(outcome["tries"]) == 3


@on_servers
def test_other_errors_come_through_at_once(failures: Outcomes) -> None:
    outcome = failures["duplicate_key"]
    assert "made up" in outcome["message"]
    assert len(outcome["tries"]) == 1
    assert outcome["warnings"] == []


@on_servers
def test_rows_that_are_refused_leave_the_transaction_alive(failures: Outcomes) -> None:
    outcome = failures["refused_rows"]
    assert (outcome["error"], len(outcome["tries"]), outcome["stored"]) == ("", 1, 1), outcome


@on_servers
def test_a_connection_lost_before_commit_is_replaced(failures: Outcomes) -> None:
    for case in "lost_in_work", "lost_by_idling", "lost_in_flush", "lost_before_commit":
        check_retried(failures[case])
        assert failures[case]["stored"] == 1


@on_servers
def test_a_connection_lost_at_commit_has_no_other_outcome_than_it_says(failures: Outcomes) -> None:
    outcome = failures["lost_at_commit"]
    assert outcome["error"] in {"", "OutcomeUnknownError"}
    assert outcome["stored"] == (outcome["error"] == "")


@on_servers
def test_a_connection_that_was_never_made_has_no_unknown_outcome(deadlines: Outcomes) -> None:
    outcome = deadlines["no_answer_before_flush"]
    assert outcome["error"] not in {"", "OutcomeUnknownError"}, outcome


@on_servers
def test_the_docstring_says_what_work_must_not_do(project: Project) -> None:
    # A connection that is lost at a commit of its own looks like any other that is lost in `work`.
    assert "so it must not commit" in " ".join(project.read("src/my_app/retry.py").split())


@on_servers
def test_a_server_with_too_many_connections_is_tried_again(failures: Outcomes) -> None:
    outcome = failures["too_many_connections"]
    assert outcome["error"] == "", outcome
    assert len(outcome["tries"]) > 1
    assert outcome["stored"] == 1


@on_servers
def test_a_server_that_is_away_for_a_while_is_tried_again(
    project: Project, own_server: Server, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    own_server.stop()
    with ThreadPoolExecutor() as pool:
        urls = {"DATABASE_URL": own_server.url, "BEGUN": str(begun)}
        future = pool.submit(call, project, "retries.py", "away", **urls)
        while not begun.exists() and not future.done():
            wait([future], 0.05)
        own_server.start()
        (outcome,) = future.result()
    assert outcome["error"] == "", outcome
    assert len(outcome["warnings"]) == len(outcome["tries"]) - 1


@on_servers
def test_is_transient_says_what_is_worth_another_try(failures: Outcomes) -> None:
    found = failures["verdicts"]["found"]
    assert {kind for kind, verdict in found.items() if verdict} == TRANSIENT
    assert {kind for kind, verdict in found.items() if not verdict} == FINAL


@on_servers
@pytest.mark.parametrize("case", ["locked", "refused", "no_free_connection"])
def test_time_is_over_after_database_timeout(deadlines: Outcomes, case: str) -> None:
    outcome = deadlines[case]
    assert outcome["error"]
    assert 1 <= outcome["seconds"] <= 1 + SLACK, outcome
    assert max(outcome["tries"]) <= 1


@on_servers
def test_no_try_begins_after_the_deadline(deadlines: Outcomes) -> None:
    outcome = deadlines["locked_with_more_time"]
    assert outcome["error"]
    assert len(outcome["tries"]) > 1
    assert max(outcome["tries"]) <= 2.5
    assert 2.5 <= outcome["seconds"] <= 2.5 + 1 + SLACK, "the last try waits for its lock"
    assert len(deadlines["no_time"]["tries"]) == 1


@on_servers
@pytest.mark.parametrize("case", ["endless_refusals", "endless_lock_timeouts", "endless_losses"])
def test_the_deadline_alone_bounds_locks_and_lost_connections(
    deadlines: Outcomes, case: str
) -> None:
    outcome = deadlines[case]
    assert 2 < len(outcome["tries"]) < 50, "it pauses between tries"
    assert max(outcome["tries"]) <= 3
    assert 3 <= outcome["seconds"] <= 3 + SLACK


@on_servers
def test_each_retry_is_logged_without_values(failures: Outcomes, deadlines: Outcomes) -> None:
    for outcome in (failures | deadlines).values():
        warnings = outcome.get("warnings", [])
        assert len(warnings) == max(len(outcome.get("tries", [])) - 1, 0), outcome
        for number, warning in enumerate(warnings, 1):
            assert warning.startswith("WARNING "), warning
            assert str(number) in re.findall(r"\d+", warning), warning
            assert "hunter2" not in warning
    assert all("made up" in warning for warning in deadlines["endless_lock_timeouts"]["warnings"])
    assert deadlines["locked_with_more_time"]["warnings"]
