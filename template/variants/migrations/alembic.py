"""The tables of the database, as its migrations make them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

# Migrations stand in the repository, not in the package that is installed.
_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def alembic_config(connection: Connection | None = None) -> Config:
    """Return the configuration of Alembic, for commands on this connection."""
    return Config(toml_file=_PYPROJECT, attributes={"connection": connection})


def create_tables(connection: Connection) -> None:
    """Bring the database to the newest revision, as `alembic upgrade head` does."""
    command.upgrade(alembic_config(connection), "head")
