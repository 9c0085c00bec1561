"""The tables as subclasses of `Base`: `docs/core-and-orm.md` shows how."""

from .base import Base

__all__ = ["Base"]
