{# Derived from ../async/test_migrations.py: change that one, and run `make sync`. #}
{% if database == 'sqlite' %}
from pathlib import Path

{% endif %}
from alembic import command
{% if start == 'database' %}
from alembic.script import ScriptDirectory
{% endif %}
from sqlalchemy import Connection{{ ', inspect' if start != 'database' }}{{ ', make_url' if database == 'sqlite' }}

{% if database == 'sqlite' %}
from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
{% endif %}
from {{ package_name }}.schema import alembic_config
{% if database != 'sqlite' %}

from .databases import new_database
{% endif %}
{% if start == 'database' %}

# The first revision is the schema as it was found, which cannot be undone.
LOWEST = ScriptDirectory.from_config(alembic_config()).get_base() or "base"
{% endif %}


def up_and_down(connection: Connection) -> None:
    for _ in range(2):
        command.upgrade(alembic_config(connection), "head")
        command.check(alembic_config(connection))
        connection.rollback()
        command.downgrade(alembic_config(connection), {{ 'LOWEST' if start == 'database' else '"base"' }})
{% if start != 'database' %}
        assert inspect(connection).get_table_names() == ["alembic_version"]
{% endif %}
        connection.rollback()


{% if database == 'sqlite' %}
def test_up_and_down_without_drift(tmp_path: Path) -> None:
    engine = make_engine(Settings(database_url=make_url(f"sqlite:///{tmp_path}/empty.db")))
    with engine.connect() as connection:
        up_and_down(connection)
    engine.dispose()
{% else %}
def test_up_and_down_without_drift() -> None:
    with new_database() as engine, engine.connect() as connection:
        up_and_down(connection)
{% endif %}
