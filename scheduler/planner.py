"""Writes down what is due: send groups become delivery rows."""

from collections import Counter
from datetime import datetime, timedelta

import structlog

from bot.domain.failures import outline
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import SendGroup
from bot.ports.calendar import Calendar
from bot.ports.clock import Clock
from bot.ports.deliveries import Wave
from bot.ports.storage import Storage
from scheduler.timetable import next_step

SLICE = 5_000
"""Recipients in one transaction: SQLite's write lock is held for about 0.1 s."""

MISSED_SLICES = 200
"""How many slices of missed waves a group may record in one run, a million rows at most.

What was missed before that is passed over without a trace: after a year's sleep, or when the
machine's clock has jumped, the record is worth less than the time that it takes.
"""

PARKED_FOR = timedelta(days=1)
"""When a group that can't be worked out is looked at again; an update may have mended it."""

_GROUPS_AT_ONCE = 100

_log = structlog.get_logger(__name__)


class Planner:
    """Plans every send group that is due; safe on every replica at once."""

    def __init__(self, storage: Storage, clock: Clock, calendar: Calendar) -> None:
        self._storage = storage
        self._clock = clock
        self._calendar = calendar

    async def run(self) -> int:
        """Write down everything that is due now; gives how many waves were completed.

        One slice of each due group in turn, so that a large one does not hold up the others.
        Another replica's waves count too if it was faster with their last slice.
        """
        now = self._clock.now()
        completed = 0
        missed: Counter[int] = Counter()
        visited: set[tuple[int, datetime, int]] = set()
        while groups := [each for each in await self._due(now) if _position(each) not in visited]:
            for group in groups:
                visited.add(_position(group))
                try:
                    completed += await self._visit(group, now, missed)
                # Whatever is wrong with one group, the others are planned.
                except Exception as error:  # noqa: BLE001
                    _log.error("group_not_planned", group=group.id, **outline(error))
        return completed

    async def _due(self, now: datetime) -> tuple[SendGroup, ...]:
        async with self._storage.reading() as work:
            return await work.deliveries.due_groups(now, _GROUPS_AT_ONCE)

    async def _visit(self, group: SendGroup, now: datetime, missed: Counter[int]) -> bool:
        """Take one step with a group; True if that completed a wave."""
        step = self._step(group, now, jump=missed[group.id] >= MISSED_SLICES)
        async with self._storage.work() as work:
            if isinstance(step, Occurrence):
                await work.deliveries.move_group(group, step)
                return False
            missed[group.id] += step.skip is not None
            return await work.deliveries.plan_slice(group, step, SLICE)

    def _step(self, group: SendGroup, now: datetime, *, jump: bool) -> Wave | Occurrence:
        try:
            return next_step(group, self._calendar, now, jump=jump)
        # A zone that is gone, a rule without a future, a calendar that fails: set it aside.
        except Exception as error:  # noqa: BLE001
            schedule = group.schedule.id
            _log.error("group_parked", group=group.id, schedule=schedule, **outline(error))
            return Occurrence(group.next_slot, now + PARKED_FOR)


def _position(group: SendGroup) -> tuple[int, datetime, int]:
    return group.id, group.next_slot, group.cursor
