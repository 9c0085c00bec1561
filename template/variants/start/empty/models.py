"""The tables as classes, each below `Base`: docs/orm.md shows how."""

from .base import Base

__all__ = ["Base"]
