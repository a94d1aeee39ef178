"""The courier takes what is due, and what is unknown, on leases."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.delivery_states import IS_DUE, is_under_way_as
from adapters.storage.dialect import first_of_each
from adapters.storage.tables import community, delivery, place
from bot.chat.identity import CommunityRef, PlaceKind, PlaceRef
from bot.domain.delivery import DeliveryKind, DeliveryState, Notice
from bot.ports.chat import Pace
from bot.ports.deliveries import LOOK_AFTER, Claimed

_CATCHES_UP = timedelta(seconds=0.25)
"""How much later than it could a community may be served and still keep its pace."""


class DeliveryClaiming:
    """Leases, fair across communities."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def claim(
        self,
        platforms: Sequence[str],
        owner: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
        *,
        pace: Pace | None = None,
    ) -> tuple[Claimed, ...]:
        """Lease as many for each community, and fail those whose place is closed."""
        await self._take_back(now)
        while True:
            ids = await self._oldest(platforms, now, limit, pace)
            if await self._fail_closed(ids, now):
                continue
            if pace is None or not await self._spread(ids, pace, now):
                break
        await self._lease(ids, owner, lease_until, state=DeliveryState.LEASED.value)
        rows = await self._rows(ids)
        if pace is not None:
            await self._hold_to_pace(Counter(row.community_id for row in rows), pace, now)
        return tuple(_to_claimed(row) for row in rows)

    async def uncertain(
        self,
        platforms: Sequence[str],
        owner: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
    ) -> tuple[tuple[Claimed, datetime], ...]:
        """Lease what is to be looked for, by the time from which it may be."""
        await self._doubt(now)
        query = (
            select(delivery.c.id)
            .where(
                is_under_way_as(DeliveryState.UNKNOWN),
                delivery.c.act_at <= now,
                _is_place_free(platforms, now),
                ~_is_community_held(now),
            )
            .order_by(delivery.c.act_at, delivery.c.id)
            .limit(limit)
        )
        ids = (await self._connection.execute(_unclaimed(query))).scalars().all()
        await self._lease(ids, owner, lease_until)
        return tuple((_to_claimed(row), row.began_at) for row in await self._rows(ids))

    async def _take_back(self, now: datetime) -> None:
        ran_out = select(delivery.c.id).where(
            is_under_way_as(DeliveryState.LEASED), delivery.c.act_at <= now
        )
        await self._connection.execute(
            update(delivery)
            .where(delivery.c.id.in_(_unclaimed(ran_out)))
            .values(state=DeliveryState.DUE.value, owner=None, act_at=delivery.c.due_at)
        )

    async def _doubt(self, now: datetime) -> None:
        """Nobody knows what became of calls whose lease ran out."""
        ran_out = (
            select(delivery.c.id, delivery.c.act_at)
            .where(is_under_way_as(DeliveryState.SENDING), delivery.c.act_at <= now)
            .with_for_update(skip_locked=True)
        )
        rows = (await self._connection.execute(ran_out)).all()
        if not rows:
            return
        await self._connection.execute(
            update(delivery)
            .where(delivery.c.id == bindparam("delivery_id"))
            .values(state=DeliveryState.UNKNOWN.value, owner=None, act_at=bindparam("look_at")),
            [{"delivery_id": row.id, "look_at": row.act_at + LOOK_AFTER} for row in rows],
        )

    async def _spread(self, ids: Sequence[int], pace: Pace, now: datetime) -> bool:
        """Put off what is for a place that gets something already; whether there was any.

        One after another at the place's own pace, so that a place with a backlog does not take
        the turns of the others.
        """
        query = (
            select(delivery.c.id, delivery.c.place_id)
            .where(delivery.c.id.in_(ids))
            .order_by(delivery.c.act_at, delivery.c.id)
        )
        before: Counter[int] = Counter()
        later = []
        for row in await self._connection.execute(query):
            if before[row.place_id]:
                at = now + before[row.place_id] * pace.between
                later.append({"number": row.id, "at": at})
            before[row.place_id] += 1
        if later:
            await self._connection.execute(
                update(delivery)
                .where(delivery.c.id == bindparam("number"))
                .values(act_at=bindparam("at")),
                later,
            )
        return bool(later)

    async def _hold_to_pace(
        self, taken: Mapping[int | None, int], pace: Pace, now: datetime
    ) -> None:
        """Let communities wait until what was taken for them may have been sent.

        One that is served a little late does not fall behind its pace by that.
        """
        numbers = [number for number in taken if number is not None]
        if not numbers:
            return
        query = select(community.c.id, community.c.paced_until).where(community.c.id.in_(numbers))
        held = {row.id: row.paced_until for row in await self._connection.execute(query)}
        rows = [
            {
                "number": number,
                "until": max(held[number] or now, now - _CATCHES_UP) + pace.lasts(taken[number]),
            }
            for number in sorted(numbers)
        ]
        await self._connection.execute(
            update(community)
            .where(community.c.id == bindparam("number"))
            .values(paced_until=bindparam("until")),
            rows,
        )

    async def _oldest(
        self, platforms: Sequence[str], now: datetime, limit: int, pace: Pace | None
    ) -> Sequence[int]:
        """The oldest due of each community, at most `limit` and as many for one as for another."""
        nowhere = _due(platforms, now).where(delivery.c.community_id.is_(None))
        has_nowhere = (await self._connection.execute(nowhere.limit(1))).first() is not None
        communities = await self._with_work(platforms, now, limit - has_nowhere, pace)
        share = limit // max(1, len(communities) + has_nowhere)
        if pace is not None:
            share = min(share, pace.at_once)
        of_one = _unclaimed(_of_community(platforms, now).limit(share))
        each = first_of_each(self._connection, community, of_one, delivery)
        each = each.where(community.c.id.in_(communities))
        picked = (await self._connection.execute(each)).scalars().all()
        if not has_nowhere:
            return picked
        rest = await self._connection.execute(_unclaimed(nowhere.limit(share)))
        return [*picked, *rest.scalars()]

    async def _with_work(
        self, platforms: Sequence[str], now: datetime, limit: int, pace: Pace | None
    ) -> Sequence[int]:
        """Some communities with something due; at random when there are more than `limit`.

        With a pace they are locked: two replicas must not both take what one may.
        """
        # not as EXISTS, for which PostgreSQL would read everything that is due
        first = _of_community(platforms, now).limit(1).scalar_subquery()
        query = (
            select(community.c.id)
            .where(
                community.c.platform.in_(platforms),
                community.c.removed_at.is_(None),
                _may_go(community.c.wait_until, now),
                _may_go(community.c.paced_until, now),
                first.is_not(None),
            )
            .order_by(func.random())
            .limit(limit)
        )
        if pace is not None:
            query = query.with_for_update(of=community, skip_locked=True)
        return (await self._connection.execute(query)).scalars().all()

    async def _fail_closed(self, ids: Sequence[int], now: datetime) -> bool:
        """Fail all that is due at closed places among those of `ids`; whether there were any."""
        closed = (
            select(place.c.id)
            .join(delivery, delivery.c.place_id == place.c.id)
            .where(delivery.c.id.in_(ids), place.c.closed_reason.is_not(None))
        )
        places = (await self._connection.execute(closed)).scalars().all()
        if not places:
            return False
        there = (
            select(delivery.c.id)
            .where(IS_DUE, delivery.c.place_id.in_(places))
            .with_for_update(skip_locked=True)
        )
        why = select(place.c.closed_reason).where(place.c.id == delivery.c.place_id)
        await self._connection.execute(
            update(delivery)
            .where(delivery.c.id.in_(there))
            .values(state=DeliveryState.FAILED.value, reason=why.scalar_subquery(), act_at=now)
        )
        return True

    async def _lease(
        self, ids: Sequence[int], owner: str, lease_until: datetime, **values: str
    ) -> None:
        await self._connection.execute(
            update(delivery)
            .where(delivery.c.id.in_(ids))
            .values(owner=owner, act_at=lease_until, attempt=delivery.c.attempt + 1, **values)
        )

    async def _rows(self, ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
        query = (
            select(
                *delivery.c,
                place.c.platform,
                place.c.native_id,
                place.c.kind.label("place_kind"),
                community.c.native_id.label("community_native_id"),
            )
            .join_from(delivery, place, place.c.id == delivery.c.place_id)
            .outerjoin(community, community.c.id == delivery.c.community_id)
            .where(delivery.c.id.in_(ids))
            .order_by(delivery.c.due_at, delivery.c.id)
        )
        return (await self._connection.execute(query)).all()


def _due(platforms: Sequence[str], now: datetime) -> Select[int]:
    return (
        select(delivery.c.id)
        .where(IS_DUE, delivery.c.act_at <= now, _is_place_free(platforms, now))
        # in the index's own order and no finer: a wave is one big tie
        .order_by(delivery.c.community_id, delivery.c.act_at)
    )


def _unclaimed(query: Select[int]) -> Select[int]:
    """What no other replica is claiming at this moment."""
    return query.with_for_update(of=delivery, skip_locked=True)


def _is_place_free(platforms: Sequence[str], now: datetime) -> ColumnElement[bool]:
    # not as a join, which SQLite would start from every place of a platform
    return exists().where(
        place.c.id == delivery.c.place_id,
        place.c.platform.in_(platforms),
        _may_go(place.c.wait_until, now),
    )


def _is_community_held(now: datetime) -> ColumnElement[bool]:
    return exists().where(
        community.c.id == delivery.c.community_id,
        or_(community.c.removed_at.is_not(None), community.c.wait_until > now),
    )


def _of_community(platforms: Sequence[str], now: datetime) -> Select[int]:
    """What is due in one community of the query around it."""
    in_it = delivery.c.community_id == community.c.id
    return _due(platforms, now).where(in_it).correlate(community)


def _may_go(wait_until: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    return or_(wait_until.is_(None), wait_until <= now)


def _to_claimed(row: Row[*tuple[Any, ...]]) -> Claimed:
    kind, community_id = PlaceKind(row.place_kind), row.community_native_id
    return Claimed(
        id=row.id,
        programme_id=row.programme_id,
        kind=DeliveryKind(row.kind),
        place_id=row.place_id,
        place=PlaceRef(row.platform, row.native_id, kind, community_id),
        community=None if community_id is None else CommunityRef(row.platform, community_id),
        membership_id=row.membership_id,
        schedule_id=row.schedule_id,
        due_at=row.due_at,
        expires_at=row.expires_at,
        attempt=row.attempt,
        prompt_id=row.prompt_id,
        notice=None if row.notice is None else Notice(row.notice),
        about=row.about,
        day=row.day,
    )
