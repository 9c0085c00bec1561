"""The base of all models."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import MetaData, Numeric, String
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from .column_types import UtcDateTime

# Constraints need names that never change, so that migrations can drop them.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def _name_table(model: type) -> str:
    """Return the name of the table: `order_line` for a class `OrderLine`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", model.__name__).lower()


class Base(DeclarativeBase):
    """A model: its table is named after the class, in snake case, and has the key `id`.

    Before you rename a class, write the old name as its `__tablename__`: otherwise autogenerate
    drops the table and makes a new one.
    """

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: String(255),
        Decimal: Numeric(10, 2),
        datetime: UtcDateTime(),
    }
    __tablename__ = declared_attr.directive(_name_table)

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
