"""Schedules and their send groups."""

from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.recurrence import Occurrence, Recurrence
from bot.domain.schedule import Schedule


class Schedules(Protocol):
    """Schedules by programme."""

    async def add_nudge(
        self,
        *,
        programme_id: int,
        place_id: int,
        zone: str,
        recurrence: Recurrence,
        words: str,
        holidays: str | None,
        grace: timedelta,
        first: Occurrence,
    ) -> Schedule:
        """A new nudge with its send group, `first` being what is planned next."""
        ...

    async def add_reflections(self, programme_id: int) -> Schedule:
        """The programme's schedule of reflections."""
        ...

    async def reflections(self, programme_id: int) -> Schedule:
        """The programme's schedule of reflections."""
        ...

    async def nudges(self, programme_id: int) -> tuple[Schedule, ...]:
        """All nudges of a programme, by number."""
        ...

    async def nudge(self, programme_id: int, schedule_id: int) -> Schedule | None:
        """One nudge, if it is this programme's."""
        ...

    async def set_paused(self, schedule_id: int, *, paused: bool, following: Occurrence) -> None:
        """Stop or restart a nudge; it goes on at `following`."""
        ...

    async def remove(self, schedule_id: int) -> None:
        """Delete a nudge and what it still had to send; what was sent stays on record."""
        ...

    async def ensure_group(
        self, schedule_id: int, zone: str, minute: int, first: Occurrence
    ) -> int:
        """The send group of members at this minute of this zone; a new one starts at `first`."""
        ...

    async def next_at(self, schedule_id: int) -> datetime | None:
        """When a nudge is planned next; None while it is paused."""
        ...
