{% from 'template/facts.jinja' import db with context %}
{% if database != 'sqlite' %}
import asyncio

{% endif %}
import pytest
from sqlalchemy import Connection, event, text
{% if database == 'sqlite' %}
from sqlalchemy.engine.interfaces import DBAPIConnection
{% endif %}
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

{% if database == 'sqlite' %}
from {{ package_name }}.engine import read_only
from {{ package_name }}.retry import run_in_transaction
{% else %}
from {{ package_name }}.retry import OutcomeUnknownError, run_in_transaction
{% endif %}

INSERT = text("INSERT INTO author (name) VALUES (:name)")
{% if database != 'sqlite' %}
LOCK = text("SELECT name FROM author WHERE name = :name FOR UPDATE")
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


async def add_author(connection: AsyncConnection) -> str:
    await connection.execute(INSERT, {"name": "Lem"})
    return "added"


async def test_a_lock_is_retried(own_engine: AsyncEngine, impatient_engine: AsyncEngine) -> None:
    async with own_engine.connect() as blocker:
        await add_author(blocker)
        tries = count_tries(impatient_engine, blocker)
        with pytest.raises(DBAPIError, match="{{ db.lock_error }}"):
            await run_in_transaction(impatient_engine.begin, add_author, attempts=2)
        assert len(tries) == 2
        tries.clear()
        assert await run_in_transaction(impatient_engine.begin, add_author) == "added"
        assert len(tries) == 3
    with pytest.raises(IntegrityError):
        await run_in_transaction(impatient_engine.begin, add_author)
    assert len(tries) == 4, "what another try cannot mend is not tried again"


{% if database == 'sqlite' %}
async def test_failed_commit_is_retried(
    own_engine: AsyncEngine, impatient_engine: AsyncEngine
) -> None:
    @event.listens_for(impatient_engine.sync_engine, "connect")
    def let_readers_hold_up_a_commit(connection: DBAPIConnection, _: object) -> None:
        connection.cursor().execute("PRAGMA journal_mode = DELETE")

    await own_engine.dispose()
    async with read_only(impatient_engine).connect() as blocker, impatient_engine.connect() as new:
        await new.close()
        await blocker.execute(text("SELECT * FROM author"))
        tries = count_tries(impatient_engine, blocker)
        assert await run_in_transaction(impatient_engine.begin, add_author) == "added"
        assert len(tries) == 3
{% else %}
async def test_a_deadlock_is_retried(own_engine: AsyncEngine) -> None:
    names, tries, both_have_one = ["Lem", "Strugatsky"], list[str](), asyncio.Barrier(2)
    async with own_engine.begin() as connection:
        await connection.execute(INSERT, [{"name": name} for name in names])

    async def lock(order: list[str]) -> None:
        async def work(connection: AsyncConnection) -> None:
            tries.append(order[0])
            await connection.execute(LOCK, {"name": order[0]})
            if len(tries) <= 2:
                await both_have_one.wait()
            await connection.execute(LOCK, {"name": order[1]})

        await run_in_transaction(own_engine.begin, work)

    await asyncio.gather(lock(names), lock(names[::-1]))
    assert len(tries) == 3


async def lose(connection: AsyncConnection, engine: AsyncEngine) -> None:
    async with engine.connect() as killer:
        await killer.execute(KILL, {"id": await connection.scalar(CONNECTION_ID)})


async def test_a_connection_lost_in_work_is_retried(own_engine: AsyncEngine) -> None:
    tries: list[AsyncConnection] = []

    async def work(connection: AsyncConnection) -> str:
        tries.append(connection)
        if len(tries) == 1:
            await lose(connection, own_engine)
        return await add_author(connection)

    assert await run_in_transaction(own_engine.begin, work) == "added"
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
