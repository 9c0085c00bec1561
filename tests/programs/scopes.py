"""Sessions belong to a scope: none is there without one, and none is left after it.

Run in the environment of a project with `scoped_session`: `python scopes.py`.
"""

import asyncio
import contextvars
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import twins
from my_app.engine import read_only
from my_app.models import Author
from my_app.session import make_session_factory, session_scope
from scenes import SCENES, made, run_all, scene, value
from sqlalchemy import func, select, text


@asynccontextmanager
async def registry(folder: Path) -> AsyncGenerator[tuple[Any, Any]]:
    """Give an engine and its registry; check that nothing is left in either."""
    async with made(f"sqlite:///{folder}/library.db", database_timeout=1) as engine:
        await twins.create_tables(engine)
        make_session = make_session_factory(engine)
        yield engine, make_session
        assert engine.pool.checkedout() == 0
        check_outside(make_session)
        sessions = make_session.registry.registry
        assert not (sessions if isinstance(sessions, dict) else vars(sessions))


def check_outside(make_session: Any) -> None:
    """Check that there is no session here, and that none can be had."""
    with suppress(RuntimeError):
        assert not make_session.registry.has()
    with pytest.raises(RuntimeError):
        make_session()


async def count_authors(engine: Any) -> int:
    """Return how many authors are stored."""
    async with twins.enter(read_only(engine).connect()) as connection:
        found: int = await value(connection, "SELECT count(*) FROM author")
        return found


@scene
async def outside_of_a_scope_there_is_no_session(folder: Path) -> None:
    async with registry(folder) as (_, make_session):
        check_outside(make_session)
        add = partial(make_session.add, Author(name="Lem"))
        for use in add, make_session.begin, lambda: make_session.new:
            with pytest.raises(RuntimeError):
                use()
        with pytest.raises(RuntimeError):
            await twins.settle(make_session.execute(text("SELECT 1")))


@scene
async def a_scope_commits_or_undoes(folder: Path) -> None:
    async with registry(folder) as (engine, make_session):
        async with twins.enter(session_scope(make_session)) as session:
            assert make_session() is session
            make_session.add(Author(name="Lem"))
        check_outside(make_session)

        async def fail() -> None:
            async with twins.enter(session_scope(make_session)) as session:
                session.add(Author(name="Le Guin"))
                await twins.settle(session.flush())
                _ = 1 // 0

        with pytest.raises(ZeroDivisionError):
            await fail()
        check_outside(make_session)
        assert await count_authors(engine) == 1


@scene
async def a_scope_inside_of_another_is_refused(folder: Path) -> None:
    async with registry(folder) as (engine, make_session):
        async with twins.enter(session_scope(make_session)) as session:
            session.add(Author(name="Lem"))
            with pytest.raises(RuntimeError):
                async with twins.enter(session_scope(make_session)):
                    raise AssertionError
            assert make_session() is session, "the outer scope goes on"
        assert await count_authors(engine) == 1


@scene
async def a_registry_of_readers_can_be_used_beside(folder: Path) -> None:
    async with registry(folder) as (engine, make_session):
        make_reader = make_session_factory(read_only(engine))
        async with twins.enter(session_scope(make_session)) as session:
            async with twins.enter(session_scope(make_reader)) as reader:
                assert reader is not session
                assert make_reader() is reader
                assert await twins.settle(reader.scalar(select(func.count(Author.id)))) == 0
            assert make_session() is session
        check_outside(make_reader)


@scene
async def workers_have_sessions_of_their_own(folder: Path) -> None:
    async with registry(folder) as (engine, make_session):
        make_reader = make_session_factory(read_only(engine))
        sessions = []

        async def work(name: str) -> None:
            async with twins.enter(session_scope(make_reader)) as reader:
                await twins.pause(0.05)
                assert make_reader() is reader
                sessions.append(reader)
                await twins.pause(0.05)
            async with twins.enter(session_scope(make_session)):
                make_session.add(Author(name=name))
            check_outside(make_session)

        await twins.gather(*map(work, "abc"))
        assert len({*map(id, sessions)}) == 3
        assert await count_authors(engine) == 3


async def a_scope_can_be_left_in_another_thread(folder: Path, error: Any = None) -> None:
    """Enter a scope in one thread, and leave it in another, as a server may that streams."""
    async with registry(folder) as (engine, make_session):
        scope = session_scope(make_session)
        with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
            session = one.submit(scope.__enter__).result()
            session.add(Author(name="Lem"))
            end = (type(error), error, None) if error else (None, None, None)
            assert not other.submit(scope.__exit__, *end).result()
            assert engine.pool.checkedout() == 0
            for thread in one, other:
                thread.submit(check_outside, make_session).result()
            for thread in one, other:
                thread.submit(use, make_session).result()
                thread.submit(check_outside, make_session).result()
        assert await count_authors(engine) == (0 if error else 1)


def use(make_session: Any) -> None:
    """Use a scope as if nothing had been before."""
    with session_scope(make_session) as session:
        assert make_session() is session
        session.execute(text("SELECT 1"))


async def a_timeout_uses_the_session_of_its_scope(folder: Path) -> None:
    async with registry(folder) as (engine, make_session):

        async def write() -> Any:
            make_session.add(Author(name="Lem"))
            return make_session()

        async with session_scope(make_session) as session:
            assert await asyncio.wait_for(write(), 5) is session
            assert await asyncio.create_task(write_nothing(make_session)) is session
        assert await count_authors(engine) == 1


async def write_nothing(make_session: Any) -> Any:
    """Return the session of whoever started this task."""
    return make_session()


async def a_task_that_outlives_its_scope_has_no_session(folder: Path) -> None:
    async with registry(folder) as (_, make_session):
        over = asyncio.Event()

        async def linger() -> None:
            await over.wait()
            check_outside(make_session)

        async with session_scope(make_session):
            task = asyncio.create_task(linger())
        over.set()
        await task


async def a_scope_can_be_left_in_another_task(folder: Path) -> None:
    async with registry(folder) as (engine, make_session):
        scope = session_scope(make_session)
        session = await asyncio.create_task(scope.__aenter__())
        session.add(Author(name="Lem"))
        await asyncio.create_task(scope.__aexit__(None, None, None))
        check_outside(make_session)
        assert make_session.registry.registry == {}
        assert await count_authors(engine) == 1


async def a_cancelled_scope_is_left(folder: Path) -> None:
    async with registry(folder) as (engine, make_session):

        async def write() -> None:
            async with session_scope(make_session) as session:
                session.add(Author(name="Lem"))
                await session.flush()
                await asyncio.sleep(10)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(write(), 0.2)
        assert await count_authors(engine) == 0


async def a_thread_with_the_context_of_a_scope_shares_its_session(folder: Path) -> None:
    async with registry(folder) as (_, make_session):
        found: list[Any] = []
        with session_scope(make_session) as session:
            context = contextvars.copy_context()
            target: Callable[[], Any] = lambda: found.append(make_session())  # noqa: E731
            thread = threading.Thread(target=context.run, args=[target])
            thread.start()
            thread.join()
        assert found == [session]
        with pytest.raises(RuntimeError):
            context.run(make_session)


ASYNC = [
    a_timeout_uses_the_session_of_its_scope,
    a_task_that_outlives_its_scope_has_no_session,
    a_scope_can_be_left_in_another_task,
    a_cancelled_scope_is_left,
]
SYNC = [
    a_scope_can_be_left_in_another_thread,
    a_thread_with_the_context_of_a_scope_shares_its_session,
]
SCENES |= {function.__name__: function for function in (ASYNC if twins.IS_ASYNC else SYNC)}
if not twins.IS_ASYNC:
    SCENES["a_scope_can_fail_in_another_thread"] = partial(
        a_scope_can_be_left_in_another_thread, error=ZeroDivisionError()
    )

if __name__ == "__main__":
    run_all()
