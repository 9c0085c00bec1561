import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from my_app.retry import is_transient, run_in_transaction

INSERT = text("INSERT INTO scratch_note (text) VALUES (:text)")


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
