"""The schema as it was found."""

from pathlib import Path

from alembic import op
from alembic.util import CommandError

revision = "5c1a7e0d4b29"
down_revision = None


def upgrade() -> None:
    if op.get_context().as_sql:
        raise CommandError(f"run the file of SQL beside this revision, then {revision}:head --sql")
    schema = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The first line, DELIMITER, is for the programs mariadb and mysql.
    for statement in schema.partition("\n")[2].split("\n;;\n")[:-1]:
        op.get_bind().exec_driver_sql(statement, execution_options={"no_parameters": True})


def downgrade() -> None:
    raise CommandError("the first revision is the schema as it was found, and cannot be undone")
