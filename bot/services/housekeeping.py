"""What is thrown away when its time has come."""

from datetime import datetime, timedelta

from bot.domain.reflection import DRAFT_FOR
from bot.ports.clock import Clock
from bot.ports.storage import Storage

EVERY = timedelta(hours=1)


class Housekeeping:
    """Tidies up at most once an hour, however often it is called."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        """Take the storage to tidy, and the clock that says when."""
        self._storage = storage
        self._clock = clock
        self._tidied_at: datetime | None = None

    async def run(self) -> None:
        """Drop words that nobody wanted kept."""
        now = self._clock.now()
        if self._tidied_at is not None and now - self._tidied_at < EVERY:
            return
        async with self._storage.work() as work:
            await work.reflections.drop_drafts(now - DRAFT_FOR)
        self._tidied_at = now
