"""Call every function of queries.py with hostile values, and print how each was sent.

Run in the environment of a project: `python inject.py URL`. A line of JSON for each call says which
function was called, with which text, and whether that text came into a statement or a parameter.
"""

import inspect
import json
import sys
import types
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import twins
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import Engine, event, make_url
from sqlalchemy.exc import IntegrityError

MARK, NUMBER = "zq7", 918273
TEXTS = [
    f"{MARK}'; DROP TABLE book; --",
    f'{MARK}" OR ""="',
    f"{MARK}\\'; DELETE FROM book WHERE 1=1 #",
    f"{MARK}%' UNION SELECT name FROM author /*",
    f":{MARK} %({MARK})s %s ? $1 {{{MARK}}} :name",
    f"{MARK}`; DROP TABLE `book`; \N{FULLWIDTH APOSTROPHE} \u02bc",
]


def value_for(hint: Any, text: str) -> Any:
    """Return a value of a type, with the text wherever a text can be; raise for unknown types."""
    if hint is str:
        return text
    if hint is int:
        return NUMBER
    if hint is Decimal:
        return Decimal(NUMBER)
    if is_typeddict(hint):
        return {key: value_for(field, text) for key, field in get_type_hints(hint).items()}
    if get_origin(hint) in {Collection, Sequence, list, set}:
        return [value_for(get_args(hint)[0], text)]
    if get_origin(hint) in {Union, types.UnionType}:
        return value_for(get_args(hint)[0], text)
    raise TypeError(hint)


def functions() -> dict[str, Callable[..., Any]]:
    """Return the functions that are defined in queries.py and meant for others."""
    return {
        name: function
        for name, function in inspect.getmembers(queries, inspect.isfunction)
        if function.__module__ == queries.__name__ and not name.startswith("_")
    }


async def call(
    engine: Any, function: Callable[..., Any], text: str, *, found: bool
) -> dict[str, Any]:
    """Call a function, on rows with that text or on none; say where the text was sent."""
    sent: list[tuple[str, str]] = []

    def record(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, repr(parameters)))

    sync_engine: Engine = getattr(engine, "sync_engine", engine)
    tables = twins.find_metadata().tables
    hints = get_type_hints(function)
    (_, kind), *arguments = [item for item in hints.items() if item[0] != "return"]
    async with twins.enter(engine.connect()) as connection:
        author = {"id": NUMBER, "name": text if found else "Lem"}
        book = {"id": NUMBER, "author_id": NUMBER, "title": text if found else "Eden", "price": 1}
        await twins.settle(connection.execute(tables["author"].insert().values(author)))
        await twins.settle(connection.execute(tables["book"].insert().values(book)))
        target = connection if isinstance(connection, kind) else kind(connection)
        event.listen(sync_engine, "before_cursor_execute", record)
        try:
            result = await twins.settle(
                function(target, **{name: value_for(hint, text) for name, hint in arguments})
            )
            if hasattr(result, "statement"):  # a query that is not sent yet
                result.all()
        except IntegrityError:
            assert found, "only a row that is there already is in the way"
        finally:
            event.remove(sync_engine, "before_cursor_execute", record)
        await twins.settle(connection.rollback())
    return {
        "function": function.__name__,
        "text": text,
        "takes text": MARK in repr([value_for(hint, text) for _, hint in arguments]),
        "sent": len(sent),
        "as parameter": any(repr(text)[1:-1] in parameters for _, parameters in sent),
        "as statement": [s for s, _ in sent if MARK in s or str(NUMBER) in s],
    }


async def main() -> None:
    """Call each function with each text, twice."""
    engine = make_engine(Settings(database_url=make_url(sys.argv[1])))
    await twins.create_tables(engine)
    for function in functions().values():
        for text in TEXTS:
            for found in (True, False):
                print(json.dumps(await call(engine, function, text, found=found)))
    await twins.settle(engine.dispose())


if __name__ == "__main__":
    twins.run(main())
