"""The tables as classes."""

from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Customer(Base{{ ', kw_only=True' if mapping == 'dataclass' }}):
    """Somebody who orders from us."""

    name: Mapped[str] = mapped_column(unique=True)
