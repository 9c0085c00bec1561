"""The tables as classes, each below `Base`: `docs/core-and-orm.md` shows how."""

from .base import Base

__all__ = ["Base"]
