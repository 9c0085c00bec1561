"""The tables of the database, as its migrations make them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

# Migrations are in the repository, not in the installed package.
_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


class SchemaError(Exception):
    """The tables of the database are not those that this project makes."""


def alembic_config(connection: Connection | None = None) -> Config:
    """Return the configuration of Alembic, for commands on this connection."""
    return Config(toml_file=_PYPROJECT, attributes={"connection": connection})


def create_tables(connection: Connection) -> None:
    """Bring the database to the newest revision, and commit; other tables raise `SchemaError`."""
    config = alembic_config(connection)
    config.attributes["refuses_foreign_tables"] = True
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaError(str(error)) from error
