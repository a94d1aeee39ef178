"""Schedules: what is asked of whom, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.recurrence import Recurrence


class ScheduleKind(StrEnum):
    """Whom a schedule asks: one channel, or every member who joined, each at their own time."""

    NUDGE = "nudge"
    REFLECTION = "reflection"


REST = timedelta(hours=12)
"""The least that lies between two questions which a member did not ask for."""

LONGEST_WAIT = timedelta(hours=36)
"""The most that lies between two daily questions, wherever the member travels meanwhile."""

DEFAULT_GRACE = timedelta(hours=4)
"""A prompt later than this is recorded as skipped instead of sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A standing order for prompts.

    A nudge has a place, a recurrence in `zone` and the words that the coordinator gave for it. A
    reflection has none of them: each member's settings say when. `holidays` is a country code.
    """

    id: int
    programme_id: int
    kind: ScheduleKind
    place_id: int | None = None
    zone: str | None = None
    recurrence: Recurrence | None = None
    words: str = ""
    holidays: str | None = None
    grace: timedelta = DEFAULT_GRACE
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGroup:
    """All recipients of a schedule who are due at the same minute of the same zone.

    `minute` is None for a nudge. `next_slot` is the wall time (naive) to be planned next, due at
    `next_at`; `cursor` is the last recipient of that slot who has been planned, 0 for none.
    """

    id: int
    schedule: Schedule
    zone: str
    minute: int | None
    next_slot: datetime
    next_at: datetime
    cursor: int = 0
