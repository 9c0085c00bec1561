"""The tables, each with `metadata`: docs/core.md shows how."""

from .base import metadata

__all__ = ["metadata"]
