"""Types of columns."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: stored in UTC, and read back as a timezone-aware datetime in UTC.

    A naive datetime or a date raises `StatementError`, because its time zone is unknown.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a value to UTC before it is stored."""
        if value is not None and getattr(value, "tzinfo", None) is None:
            raise ValueError(f"{type(value).__name__} has no time zone, unlike datetime.now(UTC)")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a value to UTC: the database returns it in the time zone of the connection."""
        return value and value.astimezone(UTC)
