"""Schedules and send groups in SQL. A nudge has one send group, at minute -1."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.tables import delivery, schedule, send_group
from adapters.storage.upserting import fitted, insert_into
from bot.domain.delivery import DeliveryState
from bot.domain.recurrence import Occurrence, Recurrence
from bot.domain.schedule import DEFAULT_GRACE, Schedule, ScheduleKind

NUDGE_MINUTE = -1
"""Stands in `send_group.minute` for a nudge's None, since a NULL would not be unique."""

_NOT_BEGUN = (DeliveryState.DUE.value, DeliveryState.LEASED.value)


class SqlSchedules:
    """`Schedules` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

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
        """Insert the schedule and its one send group."""
        added = await self._add(
            programme_id=programme_id,
            kind=ScheduleKind.NUDGE.value,
            place_id=place_id,
            zone=zone,
            recurrence=recurrence.text,
            words=fitted(words, schedule.c.words),
            holidays=holidays,
            grace_seconds=int(grace.total_seconds()),
        )
        await self.ensure_group(added.id, zone, NUDGE_MINUTE, first)
        return added

    async def add_reflections(self, programme_id: int) -> Schedule:
        """Insert the schedule; its groups come with its members."""
        return await self._add(
            programme_id=programme_id,
            kind=ScheduleKind.REFLECTION.value,
            grace_seconds=int(DEFAULT_GRACE.total_seconds()),
        )

    async def reflections(self, programme_id: int) -> Schedule:
        """Select by programme."""
        query = select(schedule).where(
            schedule.c.programme_id == programme_id,
            schedule.c.kind == ScheduleKind.REFLECTION.value,
        )
        return to_schedule((await self._connection.execute(query)).one())

    async def nudges(self, programme_id: int) -> tuple[Schedule, ...]:
        """Select by programme."""
        query = select(schedule).where(
            schedule.c.programme_id == programme_id, schedule.c.kind == ScheduleKind.NUDGE.value
        )
        rows = await self._connection.execute(query.order_by(schedule.c.id))
        return tuple(to_schedule(row) for row in rows)

    async def nudge(self, programme_id: int, schedule_id: int) -> Schedule | None:
        """Select by programme and number."""
        query = select(schedule).where(
            schedule.c.id == schedule_id,
            schedule.c.programme_id == programme_id,
            schedule.c.kind == ScheduleKind.NUDGE.value,
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_schedule(row)

    async def set_paused(self, schedule_id: int, *, paused: bool, following: Occurrence) -> None:
        """Update the schedule, and park or restart its send group."""
        await self._connection.execute(
            update(schedule).where(schedule.c.id == schedule_id).values(paused=paused)
        )
        await self._connection.execute(
            update(send_group)
            .where(send_group.c.schedule_id == schedule_id)
            .values(next_slot=following.key, next_at=None if paused else following.at, cursor=0)
        )

    async def remove(self, schedule_id: int) -> None:
        """Delete what has not begun and then the schedule, which the rest forgets."""
        await self._connection.execute(
            delete(delivery).where(
                delivery.c.schedule_id == schedule_id, delivery.c.state.in_(_NOT_BEGUN)
            )
        )
        await self._connection.execute(delete(schedule).where(schedule.c.id == schedule_id))

    async def ensure_group(
        self, schedule_id: int, zone: str, minute: int, first: Occurrence
    ) -> int:
        """Upsert; a group that is already planned stays where it is.

        That one is locked only against its planner, so that members who change places with each
        other don't wait in a circle.
        """
        query = select(send_group.c.id).where(
            send_group.c.schedule_id == schedule_id,
            send_group.c.zone == zone,
            send_group.c.minute == minute,
        )
        planned = query.where(send_group.c.next_at.is_not(None)).with_for_update(read=True)
        known: int | None = (await self._connection.execute(planned)).scalar()
        if known is not None:
            return known
        start = {"next_slot": first.key, "next_at": first.at, "cursor": 0}
        await self._connection.execute(
            insert_into(self._connection, send_group)
            .values(schedule_id=schedule_id, zone=zone, minute=minute, **start)
            .on_conflict_do_update(
                index_elements=["schedule_id", "zone", "minute"],
                set_=start,
                where=send_group.c.next_at.is_(None),
            )
        )
        return int((await self._connection.execute(query)).scalar_one())

    async def next_at(self, schedule_id: int) -> datetime | None:
        """Select the nudge's send group."""
        query = select(send_group.c.next_at).where(
            send_group.c.schedule_id == schedule_id, send_group.c.minute == NUDGE_MINUTE
        )
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def _add(self, **values: object) -> Schedule:
        statement = insert(schedule).values(**values).returning(schedule)
        return to_schedule((await self._connection.execute(statement)).one())


def to_schedule(row: Row[Any]) -> Schedule:
    """The schedule in a row that has all of the table's columns."""
    return Schedule(
        id=row.id,
        programme_id=row.programme_id,
        kind=ScheduleKind(row.kind),
        place_id=row.place_id,
        zone=row.zone,
        # stored in its canonical form: to read it again would only cost time
        recurrence=None if row.recurrence is None else Recurrence(row.recurrence),
        words=row.words,
        holidays=row.holidays,
        grace=timedelta(seconds=row.grace_seconds),
        paused=row.paused,
    )
