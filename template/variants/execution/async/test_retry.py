{% from 'template/facts.jinja' import db with context %}
{% if database != 'sqlite' %}
import asyncio

{% endif %}
import pytest
from sqlalchemy import text
from sqlalchemy.exc import {{ 'DBAPIError, ' if database != 'sqlite' }}IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

{% if database == 'sqlite' %}
from {{ package_name }}.retry import is_transient, run_in_transaction
{% else %}
from {{ package_name }}.retry import (
    OutcomeUnknownError,
    is_transient,
    run_in_transaction,
)
{% endif %}

INSERT = text("INSERT INTO scratch_note (text) VALUES (:text)")
{% if database != 'sqlite' %}
LOCK = text("SELECT text FROM scratch_note WHERE text = :text FOR UPDATE")
CONNECTION_ID = text("{{ db.connection_id }}")
KILL = text("{{ db.kill }}")
{% endif %}


async def write(connection: AsyncConnection) -> str:
    await connection.execute(INSERT, {"text": "a secret"})
    return "written"


async def test_a_lock_is_retried(
    own_engine: AsyncEngine, impatient_engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[AsyncConnection] = []
    async with own_engine.connect() as blocker:
        await write(blocker)

        async def work(connection: AsyncConnection) -> str:
            tries.append(connection)
            if len(tries) == 3:
                await blocker.rollback()
            return await write(connection)

        assert await run_in_transaction(impatient_engine.begin, work, attempts=1) == "written"
        assert "after attempt 2: " in caplog.text
        assert "secret" not in caplog.text
        with pytest.raises(IntegrityError) as caught:
            await run_in_transaction(impatient_engine.begin, work)
        assert not is_transient(caught.value)
        assert len(tries) == 4, "what a retry cannot mend is not retried"
{% if database != 'sqlite' %}


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

    async def lock_both(attempts: int) -> None:
{% if execution == 'async' %}
        both = [lock(order, attempts) for order in (texts, texts[::-1])]
        for error in filter(None, await asyncio.gather(*both, return_exceptions=True)):
            raise error
{% else %}
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lock, [texts, texts[::-1]], [attempts, attempts]))
{% endif %}

    await lock_both(attempts=2)
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(DBAPIError, match=r"{{ db.deadlock_error }}"):
        await lock_both(attempts=1)
    assert len(tries) == 2


{% if db.serializable_fails %}
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
async def test_a_connection_lost_before_commit_is_replaced(own_engine: AsyncEngine) -> None:
    tries: list[AsyncConnection] = []

    async def lose(connection: AsyncConnection) -> None:
        tries.append(connection)
        async with own_engine.connect() as killer:
            await killer.execute(KILL, {"id": await connection.scalar(CONNECTION_ID)})

    async def work(connection: AsyncConnection) -> str:
        if not tries:
            await lose(connection)
        return await write(connection)

    assert await run_in_transaction(own_engine.begin, work, attempts=1) == "written"
    tries.clear()
    with pytest.raises(OutcomeUnknownError):
        await run_in_transaction(own_engine.begin, lose)
    assert len(tries) == 1, "the COMMIT may be done"
{% endif %}
