"""Connect by each URL, and print what a connection says of itself, or why there is none.

Run in the environment of a project: `python urls.py URL...`.
"""

import json
import sys
import time
from typing import Any

import twins
from my_app.config import Settings
from my_app.engine import make_engine
from pydantic import ValidationError
from sqlalchemy import text

FACTS = {
    "sqlite": {"user_version": "PRAGMA user_version"},
    "postgresql": {
        "secure": "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        "socket": "SELECT inet_server_addr() IS NULL",
        "application_name": "SELECT current_setting('application_name')",
        "lock_timeout": "SELECT current_setting('lock_timeout')",
        "statement_timeout": "SELECT current_setting('statement_timeout')",
        "search_path": "SELECT current_setting('search_path')",
    },
    "mysql": {
        "secure": "SELECT variable_value <> '' FROM information_schema.session_status"
        " WHERE variable_name = 'Ssl_cipher'",
        "socket": "SELECT host = 'localhost' FROM information_schema.processlist"
        " WHERE id = connection_id()",
        "shop": "SELECT @shop",
        "wsrep_sync_wait": "SELECT @@wsrep_sync_wait",
        "lock_timeout": "SELECT @@innodb_lock_wait_timeout",
        "statement_timeout": "SELECT CAST(@@max_statement_time AS CHAR)",
        "charset": "SELECT @@character_set_connection",
        "sql_mode": "SELECT @@sql_mode",
    },
}


async def ask(engine: Any) -> dict[str, Any]:
    """Return what a connection says of itself."""
    async with twins.enter(engine.connect()) as connection:
        found = {}
        for name, sql in FACTS[engine.dialect.name].items():
            result = await twins.settle(connection.execute(text(sql)))
            found[name] = result.scalar()
        return found


async def try_url(url: str) -> dict[str, Any]:
    """Return what comes of a URL."""
    try:
        settings = Settings.model_validate({"database_url": url})
    except ValidationError as error:
        return {"refused": error.errors()[0]["msg"], "message": f"{error!r} {error}"}
    start = time.monotonic()
    engine = None
    try:
        engine = make_engine(settings)
        found = await ask(engine)
    except Exception as error:
        found = {"error": type(error).__name__, "message": f"{error!r} {error}"}
    if engine:
        found["engine"] = repr(engine)
        await twins.settle(engine.dispose())
    return {**found, "seconds": round(time.monotonic() - start, 1)}


async def main() -> None:
    """Try all URLs at once."""
    for found in await twins.gather(*map(try_url, sys.argv[1:])):
        print(json.dumps(found))


if __name__ == "__main__":
    twins.run(main())
