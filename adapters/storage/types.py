"""Column types of our own."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.types import TypeDecorator

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A row's number; SQLite numbers rows by itself only in a column declared as INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; refuses naive ones.

    SQLite drops offsets without a word (`DateTime(timezone=True)` does not help), so the offset
    is taken off before storing and put back after reading.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment, give the database its UTC form."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a moment without a zone: {value!r}"
            raise ValueError(message)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
