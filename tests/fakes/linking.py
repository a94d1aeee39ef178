"""Programmes that become one, in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.domain.linking import Link
from bot.domain.schedule import ScheduleKind
from tests.fakes.deliveries import InMemoryDeliveries
from tests.fakes.mentoring import InMemoryMentoring
from tests.fakes.people import InMemoryMemberships, InMemoryProgrammes
from tests.fakes.rows import Rows
from tests.fakes.schedules import Group, InMemorySchedules


class InMemoryLinking:
    """`Linking` in memory, on the other fakes' things."""

    def __init__(
        self,
        programmes: InMemoryProgrammes,
        memberships: InMemoryMemberships,
        schedules: InMemorySchedules,
        deliveries: InMemoryDeliveries,
        mentoring: InMemoryMentoring,
    ) -> None:
        self.rows: Rows[Link] = Rows()
        self.codes: dict[int, str] = {}
        self._programmes = programmes
        self._memberships = memberships
        self._schedules = schedules
        self._deliveries = deliveries
        self._mentoring = mentoring

    async def offer(self, programme_id: int, made_by: int, code_hash: str, until: datetime) -> None:
        self._drop(lambda row: row.programme_id == programme_id)
        added = self.rows.add(
            lambda number: Link(id=number, programme_id=programme_id, until=until, made_by=made_by)
        )
        self.codes[added.id] = code_hash

    async def by_code(self, code_hash: str) -> Link | None:
        return next((self.rows[n] for n, known in self.codes.items() if known == code_hash), None)

    async def get(self, link_id: int) -> Link | None:
        return self.rows.get(link_id)

    async def of_programme(self, programme_id: int) -> Link | None:
        rows = self.rows.values()
        return next((row for row in rows if row.programme_id == programme_id), None)

    async def ask(self, link_id: int, asking_id: int, asked_by: int, until: datetime) -> bool:
        if self.codes.pop(link_id, None) is None:
            return False
        self.rows[link_id] = replace(
            self.rows[link_id], asking_id=asking_id, asked_by=asked_by, until=until
        )
        return True

    async def drop(self, link_id: int) -> None:
        self._drop(lambda row: row.id == link_id)

    async def hold(self, gone_id: int, into_id: int) -> bool:
        return {gone_id, into_id} <= {*self._programmes.rows}

    async def doubles(self, gone_id: int, into_id: int) -> tuple[tuple[int, int], ...]:
        there = {
            row.account_id: row.id
            for row in self._memberships.rows.values()
            if row.programme_id == into_id
        }
        return tuple(
            (min(row.id, there[row.account_id]), max(row.id, there[row.account_id]))
            for row in self._memberships.rows.values()
            if row.programme_id == gone_id and row.account_id in there
        )

    async def fold(self, kept_id: int, dropped_id: int) -> None:
        self._mentoring.fold(kept_id, dropped_id)
        rows = self._memberships.rows
        kept, dropped = rows[kept_id], rows.pop(dropped_id)
        groups = self._memberships.groups
        group = groups.pop(dropped_id, None)
        if kept.joined_at is None and group is not None:
            groups[kept_id] = group
        source = dropped if kept.joined_at is None else kept
        rows[kept_id] = replace(
            source,
            id=kept_id,
            programme_id=kept.programme_id,
            is_coordinator=kept.is_coordinator or dropped.is_coordinator,
            direct_place_id=kept.direct_place_id or dropped.direct_place_id,
        )
        for row in self._deliveries.rows.values():
            if row.new.membership_id == dropped_id:
                row.new = replace(row.new, membership_id=kept_id)

    async def join(self, gone_id: int, into_id: int) -> None:
        old = (await self._schedules.reflections(gone_id)).id
        new = (await self._schedules.reflections(into_id)).id
        self._bring_groups(old, new)
        for number, one in self._memberships.rows.items():
            if one.programme_id == gone_id:
                self._memberships.rows[number] = replace(one, programme_id=into_id)
        for number, each in self._schedules.rows.items():
            if each.programme_id == gone_id and each.kind is ScheduleKind.NUDGE:
                self._schedules.rows[number] = replace(each, programme_id=into_id)
        for community in self._programmes.communities_by_ref.values():
            if community.programme_id == gone_id:
                community.programme_id = into_id
        self._mentoring.move(gone_id, into_id)
        self._bring_deliveries(gone_id, into_id, old, new)
        self._schedules.rows.pop(old)
        del self._programmes.rows[gone_id]
        self._drop(lambda row: gone_id in (row.programme_id, row.asking_id))

    def _bring_groups(self, old: int, new: int) -> None:
        groups = self._schedules.groups
        same: dict[int, int] = {}
        for group in [one for one in groups.values() if one.schedule_id == old]:
            found = [
                one
                for one in groups.values()
                if (one.schedule_id, one.zone, one.minute) == (new, group.zone, group.minute)
            ]
            there = found[0] if found else self._copy(group, new)
            if group.next_at and (there.next_at is None or group.next_at < there.next_at):
                there.next_at, there.next_slot = group.next_at, group.next_slot
            there.cursor = 0
            same[group.id] = there.id
            del groups[group.id]
        for number, group_id in self._memberships.groups.items():
            self._memberships.groups[number] = same.get(group_id, group_id)

    def _copy(self, group: Group, schedule_id: int) -> Group:
        return self._schedules.groups.add(
            lambda number: replace(group, id=number, schedule_id=schedule_id)
        )

    def _bring_deliveries(self, gone_id: int, into_id: int, old: int, new: int) -> None:
        rows = self._deliveries.rows.values()
        taken = {(row.new.place_id, row.new.slot) for row in rows if row.new.schedule_id == new}
        for row in rows:
            if row.new.programme_id == gone_id:
                row.new = replace(row.new, programme_id=into_id)
            if row.new.schedule_id == old:
                is_there = (row.new.place_id, row.new.slot) in taken
                row.new = replace(row.new, schedule_id=None if is_there else new)

    def _drop(self, unwanted: Callable[[Link], bool]) -> None:
        self.rows.drop(unwanted)
        self.codes = {number: code for number, code in self.codes.items() if number in self.rows}
