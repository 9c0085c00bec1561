"""Cancel a transaction at each of its awaits in turn, as SQLAlchemy's own tests do.

Run in the environment of an async project, with its settings: `python sweep.py`. It prints what
was left behind: a connection that nobody closes, one missing in the pool, or a lock.
"""

import asyncio
import json
import time
from typing import Any

from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import text
from sqlalchemy.testing import cancellation


def keep_busy(loop: asyncio.AbstractEventLoop) -> None:
    """Let a cancellation come after the query has ended, as where an event loop has much to do."""
    time.sleep(0.002)
    loop.call_soon(keep_busy, loop)


async def read(engine: Any) -> None:
    """Read one row."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def write(engine: Any) -> None:
    """Write what the next one has to wait for."""
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE started SET n = n + 1"))
        await connection.execute(text("SELECT n FROM started"))


async def sweep() -> list[str]:
    """Return what was left by what reads and what writes, on a new connection and on a used one."""
    return [
        f"{scenario.__name__}: {failure}"
        for scenario in (read, write)
        for warm in (False, True)
        for failure in await cancellation.sweep(
            lambda: make_engine(Settings()), scenario, warm=warm
        )
    ]


async def main() -> None:
    """Print what was left, on an event loop that has nothing else to do and on a busy one."""
    engine = make_engine(Settings())
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE started (n INTEGER)"))
        await connection.execute(text("INSERT INTO started VALUES (0)"))
    await engine.dispose()
    left = await sweep()
    keep_busy(asyncio.get_running_loop())
    left += await sweep()
    print(json.dumps(left))


if __name__ == "__main__":
    asyncio.run(main())
