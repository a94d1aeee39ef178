"""The planner's side of the ledger: send groups that are due become rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    String,
    and_,
    case,
    exists,
    false,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.dialect import ADDING_TO_PLACE, one_at_a_time
from adapters.storage.schedules import NUDGE_MINUTE, to_schedule
from adapters.storage.tables import community, delivery, membership, place, schedule, send_group
from adapters.storage.types import Id, UtcDateTime
from adapters.storage.upserting import insert_into
from bot.domain.delivery import DeliveryKind, DeliveryState
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import ScheduleKind, SendGroup
from bot.ports.deliveries import NewDelivery, Wave

_WRITTEN = (
    "programme_id",
    "community_id",
    "schedule_id",
    "membership_id",
    "place_id",
    "kind",
    "slot",
    "day",
    "state",
    "reason",
    "due_at",
    "expires_at",
    "act_at",
)


class DeliveryPlanning:
    """Waves in slices, and single deliveries."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def due_groups(self, now: datetime, limit: int) -> tuple[SendGroup, ...]:
        """Send groups that are due, by `next_at`."""
        query = (
            select(
                send_group.c.id.label("group_id"),
                send_group.c.zone.label("group_zone"),
                send_group.c.minute,
                send_group.c.next_slot,
                send_group.c.next_at,
                send_group.c.cursor,
                *schedule.c,
            )
            .join(schedule, schedule.c.id == send_group.c.schedule_id)
            .where(send_group.c.next_at <= now, schedule.c.paused == false())
            .order_by(send_group.c.next_at, send_group.c.id)
            .limit(limit)
        )
        return tuple(_to_group(row) for row in await self._connection.execute(query))

    async def plan_slice(self, group: SendGroup, wave: Wave, limit: int) -> bool:
        """Write one slice under the lock of the group's row."""
        if not await self._stands(group):
            return True
        if group.schedule.kind is ScheduleKind.NUDGE:
            await self._write(_nudged(group, wave))
            await self._move(group, wave.following)
            return True
        last = await self._slice_end(group, limit)
        await self._write(_asked(group, wave, last))
        if last is None:
            await self._move(group, wave.following)
            return True
        await self._connection.execute(
            update(send_group).where(send_group.c.id == group.id).values(cursor=last)
        )
        return False

    async def move_group(self, group: SendGroup, to: Occurrence) -> None:
        """Move the group on, under the lock of its row."""
        if await self._stands(group):
            await self._move(group, to)

    async def add(self, new: NewDelivery) -> int | None:
        """Write one delivery into its place's community."""
        if new.schedule_id is None and await self._is_slot_taken(new):
            return None
        of_place = select(place.c.community_id).where(place.c.id == new.place_id)
        values = {
            "programme_id": new.programme_id,
            "community_id": of_place.scalar_subquery(),
            "schedule_id": new.schedule_id,
            "membership_id": new.membership_id,
            "place_id": new.place_id,
            "prompt_id": new.prompt_id,
            "kind": new.kind.value,
            "slot": new.slot,
            "day": new.day,
            "notice": None if new.notice is None else new.notice.value,
            "about": new.about,
            "due_at": new.due_at,
            "expires_at": new.expires_at,
            "act_at": new.due_at,
        }
        statement = (
            insert_into(self._connection, delivery)
            .values(values)
            .on_conflict_do_nothing()
            .returning(delivery.c.id)
        )
        number: int | None = (await self._connection.execute(statement)).scalar()
        return number

    async def _stands(self, group: SendGroup) -> bool:
        """Whether the group is still where `group` says; from here on only we can move it."""
        query = (
            select(send_group.c.next_slot, send_group.c.next_at, send_group.c.cursor)
            .join(schedule, schedule.c.id == send_group.c.schedule_id)
            .where(send_group.c.id == group.id, schedule.c.paused == false())
            .with_for_update(of=send_group, key_share=True)
        )
        row = (await self._connection.execute(query)).one_or_none()
        slot = Occurrence(group.next_slot, group.next_at).key
        return row is not None and tuple(row) == (slot, group.next_at, group.cursor)

    async def _slice_end(self, group: SendGroup, limit: int) -> int | None:
        """The last membership of the slice; None if nobody comes after the slice."""
        query = (
            select(membership.c.id)
            .where(membership.c.group_id == group.id, membership.c.id > group.cursor)
            .order_by(membership.c.id)
            .offset(limit - 1)
            .limit(2)
        )
        ends = (await self._connection.execute(query)).scalars().all()
        return ends[0] if len(ends) == 2 else None

    async def _write(self, recipients: Select[Any]) -> None:
        statement = insert_into(self._connection, delivery).from_select(_WRITTEN, recipients)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def _move(self, group: SendGroup, to: Occurrence) -> None:
        at: ColumnElement[datetime] | datetime = to.at
        if group.schedule.kind is ScheduleKind.REFLECTION:
            has_members = exists().where(membership.c.group_id == group.id)
            at = case((has_members, literal(to.at, UtcDateTime)), else_=null())
        await self._connection.execute(
            update(send_group)
            .where(send_group.c.id == group.id)
            .values(next_slot=to.key, next_at=at, cursor=0)
        )

    async def _is_slot_taken(self, new: NewDelivery) -> bool:
        """Whether a delivery of no schedule has the slot; a NULL is never a duplicate by itself."""
        await one_at_a_time(self._connection, ADDING_TO_PLACE + new.place_id)
        taken = select(delivery.c.id).where(
            delivery.c.schedule_id.is_(None),
            delivery.c.place_id == new.place_id,
            delivery.c.slot == new.slot,
        )
        return (await self._connection.execute(taken.limit(1))).first() is not None


def _to_group(row: Row[Any]) -> SendGroup:
    return SendGroup(
        id=row.group_id,
        schedule=to_schedule(row),
        zone=row.group_zone,
        minute=None if row.minute == NUDGE_MINUTE else row.minute,
        next_slot=datetime.fromisoformat(row.next_slot),
        next_at=row.next_at,
        cursor=row.cursor,
    )


def _nudged(group: SendGroup, wave: Wave) -> Select[Any]:
    """The nudge's place, as a row of `_WRITTEN`."""
    columns = _columns(group, wave, DeliveryKind.NUDGE, member=null(), day=null())
    return select(*columns).where(place.c.id == group.schedule.place_id, _is_reachable())


def _asked(group: SendGroup, wave: Wave, last: int | None) -> Select[Any]:
    """Members up to `last` who are asked in this wave, as rows of `_WRITTEN`."""
    day = literal(wave.occurrence.slot.date(), Date)
    columns = _columns(group, wave, DeliveryKind.REFLECTION, member=membership.c.id, day=day)
    recipients = (
        select(*columns)
        .join_from(membership, place, place.c.id == membership.c.direct_place_id)
        .where(
            membership.c.group_id == group.id,
            membership.c.id > group.cursor,
            membership.c.joined_at.is_not(None),
            membership.c.zone.is_not(None),
            _is_over(membership.c.paused_until, wave.occurrence.at),
            _is_over(membership.c.rests_until, wave.occurrence.at),
            membership.c.prompt_days.bitwise_and(1 << wave.weekday) != 0,
            literal(wave.week, Integer) % membership.c.weeks_between == 0,
            _is_reachable(),
        )
        # the same order on every replica, so that none waits for another in a circle
        .order_by(membership.c.id)
    )
    return recipients if last is None else recipients.where(membership.c.id <= last)


def _columns(
    group: SendGroup,
    wave: Wave,
    kind: DeliveryKind,
    *,
    member: ColumnElement[Any],
    day: ColumnElement[Any],
) -> tuple[ColumnElement[Any], ...]:
    state = DeliveryState.DUE if wave.skip is None else DeliveryState.SKIPPED
    return (
        literal(group.schedule.programme_id, Id),
        place.c.community_id,
        literal(group.schedule.id, Id),
        member,
        place.c.id,
        literal(kind.value, String),
        literal(wave.occurrence.key, String),
        day,
        literal(state.value, String),
        null() if wave.skip is None else literal(wave.skip.value, String),
        literal(wave.occurrence.at, UtcDateTime),
        literal(wave.expires_at, UtcDateTime),
        literal(wave.occurrence.at, UtcDateTime),
    )


def _is_over(until: ColumnElement[datetime | None], at: datetime) -> ColumnElement[bool]:
    return or_(until.is_(None), until <= at)


def _is_reachable() -> ColumnElement[bool]:
    is_removed = exists().where(
        community.c.id == place.c.community_id, community.c.removed_at.is_not(None)
    )
    return and_(place.c.closed_reason.is_(None), ~is_removed)
