"""Writes down what is due: send groups become delivery rows."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.failures import outline
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import SendGroup
from bot.ports.calendar import Calendar
from bot.ports.clock import Clock
from bot.ports.deliveries import Wave
from bot.ports.meter import Meter, NoMeter
from bot.ports.storage import Storage, StorageUnavailableError
from scheduler.timetable import next_step

SLICE = 2_500
"""Most recipients in one transaction: among a million members it takes SQLite 0.05 s."""

LONGEST = timedelta(seconds=0.1)
"""A transaction that took longer is followed by one of half as many recipients.

On SQLite an event that comes in has to wait for it.
"""

LEAST = 100
"""Recipients in one transaction, however slow the disk is."""

MISSED_SLICES = 200
"""How many slices of missed waves a group may record in one run, half a million rows at most.

What was missed before that is passed over without a trace: after a year's sleep, or when the
machine's clock has jumped, the record is worth less than the time that it takes.
"""

PARKED_FOR = timedelta(days=1)
"""When a group that can't be worked out is looked at again; an update may have mended it."""

_LOOKED_AT = 1_000
"""Due groups read at a time."""

_TOGETHER = 200
"""Groups that the first transaction looks at, before it is known how many fit into one."""

_log = structlog.get_logger(__name__)


class Planner:
    """Plans every send group that is due; safe on every replica at once."""

    def __init__(
        self, storage: Storage, clock: Clock, calendar: Calendar, meter: Meter | None = None
    ) -> None:
        self._meter = meter or NoMeter()
        self._storage = storage
        self._clock = clock
        self._calendar = calendar
        self._slice = SLICE

    async def run(self) -> int:
        """Write down everything that is due now; gives how many waves were completed.

        Groups that are due for the same are planned together, and one slice of each in turn, so
        that a large one does not hold up the others. Another replica's waves count too if it was
        faster with their last slice.
        """
        now = self._clock.now()
        completed = 0
        missed: Counter[int] = Counter()
        visited: set[tuple[int, datetime, int]] = set()
        while groups := [each for each in await self._due(now) if _position(each) not in visited]:
            for step, alike in self._steps(groups, now, missed).items():
                waves = await self._take(step, alike, missed)
                self._meter.planned(waves)
                completed += waves
            visited.update(map(_position, groups))
        return completed

    async def _due(self, now: datetime) -> tuple[SendGroup, ...]:
        async with self._storage.reading() as work:
            return await work.deliveries.due_groups(now, _LOOKED_AT)

    def _steps(
        self, groups: Sequence[SendGroup], now: datetime, missed: Mapping[int, int]
    ) -> dict[Wave | Occurrence, list[SendGroup]]:
        """What to do next, each with the groups to do it with."""
        alike: dict[tuple[bool, tuple[object, ...]], list[SendGroup]] = defaultdict(list)
        for group in groups:
            jump = missed.get(group.id, 0) >= MISSED_SLICES
            alike[jump, _what_counts(group)].append(group)
        steps: dict[Wave | Occurrence, list[SendGroup]] = defaultdict(list)
        for (jump, _), together in alike.items():
            steps[self._step(together, now, jump=jump)] += together
        return steps

    async def _take(
        self, step: Wave | Occurrence, groups: Sequence[SendGroup], missed: Counter[int]
    ) -> int:
        """Take one step with every group; gives how many waves were completed."""
        completed = 0
        waiting = list(groups)
        together = _TOGETHER
        while waiting:
            dealt_with = await self._visit(step, waiting[:together])
            # there is no use in looking at many more than fit into a slice
            together = 2 * len(dealt_with)
            completed += sum(dealt_with.values())
            if isinstance(step, Wave) and step.skip is not None:
                missed.update(dealt_with.keys())
            waiting = [each for each in waiting if each.id not in dealt_with]
        return completed

    async def _visit(
        self, step: Wave | Occurrence, groups: Sequence[SendGroup]
    ) -> Mapping[int, bool]:
        """Take one step with some groups; gives those that are done with, True by completion."""
        try:
            async with self._storage.work() as work:
                began = self._clock.now()
                if isinstance(step, Wave):
                    dealt_with = await work.deliveries.plan_slice(groups, step, self._slice)
                else:
                    await work.deliveries.move_groups(groups, step)
                    dealt_with = dict.fromkeys((each.id for each in groups), False)
            self._keep_short(self._clock.now() - began)
            return dealt_with
        except StorageUnavailableError:
            raise
        # Whatever is wrong with one group, the others are planned.
        except Exception as error:  # noqa: BLE001
            if len(groups) > 1:
                alone = [await self._visit(step, [each]) for each in groups]
                return {number: done for each in alone for number, done in each.items()}
            _log.error("group_not_planned", group=groups[0].id, **outline(error))
            return {groups[0].id: False}

    def _keep_short(self, transaction: timedelta) -> None:
        """Let the next transaction be smaller or larger by how long this one took."""
        wanted = self._slice // 2 if transaction > LONGEST else self._slice + LEAST
        self._slice = min(SLICE, max(LEAST, wanted))

    def _step(self, alike: Sequence[SendGroup], now: datetime, *, jump: bool) -> Wave | Occurrence:
        group = alike[0]
        try:
            return next_step(group, self._calendar, now, jump=jump)
        # A zone that is gone, a rule without a future, a calendar that fails: set it aside.
        except Exception as error:  # noqa: BLE001
            _log.error("group_parked", group=group.id, alike=len(alike), **outline(error))
            return Occurrence(group.next_slot, now + PARKED_FOR)


def _what_counts(group: SendGroup) -> tuple[object, ...]:
    """All of a group that its next step depends on; it takes longer to work out than to plan."""
    schedule = group.schedule
    rule = (schedule.recurrence, schedule.holidays, schedule.grace)
    return group.zone, group.minute, group.next_slot, group.next_at, *rule


def _position(group: SendGroup) -> tuple[int, datetime, int]:
    return group.id, group.next_slot, group.cursor
