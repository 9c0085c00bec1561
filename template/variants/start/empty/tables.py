"""The tables, each in `metadata`: `docs/core-and-orm.md` shows how."""

from .base import metadata

__all__ = ["metadata"]
