{% from 'template/facts.jinja' import db with context %}
{% if database != 'sqlite' %}
import asyncio
import time

{% else %}
import time

{% endif %}
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

{% if database == 'sqlite' %}
from {{ package_name }}.engine import read_only
from {{ package_name }}.retry import is_transient, run_in_transaction
{% else %}
from {{ package_name }}.retry import OutcomeUnknownError, is_transient, run_in_transaction
{% endif %}

INSERT = text("INSERT INTO scratch_note (text) VALUES (:text)")
{% if database != 'sqlite' %}
LOCK = text("SELECT text FROM scratch_note WHERE text = :text FOR UPDATE")
CONNECTION_ID = text("{{ db.connection_id }}")
KILL = text("{{ db.kill }}")
{% endif %}


def count_tries(engine: AsyncEngine, blocker: AsyncConnection) -> list[Connection]:
    """Return what will list every connection from now on; at the third `blocker` makes room."""
    tries: list[Connection] = []

    @event.listens_for(engine.sync_engine, "engine_connect")
    def count(connection: Connection) -> None:
        tries.append(connection)
        if len(tries) == 3 and blocker.sync_connection:
            blocker.sync_connection.rollback()

    return tries


async def write(connection: AsyncConnection) -> str:
    await connection.execute(INSERT, {"text": "a secret"})
    return "written"


async def test_a_lock_is_retried(
    own_engine: AsyncEngine, impatient_engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async with own_engine.connect() as blocker:
        await write(blocker)
        tries = count_tries(impatient_engine, blocker)
        assert await run_in_transaction(impatient_engine.begin, write, attempts=1) == "written"
    assert len(tries) == 3
    assert [record.getMessage().partition(":")[0][-1] for record in caplog.records] == ["1", "2"]
    assert "secret" not in caplog.text
    with pytest.raises(IntegrityError) as caught:
        await run_in_transaction(impatient_engine.begin, write)
    assert not is_transient(caught.value)
    assert len(tries) == 4, "what a retry cannot mend is not retried"


async def test_no_attempt_begins_after_the_deadline(
    own_engine: AsyncEngine, impatient_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_TIMEOUT", "0.3")
    async with own_engine.connect() as blocker:
        await write(blocker)
        start = time.monotonic()
        with pytest.raises(DBAPIError, match="{{ db.lock_error }}") as caught:
            await run_in_transaction(impatient_engine.begin, write)
        assert is_transient(caught.value)
        assert 0.3 <= time.monotonic() - start < {{ 2.5 if database == 'mysql' else 1 }}
        tries = count_tries(impatient_engine, blocker)
        with pytest.raises(DBAPIError, match="{{ db.lock_error }}"):
            await run_in_transaction(impatient_engine.begin, write, deadline=0)
        assert len(tries) == 1


{% if database == 'sqlite' %}
async def test_a_failed_commit_is_retried(
    own_engine: AsyncEngine, impatient_engine: AsyncEngine
) -> None:
    async with own_engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA journal_mode = DELETE")

    async with read_only(own_engine).connect() as blocker:
        await blocker.execute(text("SELECT * FROM scratch_note"))
        tries = count_tries(impatient_engine, blocker)
        assert await run_in_transaction(impatient_engine.begin, write) == "written"
        assert len(tries) == 3
{% else %}
async def test_a_deadlock_is_retried(own_engine: AsyncEngine) -> None:
    texts, tries, both_have_one = ["first", "second"], list[str](), asyncio.Barrier(2)
    async with own_engine.begin() as connection:
        await connection.execute(INSERT, [{"text": text} for text in texts])

    async def lock(order: list[str], attempts: int) -> None:
        async def work(connection: AsyncConnection) -> None:
            tries.append(order[0])
            await connection.execute(LOCK, {"text": order[0]})
            if len(tries) <= 2:
                await both_have_one.wait()
            async with connection.begin_nested():
                await connection.execute(LOCK, {"text": order[1]})

        await run_in_transaction(own_engine.begin, work, attempts=attempts)

    await asyncio.gather(lock(texts, 2), lock(texts[::-1], 2))
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(DBAPIError, match=r"{{ db.deadlock_error }}"):
        await asyncio.gather(lock(texts, 1), lock(texts[::-1], 1))
    assert len(tries) == 2


{% if database == 'postgresql' %}
async def test_a_serialization_failure_is_retried(own_engine: AsyncEngine) -> None:
    engine = own_engine.execution_options(isolation_level="SERIALIZABLE")
    tries: list[str] = []

    async def copy(connection: AsyncConnection, new: str) -> None:
        number = await connection.scalar(text("SELECT count(*) FROM scratch_note"))
        await connection.execute(INSERT, {"text": f"{new} {number}"})

    async def work(connection: AsyncConnection) -> None:
        tries.append("try")
        await copy(connection, "slow")
        if len(tries) == 1:
            async with engine.begin() as other:
                await copy(other, "quick")

    await run_in_transaction(engine.begin, work)
    assert len(tries) == 2


{% endif %}
async def lose(connection: AsyncConnection, engine: AsyncEngine) -> None:
    async with engine.connect() as killer:
        await killer.execute(KILL, {"id": await connection.scalar(CONNECTION_ID)})


async def test_a_connection_lost_in_work_is_retried(own_engine: AsyncEngine) -> None:
    tries: list[AsyncConnection] = []

    async def work(connection: AsyncConnection) -> str:
        tries.append(connection)
        if len(tries) == 1:
            await lose(connection, own_engine)
        return await write(connection)

    assert await run_in_transaction(own_engine.begin, work, attempts=1) == "written"
    assert len(tries) == 2


async def test_a_connection_lost_at_commit_is_not_retried(own_engine: AsyncEngine) -> None:
    tries: list[AsyncConnection] = []

    async def work(connection: AsyncConnection) -> None:
        tries.append(connection)
        await lose(connection, own_engine)

    with pytest.raises(OutcomeUnknownError):
        await run_in_transaction(own_engine.begin, work)
    assert len(tries) == 1
{% endif %}
