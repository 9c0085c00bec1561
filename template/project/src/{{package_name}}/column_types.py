"""Types of columns."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: stored in UTC, read back as an aware datetime in UTC.

    A naive datetime is refused, with a `StatementError`: it does not say which moment it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC on its way to the database."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; datetime.now(UTC), for example, has one")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back the time zone, which SQLite does not keep."""
        return value and value.replace(tzinfo=UTC)
