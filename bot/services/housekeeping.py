"""What is thrown away when its time has come."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta

from bot.domain.reflection import DRAFT_FOR
from bot.ports.clock import Clock
from bot.ports.pruning import Pruning
from bot.ports.storage import Storage

EVERY = timedelta(hours=1)

EVENTS_FOR = timedelta(days=3)
"""How long handled events are known: platforms send one again for a day at most."""

DELIVERIES_FOR = timedelta(days=400)
"""How long it is known what was sent to whom; what was answered stays for as long as its answer."""

SLICE = 5_000
"""Rows in one transaction."""

_Prune = Callable[[Pruning, int, datetime, int], Coroutine[None, None, int | None]]


class Housekeeping:
    """Tidies up at most once an hour, however often it is called."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        """Take the storage to tidy, and the clock that says when."""
        self._storage = storage
        self._clock = clock
        self._tidied_at: datetime | None = None
        self._events_after = 0
        self._deliveries_after = 0

    async def run(self) -> None:
        """Drop words that nobody wanted kept, and rows that nobody asks for any more."""
        now = self._clock.now()
        if self._tidied_at is not None and now - self._tidied_at < EVERY:
            return
        async with self._storage.work() as work:
            await work.reflections.drop_drafts(now - DRAFT_FOR)
        self._events_after = await self._prune(
            lambda pruning, *which: pruning.events(*which), self._events_after, now - EVENTS_FOR
        )
        self._deliveries_after = await self._prune(
            lambda pruning, *which: pruning.deliveries(*which),
            self._deliveries_after,
            now - DELIVERIES_FOR,
        )
        self._tidied_at = now

    async def _prune(self, prune: _Prune, after: int, before: datetime) -> int:
        """Prune slice by slice; gives the number to go on after the next time."""
        while True:
            async with self._storage.work() as work:
                reached = await prune(work.pruning, after, before, SLICE)
            if reached is None:
                return after
            after = reached
