"""Run transactions that fail, and print what `run_in_transaction` makes of each.

Run in the environment of a project, with its settings: `python retries.py failures|deadlines|away`.
At DEAD_URL nobody listens, at MUTE_URL nobody speaks. The file BEGUN is made when a transaction is
tried again.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import twins
from my_app import retry
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import NullPool, String, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET = "hunter2"  # the value of a parameter, which no log should show
ON_POSTGRESQL = {
    "id": "SELECT pg_backend_pid()",
    "kill": "SELECT pg_terminate_backend({}, 10000)",
    "alive": "SELECT count(*) FROM pg_stat_activity WHERE pid = {}",
    "kill oneself": "SELECT pg_terminate_backend(pg_backend_pid())",
    "idle for a second": "SET LOCAL idle_in_transaction_session_timeout = 1000",
    "make bigint": "ALTER TABLE changed ALTER n TYPE bigint",
    "notice changes": "SELECT 1",  # at REPEATABLE READ it always does
    "raise": "DO $$ BEGIN RAISE EXCEPTION 'made up'"
    f" USING ERRCODE = '{{}}', DETAIL = '{SECRET}'; END $$",
    "deadlock": "40P01",
    "lock timeout": "55P03",
    "server that is not ready": "57P03",
    "serialization failure": "40001",
    "duplicate key": "23505",
    "division by zero": "22012",
    "statement timeout": "57014",
}
ON_MYSQL = {
    "id": "SELECT connection_id()",
    "kill": "KILL {}",
    "alive": "SELECT count(*) FROM information_schema.processlist WHERE id = {}",
    "kill oneself": "KILL connection_id()",
    "idle for a second": "SET SESSION idle_transaction_timeout = 1",
    "make bigint": "ALTER TABLE changed MODIFY n bigint",
    "notice changes": "SET SESSION innodb_snapshot_isolation = ON",
    "raise": "BEGIN NOT ATOMIC SIGNAL SQLSTATE '45000'"
    " SET MYSQL_ERRNO = {}, MESSAGE_TEXT = 'made up'; END",
    "deadlock": "1213",
    "lock timeout": "1205",
    "server that is not ready": "1290",
    "serialization failure": "1020",
    "duplicate key": "1062",
    "division by zero": "1365",
    "statement timeout": "1969",
}
RAISED = [kind for kind in ON_MYSQL if ON_MYSQL[kind].isdecimal()]
SQL = ON_POSTGRESQL if os.environ["DATABASE_URL"].startswith("postgresql") else ON_MYSQL
LOCK = text("SELECT note FROM entry WHERE id = :id FOR UPDATE")
READ = text("SELECT note FROM entry WHERE id = :id")
UPDATE = text("UPDATE entry SET note = :note WHERE id = :id")
INSERT = text("INSERT INTO entry (note) VALUES (:note)")
COUNT = text("SELECT count(*) FROM entry WHERE note = :note")

Work = Callable[[Any], Coroutine[Any, Any, Any]]
Outcome = dict[str, Any]


class Base(DeclarativeBase):
    """What the table of these cases is made by."""


class Entry(Base):
    """A row of a table that no project has."""

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(String(50))


class Warnings(logging.Handler):
    """What is logged, for each thread or task."""

    said: ContextVar[list[str]] = ContextVar("said")

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.said.get().append(f"{record.levelname} {self.format(record)}")


def connect(**settings: object) -> Any:
    """Return an engine of the project."""
    return make_engine(Settings.model_validate(settings))


async def execute(transaction: Any, statement: Any, **parameters: object) -> Any:
    """Run a statement in a transaction of either kind."""
    statement = text(statement) if isinstance(statement, str) else statement
    return await twins.settle(transaction.execute(statement, parameters))


async def scalar(transaction: Any, statement: Any, **parameters: object) -> Any:
    """Return the one value that a statement finds."""
    return (await execute(transaction, statement, **parameters)).scalar_one()


async def apart(engine: Any, statement: Any, **parameters: object) -> Any:
    """Run a statement in a transaction of its own; return the value that it finds, if any."""
    async with twins.enter(engine.begin()) as connection:
        result = await execute(connection, statement, **parameters)
        return result.scalar_one() if result.returns_rows else None


async def retried(engine: Any, work: Work, **options: float) -> Outcome:
    """Run a transaction, and return what came of it."""
    begin = twins.find_begin(engine)
    tries: list[float] = []
    warnings: list[str] = []
    Warnings.said.set(warnings)
    start = time.monotonic()

    def begin_again() -> Any:
        tries.append(round(time.monotonic() - start, 2))
        if len(tries) > 1 and "BEGUN" in os.environ:
            Path(os.environ["BEGUN"]).touch()
        return begin()

    try:
        await twins.transact(begin_again, work, **options)
    except Exception as error:
        outcome = {"error": type(error).__name__, "message": f"{error} {error.__cause__}"}
    else:
        outcome = {"error": "", "message": ""}
    seconds = round(time.monotonic() - start, 2)
    return {**outcome, "seconds": seconds, "tries": tries, "warnings": warnings}


async def lose(transaction: Any, engine: Any) -> None:
    """Have the server end the connection of a transaction, which does not know yet."""
    lost = await scalar(transaction, SQL["id"])
    await apart(engine, SQL["kill"].format(lost))
    while await apart(engine, SQL["alive"].format(lost)):
        await twins.pause(0.01)


async def deadlock_in_savepoint(engine: Any) -> Outcome:
    """Lock two rows in opposite orders, the second in a savepoint."""
    met: set[int] = set()

    async def lock(first: int, second: int) -> Outcome:
        async def work(transaction: Any) -> None:
            await execute(transaction, UPDATE, id=first, note="locked")
            met.add(first)
            while len(met) < 2:
                await twins.pause(0.01)
            async with twins.enter(transaction.begin_nested()):
                await execute(transaction, UPDATE, id=second, note="locked")

        return await retried(engine, work)

    one, other = await twins.gather(lock(1, 2), lock(2, 1))
    return max(one, other, key=lambda outcome: (outcome["error"], len(outcome["tries"])))


async def write_skew(_: Any) -> Outcome:
    """Read the same row in two transactions, and change it in both."""
    engine = connect(database_isolation_level="SERIALIZABLE")
    met: set[int] = set()

    async def change(number: int) -> Outcome:
        async def work(transaction: Any) -> None:
            await execute(transaction, READ, id=3)
            met.add(number)
            while len(met) < 2:
                await twins.pause(0.01)
            await execute(transaction, UPDATE, id=3, note="changed")

        return await retried(engine, work)

    one, other = await twins.gather(change(1), change(2))
    await twins.settle(engine.dispose())
    return max(one, other, key=lambda outcome: (outcome["error"], len(outcome["tries"])))


async def changed_row(other: Any) -> Outcome:
    """Change a row that somebody else has changed since it was read."""
    engine = connect(database_isolation_level="REPEATABLE READ")
    tries = 0

    async def work(transaction: Any) -> None:
        nonlocal tries
        tries += 1
        await execute(transaction, SQL["notice changes"])
        await execute(transaction, READ, id=4)
        if tries == 1:
            await apart(other, UPDATE, id=4, note="changed")
        await execute(transaction, UPDATE, id=4, note="changed again")

    outcome = await retried(engine, work)
    await twins.settle(engine.dispose())
    return outcome


async def changed_column(other: Any) -> Outcome:
    """Read a column whose type a migration has changed since the statement was prepared."""
    engine, read = connect(database_pool_size=1), "SELECT max(n) FROM changed"
    await apart(other, "CREATE TABLE changed (n integer)")
    for _ in range(7):  # psycopg prepares a statement at its sixth execution
        await apart(engine, read)
    await apart(other, SQL["make bigint"])
    outcome = await retried(engine, lambda transaction: scalar(transaction, read))
    await apart(other, "DROP TABLE changed")
    await twins.settle(engine.dispose())
    return outcome


async def endless_deadlocks(engine: Any) -> Outcome:
    """End in a deadlock every time."""
    return await retried(engine, raising("deadlock"), attempts=3)


def raising(error: str) -> Work:
    """Return work that the server ends with an error."""

    async def work(transaction: Any) -> None:
        await execute(transaction, SQL["raise"].format(SQL[error]))

    return work


async def duplicate_key(engine: Any) -> Outcome:
    """Make a mistake that another try would make again."""
    return await retried(engine, raising("duplicate key"))


async def refused_rows(engine: Any) -> Outcome:
    """Insert many rows that the server refuses, and go on in the same transaction."""

    async def work(transaction: Any) -> None:
        # Whether the driver sees a pipeline that is aborted depends on how fast the server answers.
        for _ in range(20):
            with suppress(IntegrityError):
                async with twins.enter(transaction.begin_nested()):
                    await twins.settle(transaction.execute(INSERT, [{"note": None}] * 300))
        await execute(transaction, INSERT, note="refused_rows")

    return await retried(engine, work)


async def lost_in_work(engine: Any) -> Outcome:
    """Lose the connection between two statements."""
    tries = 0

    async def work(transaction: Any) -> None:
        nonlocal tries
        tries += 1
        await execute(transaction, INSERT, note="lost_in_work")
        if tries == 1:
            await lose(transaction, engine)
        await execute(transaction, READ, id=1)

    return await retried(engine, work)


async def lost_by_idling(engine: Any) -> Outcome:
    """Do nothing for so long that the server ends the transaction, and the connection."""
    tries = 0

    async def work(transaction: Any) -> None:
        nonlocal tries
        tries += 1
        await execute(transaction, INSERT, note="lost_by_idling")
        if tries == 1:
            await execute(transaction, SQL["idle for a second"])
            await twins.pause(1.5)
        await execute(transaction, READ, id=1)

    return await retried(engine, work)


async def lost_in_flush(engine: Any) -> Outcome:
    """Lose the connection before COMMIT has the session send what it has."""
    tries = 0

    async def work(session: Any) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            await lose(session, engine)
        session.add(Entry(note="lost_in_flush"))

    return await retried(engine, work)


async def lost_before_commit(engine: Any) -> Outcome:
    """Lose the connection before a listener adds to the session, which has sent all that it had."""
    tries = 0

    def add(session: Any) -> None:
        session.add(Entry(note="lost_before_commit"))

    async def work(session: Any) -> None:
        nonlocal tries
        tries += 1
        event.listen(getattr(session, "sync_session", session), "before_commit", add)
        if tries == 1:
            await lose(session, engine)

    return await retried(engine, work)


async def lost_at_commit(engine: Any) -> Outcome:
    """Lose the connection when there is nothing left to send but COMMIT."""
    tries = 0

    async def work(transaction: Any) -> None:
        nonlocal tries
        tries += 1
        await execute(transaction, INSERT, note="lost_at_commit")
        if tries == 1:
            await lose(transaction, engine)

    return await retried(engine, work)


async def too_many_connections(_: Any) -> Outcome:
    """Come when others have all the connections that the server gives, and give them back."""
    engine, taken = connect(), AsyncExitStack()
    others = twins.find_create_engine()(Settings().database_url, poolclass=NullPool)
    with suppress(Exception):  # each driver has another one
        while True:
            await taken.enter_async_context(twins.enter(others.connect()))

    async def give_back() -> None:
        await twins.pause(1)
        await taken.aclose()

    async def work(transaction: Any) -> None:
        await execute(transaction, INSERT, note="too_many_connections")

    outcome, _ = await twins.gather(retried(engine, work), give_back())
    await twins.settle(engine.dispose())
    return outcome


async def verdicts(engine: Any) -> Outcome:
    """Ask `is_transient` about errors of every kind."""
    small = connect(database_pool_size=1, database_timeout=0.1)
    dead = connect(database_url=os.environ["DEAD_URL"], database_timeout=0.1)
    statements = {kind: (engine, SQL["raise"].format(SQL[kind])) for kind in RAISED}
    statements["mistake"] = engine, "SELEC 1"
    statements["lost connection"] = engine, SQL["kill oneself"]
    statements["refused connection"] = dead, "SELECT 1"
    statements["no free connection"] = small, "SELECT 1"
    found = {"bug": retry.is_transient(ValueError())}
    async with twins.enter(small.connect()):
        for kind, (where, statement) in statements.items():
            try:
                await apart(where, statement)
            except Exception as error:
                found[kind] = retry.is_transient(error)
    for one in dead, small:
        await twins.settle(one.dispose())
    return {"found": found}


async def locked(engine: Any) -> Outcome:
    """Wait for a row that somebody else keeps."""

    async def work(transaction: Any) -> None:
        await execute(transaction, UPDATE, id=1, note=SECRET)

    return await retried(engine, work)


async def locked_with_more_time(engine: Any) -> Outcome:
    """Wait for that row, for longer than one statement waits."""

    async def work(transaction: Any) -> None:
        await execute(transaction, UPDATE, id=1, note=SECRET)

    return await retried(engine, work, deadline=2.5)


async def refused(_: Any) -> Outcome:
    """Ask where no server is."""
    engine = connect(database_url=os.environ["DEAD_URL"])
    outcome = await retried(engine, nothing)
    await twins.settle(engine.dispose())
    return outcome


async def endless_refusals(_: Any) -> Outcome:
    """Ask where no server is, for longer."""
    engine = connect(database_url=os.environ["DEAD_URL"])
    outcome = await retried(engine, nothing, attempts=2, deadline=3)
    await twins.settle(engine.dispose())
    return outcome


async def no_answer_before_flush(_: Any) -> Outcome:
    """Connect to what never speaks, when COMMIT has the session send what it has."""
    engine = connect(database_url=os.environ["MUTE_URL"])

    async def work(session: Any) -> None:
        session.add(Entry(note="no_answer_before_flush"))

    outcome = await retried(engine, work)
    await twins.settle(engine.dispose())
    return outcome


async def nothing(transaction: Any) -> None:
    """Do hardly anything."""
    await execute(transaction, "SELECT 1")


async def endless_lock_timeouts(engine: Any) -> Outcome:
    """Meet a lock every time, after no time at all."""
    return await retried(engine, raising("lock timeout"), attempts=2, deadline=3)


async def no_time(engine: Any) -> Outcome:
    """Have no time for another try."""
    return await retried(engine, raising("lock timeout"), deadline=0)


async def endless_losses(engine: Any) -> Outcome:
    """Lose the connection every time."""

    async def work(transaction: Any) -> None:
        await execute(transaction, SQL["kill oneself"])

    return await retried(engine, work, attempts=2, deadline=3)


async def no_free_connection(_: Any) -> Outcome:
    """Ask for a connection when another task has the only one."""
    engine = connect(database_pool_size=1)
    async with twins.enter(engine.connect()):
        outcome = await retried(engine, nothing)
    await twins.settle(engine.dispose())
    return outcome


FAILURES = [
    deadlock_in_savepoint,
    write_skew,
    changed_row,
    changed_column,
    endless_deadlocks,
    duplicate_key,
    refused_rows,
    lost_in_work,
    lost_by_idling,
    lost_in_flush,
    lost_before_commit,
    lost_at_commit,
    too_many_connections,
    verdicts,
]
DEADLINES = [
    locked,
    locked_with_more_time,
    refused,
    no_time,
    endless_losses,
    endless_refusals,
    no_answer_before_flush,
    no_free_connection,
]


async def show(case: Callable[[Any], Coroutine[Any, Any, Outcome]], engine: Any) -> None:
    """Print what comes of a case, and how often it has written its row."""
    try:
        outcome = await case(engine)
    except Exception as error:
        outcome = {"broken": f"{type(error).__name__}: {error}"}
    stored = await apart(engine, COUNT, note=case.__name__)
    report({"case": case.__name__, **outcome, "stored": stored})


def report(outcome: Outcome) -> None:
    """Print what came of a case, in one piece whatever other threads print."""
    os.write(1, f"{json.dumps(outcome)}\n".encode())


async def main() -> None:
    """Go through the cases: one after the other, or at once where they have to wait."""
    logging.getLogger("my_app.retry").addHandler(Warnings())
    logging.getLogger("my_app.retry").propagate = False
    engine = connect()
    if sys.argv[1] != "away":
        await twins.create_tables(engine, Base.metadata)
        for number in range(1, 5):
            await apart(engine, INSERT, note=f"row {number}")
    if sys.argv[1] == "away":
        report({"case": "away", **await retried(engine, nothing)})
    elif sys.argv[1] == "failures":
        for case in FAILURES:
            await show(case, engine)
    else:
        async with twins.enter(engine.begin()) as holder:
            await execute(holder, LOCK, id=1)
            await twins.gather(*(show(case, engine) for case in DEADLINES))
        # Alone, it would be tried a thousand times without pauses; among others, a few dozen.
        await show(endless_lock_timeouts, engine)
    await twins.settle(engine.dispose())


if __name__ == "__main__":
    twins.run(main())
