"""Schedules and their send groups in memory."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.recurrence import Occurrence, Recurrence
from bot.domain.schedule import Schedule, ScheduleKind
from tests.fakes.people import Erased
from tests.fakes.rows import Rows


@dataclass
class Group:
    """A send group; `minute` is None for a nudge, `next_at` None while it is parked."""

    id: int
    schedule_id: int
    zone: str
    minute: int | None
    next_slot: datetime
    next_at: datetime | None
    cursor: int = 0


class InMemorySchedules:
    """`Schedules` in memory; `holders` are told which schedules are removed."""

    def __init__(self) -> None:
        self.rows: Rows[Schedule] = Rows()
        self.groups: Rows[Group] = Rows()
        self.holders: list[Callable[[Collection[int]], None]] = []

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
        added = self.rows.add(
            lambda number: Schedule(
                id=number,
                programme_id=programme_id,
                kind=ScheduleKind.NUDGE,
                place_id=place_id,
                zone=zone,
                recurrence=recurrence,
                words=words,
                holidays=holidays,
                grace=grace,
            )
        )
        self.groups.add(lambda number: Group(number, added.id, zone, None, first.slot, first.at))
        return added

    async def add_reflections(self, programme_id: int) -> Schedule:
        return self.rows.add(
            lambda number: Schedule(
                id=number, programme_id=programme_id, kind=ScheduleKind.REFLECTION
            )
        )

    async def reflections(self, programme_id: int) -> Schedule:
        return self._of(programme_id, ScheduleKind.REFLECTION)[0]

    async def nudges(self, programme_id: int) -> tuple[Schedule, ...]:
        return self._of(programme_id, ScheduleKind.NUDGE)

    async def nudge(self, programme_id: int, schedule_id: int) -> Schedule | None:
        nudges = self._of(programme_id, ScheduleKind.NUDGE)
        return next((nudge for nudge in nudges if nudge.id == schedule_id), None)

    async def set_paused(self, schedule_id: int, *, paused: bool, following: Occurrence) -> None:
        self.rows[schedule_id] = replace(self.rows[schedule_id], paused=paused)
        for group in self._groups(schedule_id):
            _go_on(group, following)
            group.next_at = None if paused else following.at

    async def remove(self, schedule_id: int) -> None:
        self._drop({schedule_id})

    async def ensure_group(
        self, schedule_id: int, zone: str, minute: int, first: Occurrence
    ) -> int:
        for group in self._groups(schedule_id):
            if (group.zone, group.minute) == (zone, minute):
                if group.next_at is None:
                    _go_on(group, first)
                return group.id
        return self.groups.add(
            lambda number: Group(number, schedule_id, zone, minute, first.slot, first.at)
        ).id

    async def next_at(self, schedule_id: int) -> datetime | None:
        groups = [group for group in self._groups(schedule_id) if group.minute is None]
        return groups[0].next_at if groups else None

    def forget(self, erased: Erased) -> None:
        """Forget nudges to places that were erased."""
        self._drop({row.id for row in self.rows.values() if row.place_id in erased.places})

    def _drop(self, schedules: Collection[int]) -> None:
        self.rows.drop(lambda row: row.id in schedules)
        self.groups.drop(lambda group: group.schedule_id in schedules)
        for forget in self.holders:
            forget(schedules)

    def _of(self, programme_id: int, kind: ScheduleKind) -> tuple[Schedule, ...]:
        rows = (row for row in self.rows.values() if row.programme_id == programme_id)
        return tuple(row for row in rows if row.kind is kind)

    def _groups(self, schedule_id: int) -> list[Group]:
        return [group for group in self.groups.values() if group.schedule_id == schedule_id]


def _go_on(group: Group, following: Occurrence) -> None:
    group.next_slot, group.next_at, group.cursor = following.slot, following.at, 0
