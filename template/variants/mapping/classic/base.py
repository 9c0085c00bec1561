"""The base of all models."""

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, Numeric, String{{ ', Table, event' if database == 'mysql' }}
from sqlalchemy.orm import Mapped, declarative_base, declared_attr, mapped_column

from .column_types import UtcDateTime

{% include 'template/variants/naming_convention.py' %}


class Model:
    """A model: its table is named after the class, in snake case, and has the key `id`.

    Before you rename a class, write the old name as its `__tablename__`: otherwise autogenerate
    drops the table and makes a new one.
    """

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        """Return the name of the table: `order_line` for a class `OrderLine`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


if TYPE_CHECKING:

    class Base(Model):
        """What type checkers see of the base, which is made at run time."""

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
