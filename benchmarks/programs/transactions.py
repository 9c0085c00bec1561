"""Time short transactions on the engine of a project; print JSON: the median of each kind.

Run in the environment of a Core project: `python transactions.py URL TIMES`.
"""

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine, read_only
from my_app.tables import genres
from sqlalchemy import insert, make_url, select, update

URL, TIMES = sys.argv[1], int(sys.argv[2])


async def read(begin: Callable[[], Any]) -> None:
    """Read one row."""
    async with twins.enter(begin()) as connection:
        found = await twins.settle(connection.execute(select(genres.c.name)))
        assert found.scalar_one() == "poetry"


async def write(begin: Callable[[], Any]) -> None:
    """Change one row."""
    async with twins.enter(begin()) as connection:
        await twins.settle(connection.execute(update(genres).values(name="poetry")))


async def measure() -> dict[str, float]:
    """Return the seconds of a transaction of each kind; the kinds take turns."""
    engine = make_engine(Settings(database_url=make_url(URL)))
    await twins.create_tables(engine)
    async with twins.enter(engine.begin()) as connection:
        await twins.settle(connection.execute(insert(genres).values(name="poetry")))
    kinds = {
        "read": (read, engine.begin),
        "read_only": (read, read_only(engine).connect),
        "write": (write, engine.begin),
    }
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(TIMES):
        for name, (work, begin) in kinds.items():
            start = time.perf_counter()
            await work(begin)
            taken[name].append(time.perf_counter() - start)
    await twins.settle(engine.dispose())
    return {name: median(seconds) for name, seconds in taken.items()}


print(json.dumps(twins.run(measure())))
