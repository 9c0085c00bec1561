"""Print the foreign keys of a project as the lines of an entity-relationship diagram in Mermaid.

Run in the environment of a project: `python diagram.py MODULE`.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from sqlalchemy import Column, MetaData, Table, UniqueConstraint


def draw(metadata: MetaData) -> Iterable[str]:
    """Return a line for each foreign key."""
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            columns = set(key.columns)
            one = "|o" if any(column.nullable for column in columns) else "||"
            many = "o|" if is_unique(table, columns) else "o{"
            yield f"{key.referred_table.name} {one}--{many} {table.name}"


def is_unique(table: Table, columns: set[Column[Any]]) -> bool:
    """Return whether no two rows have the same values in these columns."""
    keys = [
        set(table.primary_key.columns),
        *(set(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)),
        *(set(index.columns) for index in table.indexes if index.unique),
    ]
    return any(key and key <= columns for key in keys)


if __name__ == "__main__":
    module = import_module(sys.argv[1])
    metadata = module.metadata if hasattr(module, "metadata") else module.Base.metadata
    sys.stdout.write("\n".join(draw(metadata)))
