"""The planner's side of the ledger: send groups that are due become rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    Column,
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
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.dialect import ADDING_TO_PLACE, is_among, one_at_a_time
from adapters.storage.schedules import NUDGE_MINUTE, to_schedule
from adapters.storage.tables import community, delivery, membership, place, schedule, send_group
from adapters.storage.types import UtcDateTime
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
        """Send groups that are due, by `next_at`, those of one slot side by side."""
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
            .order_by(send_group.c.next_at, send_group.c.next_slot, send_group.c.id)
            .limit(limit)
        )
        return tuple(_to_group(row) for row in await self._connection.execute(query))

    async def plan_slice(
        self, groups: Sequence[SendGroup], wave: Wave, limit: int
    ) -> Mapping[int, bool]:
        """Write one slice under the lock of the groups' rows."""
        ahead = await self._standing(groups, limit)
        dealt_with = {group.id: True for group in groups if group.id not in ahead}
        # among those with too many to count, the one that is furthest behind comes first
        here = sorted(
            (each for each in groups if each.id in ahead),
            key=lambda each: (ahead[each.id], each.cursor, each.id),
        )
        if here and ahead[here[0].id] > limit:
            return dealt_with | {here[0].id: await self._write_part(here[0], wave, limit)}
        whole = _fitting(here, ahead, limit)
        await self._write_whole(whole, wave)
        return dealt_with | {each.id: True for each in whole}

    async def move_groups(self, groups: Sequence[SendGroup], to: Occurrence) -> None:
        """Move the groups on, under the lock of their rows."""
        await self._move(list(await self._standing(groups, 0)), to)

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

    async def _standing(self, groups: Sequence[SendGroup], count_to: int) -> dict[int, int]:
        """Groups that are still where `groups` says; from here on only we can move them.

        With how many members each has ahead, counted one further than `count_to` at most. One
        that another replica has locked is being planned there.
        """
        members = (
            select(membership.c.id)
            .where(membership.c.group_id == send_group.c.id, membership.c.id > send_group.c.cursor)
            .correlate(send_group)
            .limit(count_to + 1)
        )
        query = (
            select(
                send_group.c.id,
                send_group.c.next_slot,
                send_group.c.next_at,
                send_group.c.cursor,
                select(func.count()).select_from(members.subquery()).scalar_subquery(),
            )
            .join(schedule, schedule.c.id == send_group.c.schedule_id)
            .where(self._is_among(send_group.c.id, [each.id for each in groups]))
            .where(schedule.c.paused == false())
            .order_by(send_group.c.id)
            .with_for_update(of=send_group, key_share=True, skip_locked=True)
        )
        there = {each.id: (_key(each), each.next_at, each.cursor) for each in groups}
        rows = (await self._connection.execute(query)).all()
        return {row[0]: row[4] for row in rows if tuple(row[1:4]) == there[row[0]]}

    async def _write_whole(self, groups: Sequence[SendGroup], wave: Wave) -> None:
        nudged = [each for each in groups if each.schedule.kind is ScheduleKind.NUDGE]
        asked = [each for each in groups if each.schedule.kind is ScheduleKind.REFLECTION]
        if nudged:
            await self._write(self._nudged(nudged, wave))
        if asked:
            await self._write(self._asked(asked, wave))
        await self._move([each.id for each in groups], wave.following)

    async def _write_part(self, group: SendGroup, wave: Wave, limit: int) -> bool:
        """Write the next members of a large group; whether it is complete."""
        query = (
            select(membership.c.id)
            .where(membership.c.group_id == group.id, membership.c.id > group.cursor)
            .order_by(membership.c.id)
            .offset(limit - 1)
            .limit(1)
        )
        last: int | None = (await self._connection.execute(query)).scalar()
        if last is None:
            # some have left since they were counted
            await self._write_whole([group], wave)
            return True
        await self._write(self._asked([group], wave).where(membership.c.id <= last))
        await self._connection.execute(
            update(send_group).where(send_group.c.id == group.id).values(cursor=last)
        )
        return False

    async def _write(self, recipients: Select[Any]) -> None:
        statement = insert_into(self._connection, delivery).from_select(_WRITTEN, recipients)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def _move(self, ids: Sequence[int], to: Occurrence) -> None:
        if not ids:
            return
        is_of_use = or_(
            send_group.c.minute == NUDGE_MINUTE,
            exists().where(membership.c.group_id == send_group.c.id),
        )
        at = case((is_of_use, literal(to.at, UtcDateTime)), else_=null())
        await self._connection.execute(
            update(send_group)
            .where(self._is_among(send_group.c.id, ids))
            .values(next_slot=to.key, next_at=at, cursor=0)
        )

    def _nudged(self, groups: Sequence[SendGroup], wave: Wave) -> Select[Any]:
        """The places of nudges, as rows of `_WRITTEN`."""
        columns = _columns(wave, DeliveryKind.NUDGE, member=null(), day=null())
        return (
            select(*columns)
            .join_from(schedule, place, place.c.id == schedule.c.place_id)
            .where(self._is_among(schedule.c.id, [each.schedule.id for each in groups]))
            .where(_is_reachable())
            .order_by(place.c.id)
        )

    def _asked(self, groups: Sequence[SendGroup], wave: Wave) -> Select[Any]:
        """Members who are asked in this wave, as rows of `_WRITTEN`."""
        day = literal(wave.occurrence.slot.date(), Date)
        columns = _columns(wave, DeliveryKind.REFLECTION, member=membership.c.id, day=day)
        return (
            select(*columns)
            .join_from(send_group, schedule, schedule.c.id == send_group.c.schedule_id)
            .join(membership, membership.c.group_id == send_group.c.id)
            .join(place, place.c.id == membership.c.direct_place_id)
            .where(
                self._is_among(send_group.c.id, [each.id for each in groups]),
                membership.c.id > send_group.c.cursor,
                membership.c.joined_at.is_not(None),
                membership.c.zone.is_not(None),
                _is_over(membership.c.paused_until, wave.occurrence.at),
                _is_over(membership.c.rests_until, wave.occurrence.at),
                membership.c.prompt_days.bitwise_and(1 << wave.weekday) != 0,
                literal(wave.week, Integer) % membership.c.weeks_between == 0,
                _is_reachable(),
            )
            # the same order on every replica, so that none waits for another in a circle
            .order_by(send_group.c.id, membership.c.id)
        )

    def _is_among(self, column: Column[Any], numbers: Sequence[int]) -> ColumnElement[bool]:
        return is_among(self._connection, column, numbers)

    async def _is_slot_taken(self, new: NewDelivery) -> bool:
        """Whether a delivery of no schedule has the slot; a NULL is never a duplicate by itself."""
        await one_at_a_time(self._connection, ADDING_TO_PLACE + new.place_id)
        taken = select(delivery.c.id).where(
            delivery.c.schedule_id.is_(None),
            delivery.c.place_id == new.place_id,
            delivery.c.slot == new.slot,
        )
        return (await self._connection.execute(taken.limit(1))).first() is not None


def _key(group: SendGroup) -> str:
    return Occurrence(group.next_slot, group.next_at).key


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


def _fitting(groups: Sequence[SendGroup], ahead: Mapping[int, int], limit: int) -> list[SendGroup]:
    """The first groups that fit into a slice together; one that is empty takes up a place too."""
    sizes = accumulate(max(1, ahead[each.id]) for each in groups)
    return [each for each, size in zip(groups, sizes, strict=True) if size <= limit]


def _columns(
    wave: Wave,
    kind: DeliveryKind,
    *,
    member: ColumnElement[Any],
    day: ColumnElement[Any],
) -> tuple[ColumnElement[Any], ...]:
    state = DeliveryState.DUE if wave.skip is None else DeliveryState.SKIPPED
    return (
        schedule.c.programme_id,
        place.c.community_id,
        schedule.c.id,
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
