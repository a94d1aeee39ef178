"""A clock that stands still until it is told to go on."""

from datetime import UTC, datetime, timedelta

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday at nine."""


class FakeClock:
    """A `Clock` whose time is what a test says."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(
        self,
        length: timedelta = timedelta(),
        *,
        seconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
    ) -> None:
        """Let time pass."""
        self.at += length + timedelta(seconds=seconds, minutes=minutes, hours=hours)
