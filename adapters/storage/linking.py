"""Programmes that become one, in SQL.

Whatever refers to a programme or a membership is found by its foreign key, so that a new table
takes part by itself.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.tables import (
    delivery,
    link,
    membership,
    mentor_offer,
    mentor_search,
    mentor_search_not_with,
    metadata,
    programme,
    schedule,
    send_group,
)
from adapters.storage.types import Id
from adapters.storage.upserting import insert_into
from bot.domain.linking import Link
from bot.domain.schedule import ScheduleKind

_FOLDED = (mentor_offer, mentor_search, mentor_search_not_with)
"""One a membership: what is to be kept of them is put together before."""

_IDENTITY = ("id", "account_id", "programme_id", "is_coordinator", "direct_place_id")
"""What a membership has beside consent, settings and pause."""


class SqlLinking:
    """`Linking` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def offer(self, programme_id: int, made_by: int, code_hash: str, until: datetime) -> None:
        """Insert in place of the earlier one, with a new number."""
        await self._connection.execute(delete(link).where(link.c.programme_id == programme_id))
        await self._connection.execute(
            insert(link).values(
                programme_id=programme_id, made_by=made_by, code_hash=code_hash, until=until
            )
        )

    async def by_code(self, code_hash: str) -> Link | None:
        """Select by hash."""
        return await self._found(link.c.code_hash == code_hash)

    async def get(self, link_id: int) -> Link | None:
        """Select by number."""
        return await self._found(link.c.id == link_id)

    async def of_programme(self, programme_id: int) -> Link | None:
        """Select by programme."""
        return await self._found(link.c.programme_id == programme_id)

    async def ask(self, link_id: int, asking_id: int, asked_by: int, until: datetime) -> bool:
        """Update while the code is there."""
        statement = (
            update(link)
            .where(link.c.id == link_id, link.c.code_hash.is_not(None))
            .values(code_hash=None, asking_id=asking_id, asked_by=asked_by, until=until)
        )
        return (await self._connection.execute(statement)).rowcount > 0

    async def drop(self, link_id: int) -> None:
        """Delete by number."""
        await self._connection.execute(delete(link).where(link.c.id == link_id))

    async def hold(self, gone_id: int, into_id: int) -> bool:
        """Lock what a new row of the programmes would refer to.

        Whoever adds one meanwhile waits, finds the programme gone, and is handled anew.
        """
        both = (gone_id, into_id)
        held = await self._lock(select(programme.c.id).where(programme.c.id.in_(both)), programme)
        await self._lock(select(schedule.c.id).where(schedule.c.programme_id == gone_id), schedule)
        groups = select(send_group.c.id).where(
            send_group.c.schedule_id.in_(_reflections_of(gone_id))
        )
        await self._lock(groups, send_group)
        return held == 2

    async def doubles(self, gone_id: int, into_id: int) -> tuple[tuple[int, int], ...]:
        """Select by account."""
        other = membership.alias("other")
        query = (
            select(membership.c.id, other.c.id)
            .join(other, other.c.account_id == membership.c.account_id)
            .where(membership.c.programme_id == gone_id, other.c.programme_id == into_id)
            .order_by(membership.c.id)
        )
        rows = await self._connection.execute(query)
        return tuple((min(one, two), max(one, two)) for one, two in rows)

    async def fold(self, kept_id: int, dropped_id: int) -> None:
        """Point every reference to the membership that stays."""
        await self._note_in_lists(kept_id, dropped_id)
        for column in _references(membership):
            if column.table not in _FOLDED:
                await self._point(column, dropped_id, kept_id)
        rows = {
            row["id"]: row
            for row in (
                await self._connection.execute(
                    select(membership).where(membership.c.id.in_((kept_id, dropped_id)))
                )
            ).mappings()
        }
        kept, dropped = rows[kept_id], rows[dropped_id]
        source = dropped if kept["joined_at"] is None else kept
        values = {name: value for name, value in source.items() if name not in _IDENTITY}
        values["direct_place_id"] = kept["direct_place_id"] or dropped["direct_place_id"]
        values["is_coordinator"] = kept["is_coordinator"] or dropped["is_coordinator"]
        await self._connection.execute(delete(membership).where(membership.c.id == dropped_id))
        await self._connection.execute(
            update(membership).where(membership.c.id == kept_id).values(values)
        )

    async def join(self, gone_id: int, into_id: int) -> None:
        """Bring the groups over, then everything by its references, then delete the rest."""
        old = await self._reflections(gone_id)
        new = await self._reflections(into_id)
        await self._bring_groups(old, new)
        for column in _references(programme):
            if column.table is schedule:
                await self._point(column, gone_id, into_id, schedule.c.id != old)
            elif column.table is not link:
                await self._point(column, gone_id, into_id)
        await self._bring_deliveries(old, new)
        await self._connection.execute(delete(schedule).where(schedule.c.id == old))
        await self._connection.execute(delete(programme).where(programme.c.id == gone_id))

    async def _found(self, condition: ColumnElement[bool]) -> Link | None:
        row = (await self._connection.execute(select(link).where(condition))).one_or_none()
        if row is None:
            return None
        return Link(
            id=row.id,
            programme_id=row.programme_id,
            until=row.until,
            made_by=row.made_by,
            asking_id=row.asking_id,
            asked_by=row.asked_by,
        )

    async def _lock(self, query: Select[Any], table: Table) -> int:
        rows = await self._connection.execute(query.order_by(table.c.id).with_for_update())
        return len(rows.all())

    async def _reflections(self, programme_id: int) -> int:
        query = _reflections_of(programme_id)
        return int((await self._connection.execute(query)).scalar_one())

    async def _note_in_lists(self, kept_id: int, dropped_id: int) -> None:
        """Whoever did not want the one that goes does not want the one that stays."""
        lists = mentor_search_not_with.c
        others = select(lists.membership_id, literal(kept_id, Id)).where(
            lists.other_id == dropped_id, lists.membership_id.not_in((kept_id, dropped_id))
        )
        await self._connection.execute(
            insert_into(self._connection, mentor_search_not_with)
            .from_select(["membership_id", "other_id"], others)
            .on_conflict_do_nothing()
        )

    async def _point(
        self, column: Column[Any], old: int, new: int, *conditions: ColumnElement[bool]
    ) -> None:
        await self._connection.execute(
            update(column.table).where(column == old, *conditions).values({column.name: new})
        )

    async def _bring_groups(self, old: int, new: int) -> None:
        """Groups of the same minute become one, at the earlier of both times, from its start.

        What was planned for that time already is not written again.
        """
        names = ("zone", "minute", "next_slot", "next_at")
        brought = select(literal(new, Id), *(send_group.c[name] for name in names)).where(
            send_group.c.schedule_id == old
        )
        statement = insert_into(self._connection, send_group).from_select(
            ["schedule_id", *names], brought
        )
        told = statement.excluded
        is_earlier = and_(
            told.next_at.is_not(None),
            or_(send_group.c.next_at.is_(None), told.next_at < send_group.c.next_at),
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["schedule_id", "zone", "minute"],
                set_={
                    "next_slot": case((is_earlier, told.next_slot), else_=send_group.c.next_slot),
                    "next_at": case((is_earlier, told.next_at), else_=send_group.c.next_at),
                    "cursor": 0,
                },
            )
        )
        there = send_group.alias("there")
        same = (
            select(there.c.id)
            .join(
                send_group,
                and_(there.c.zone == send_group.c.zone, there.c.minute == send_group.c.minute),
            )
            .where(there.c.schedule_id == new, send_group.c.id == membership.c.group_id)
            .correlate(membership)
            .scalar_subquery()
        )
        of_old = select(send_group.c.id).where(send_group.c.schedule_id == old)
        await self._connection.execute(
            update(membership).where(membership.c.group_id.in_(of_old)).values(group_id=same)
        )

    async def _bring_deliveries(self, old: int, new: int) -> None:
        """Let them belong to the schedule that stays, but for what it has sent there itself."""
        own = delivery.alias("own")
        is_there = exists().where(
            own.c.schedule_id == new,
            own.c.place_id == delivery.c.place_id,
            own.c.slot == delivery.c.slot,
        )
        await self._point(delivery.c.schedule_id, old, new, ~is_there)


def _references(table: Table) -> Iterator[Column[Any]]:
    for each in metadata.sorted_tables:
        yield from (column for column in each.c if column.references(table.c.id))


def _reflections_of(programme_id: int) -> Select[Any]:
    return select(schedule.c.id).where(
        schedule.c.programme_id == programme_id, schedule.c.kind == ScheduleKind.REFLECTION.value
    )
