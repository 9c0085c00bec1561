"""The base of all models."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import MetaData, Numeric, String{{ ', Table, event' if db.sets_charset }}
from sqlalchemy.orm import DeclarativeBase{{ ', Mapped' if start != 'database' }}, declared_attr{{ ', mapped_column' if start != 'database' }}

from .column_types import UtcDateTime

{% include 'template/variants/shared/naming_convention.py' %}


{% include 'template/variants/shared/table_name.py' %}


class Base(DeclarativeBase):
    """A model: its table is named after the class, in snake case{{ ', and has the key `id`' if start != 'database' }}.

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
{% if start != 'database' %}

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
{% endif %}
