"""The tables."""

from sqlalchemy import Column, Integer, Named, String, Table, TypedColumns

from .base import metadata


class CustomerColumns(TypedColumns):
    """Somebody who orders from us."""

    id: Named[int] = Column(Integer, primary_key=True)
    name: Named[str] = Column(String(255), unique=True)


customers = Table("customer", metadata, CustomerColumns)
