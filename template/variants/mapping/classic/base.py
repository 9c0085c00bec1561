"""The base of all models."""

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, Numeric, String{{ ', Table, event' if db.sets_charset }}
from sqlalchemy.orm import {{ 'Mapped, ' if start != 'database' }}declarative_base, declared_attr{{ ', mapped_column' if start != 'database' }}

from .column_types import UtcDateTime

{% include 'template/variants/shared/naming_convention.py' %}


{% include 'template/variants/shared/table_name.py' %}


class Model:
    """A model: its table is named after the class, in snake case{{ ', and has the key `id`' if start != 'database' }}.

    Before you rename a class, write the old name as its `__tablename__`: otherwise autogenerate
    drops the table and makes a new one.
    """

    __tablename__: Any = declared_attr.directive(_name_table)
{% if start != 'database' %}

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
{% endif %}


if TYPE_CHECKING:

    class Base(Model):
        """The base for type checkers; the real one is made at run time."""

        metadata: MetaData

        def __init__(self, **values: object) -> None:
            """Set columns and relationships by their names."""
else:
    # Today: class Base(DeclarativeBase), with what Model has in its body, and what follows here.
    Base = declarative_base(
        cls=Model,
        metadata=MetaData(naming_convention=NAMING_CONVENTION),
        type_annotation_map={str: String(255), Decimal: Numeric(10, 2), datetime: UtcDateTime()},
    )
