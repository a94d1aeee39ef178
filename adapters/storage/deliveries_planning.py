"""The planner's side of the ledger: send groups that are due become rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    Row,
    false,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.dialect import ADDING_TO_PLACE, one_at_a_time
from adapters.storage.schedules import NUDGE_MINUTE, to_schedule
from adapters.storage.tables import delivery, membership, place, schedule, send_group
from adapters.storage.upserting import insert_into
from adapters.storage.waves import LAST, asking, moving, nudging, standing_groups
from bot.domain.delivery import DeliveryState
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import ScheduleKind, SendGroup
from bot.ports.deliveries import NewDelivery, Wave


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
        statement = standing_groups(self._connection.dialect.name)
        given = {"numbers": [each.id for each in groups], "most": count_to + 1}
        there = {each.id: (_key(each), each.next_at, each.cursor) for each in groups}
        rows = (await self._connection.execute(statement, given)).all()
        return {row[0]: row[4] for row in rows if tuple(row[1:4]) == there[row[0]]}

    async def _write_whole(self, groups: Sequence[SendGroup], wave: Wave) -> None:
        nudged = [each for each in groups if each.schedule.kind is ScheduleKind.NUDGE]
        asked = [each for each in groups if each.schedule.kind is ScheduleKind.REFLECTION]
        if nudged:
            schedules = [each.schedule.id for each in nudged]
            statement = nudging(self._connection.dialect.name)
            await self._connection.execute(statement, {"numbers": schedules} | _written(wave))
        if asked:
            await self._ask(asked, wave)
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
        await self._ask([group], wave, last)
        await self._connection.execute(
            update(send_group).where(send_group.c.id == group.id).values(cursor=last)
        )
        return False

    async def _ask(self, groups: Sequence[SendGroup], wave: Wave, last: int = LAST) -> None:
        whom = {
            "numbers": [each.id for each in groups],
            "last": last,
            "weekday": 1 << wave.weekday,
            "week": wave.week,
            "day": wave.occurrence.slot.date(),
        }
        statement = asking(self._connection.dialect.name)
        await self._connection.execute(statement, whom | _written(wave))

    async def _move(self, numbers: Sequence[int], to: Occurrence) -> None:
        if numbers:
            given = {"numbers": numbers, "slot": to.key, "at": to.at}
            await self._connection.execute(moving(self._connection.dialect.name), given)

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


def _written(wave: Wave) -> dict[str, object]:
    """What stands in every row of a wave."""
    return {
        "slot": wave.occurrence.key,
        "state": DeliveryState.DUE if wave.skip is None else DeliveryState.SKIPPED,
        "reason": wave.skip,
        "at": wave.occurrence.at,
        "expires_at": wave.expires_at,
    }
