"""The demo's clock, which stands still until someone moves it."""

from datetime import datetime

from adapters.console.journal import ClockMoved
from adapters.console.platform import ConsolePlatform


class DemoClock:
    """Port `Clock`; the time is kept in the platform's log."""

    def __init__(self, platform: ConsolePlatform) -> None:
        """The clock on this platform's wall."""
        self._platform = platform

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        return self._platform.memory.now

    def move_to(self, at: datetime) -> None:
        """Let it be `at`. Raises ValueError for a moment that is past."""
        if at < self.now():
            message = f"the clock can't go back to {at}"
            raise ValueError(message)
        if at > self.now():
            self._platform.record(ClockMoved(at=at))
