"""The schema as it was found."""

import re
import sqlite3
from pathlib import Path

from alembic import op
from alembic.util import CommandError

revision = "5c1a7e0d4b29"
down_revision = None


def upgrade() -> None:
    if op.get_context().as_sql:
        raise CommandError(f"run the file of SQL beside this revision, then {revision}:head --sql")
    schema = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    statement = ""
    for part in re.split("(?<=;)", schema):
        statement += part  # a string or the body of a trigger may have a semicolon
        if sqlite3.complete_statement(statement):
            op.get_bind().exec_driver_sql(statement)
            statement = ""


def downgrade() -> None:
    raise CommandError("the first revision is the schema as it was found, and cannot be undone")
