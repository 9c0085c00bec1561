{% from 'template/facts.jinja' import db with context %}
"""The schema as it was found."""

from pathlib import Path
{% if db.drivers[execution] == 'asyncpg' %}
from typing import Any
{% endif %}

from alembic import op
from alembic.util import CommandError
{% if db.drivers[execution] == 'asyncpg' %}
from sqlalchemy.util import await_only
{% endif %}

revision = "5c1a7e0d4b29"
down_revision = None


def upgrade() -> None:
    if op.get_context().as_sql:
        raise CommandError(f"run the file of SQL beside this revision, then {revision}:head --sql")
    schema = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
{% if db.drivers[execution] == 'asyncpg' %}
    # Through SQLAlchemy the driver accepts only one statement.
    connection = op.get_bind()
    connection.exec_driver_sql("SELECT 1")  # so that the transaction has begun
    driver_connection: Any = connection.connection.driver_connection
    await_only(driver_connection.execute(schema))
{% else %}
    op.get_bind().exec_driver_sql(schema, execution_options={"no_parameters": True})
{% endif %}


def downgrade() -> None:
    raise CommandError("the first revision is the schema as it was found, and cannot be undone")
