"""The courier takes what is due, and what is unknown, on leases."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Row,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.deliveries_choosing import (
    DeliveryChoosing,
    is_community_held,
    is_place_free,
    unclaimed,
)
from adapters.storage.deliveries_pacing import DeliveryPacing
from adapters.storage.delivery_states import IS_DUE, is_under_way_as
from adapters.storage.dialect import is_among
from adapters.storage.each import Each
from adapters.storage.tables import community, delivery, place
from adapters.storage.types import Id, UtcDateTime
from bot.chat.identity import CommunityRef, PlaceKind, PlaceRef
from bot.domain.delivery import DeliveryKind, DeliveryState, Notice
from bot.ports.chat import Pace
from bot.ports.deliveries import LOOK_AFTER, Claimed

_CLAIMED = (
    delivery.c.id,
    delivery.c.programme_id,
    delivery.c.community_id,
    delivery.c.kind,
    delivery.c.place_id,
    delivery.c.membership_id,
    delivery.c.schedule_id,
    delivery.c.due_at,
    delivery.c.expires_at,
    delivery.c.attempt,
    delivery.c.prompt_id,
    delivery.c.notice,
    delivery.c.about,
    delivery.c.day,
    delivery.c.began_at,
)


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
        pacing = None if pace is None else DeliveryPacing(self._connection, pace, now)
        if pacing is not None and pace is not None and pace.whole_platform:
            platforms = await pacing.lock_free(platforms)
            limit = min(limit, pace.at_once)
        choosing = DeliveryChoosing(self._connection, now, pace)
        while True:
            ids = await choosing.oldest(platforms, limit)
            if await self._fail_closed(ids, now):
                continue
            if pacing is None or not await pacing.spread(ids):
                break
        if not ids:
            return ()
        await self._lease(ids, owner, lease_until, state=DeliveryState.LEASED.value)
        rows = await self._rows(ids)
        if pacing is not None:
            await pacing.hold(rows)
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
                is_place_free(platforms, now),
                ~is_community_held(now),
            )
            .order_by(delivery.c.act_at, delivery.c.id)
            .limit(limit)
        )
        ids = (await self._connection.execute(unclaimed(query))).scalars().all()
        if not ids:
            return ()
        await self._lease(ids, owner, lease_until)
        return tuple((_to_claimed(row), row.began_at) for row in await self._rows(ids))

    async def _take_back(self, now: datetime) -> None:
        ran_out = select(delivery.c.id).where(
            is_under_way_as(DeliveryState.LEASED), delivery.c.act_at <= now
        )
        await self._connection.execute(
            update(delivery)
            .where(delivery.c.id.in_(unclaimed(ran_out)))
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
        each = Each(self._connection, number=Id, look_at=UtcDateTime())
        await each.execute(
            update(delivery)
            .where(delivery.c.id == each["number"])
            .values(state=DeliveryState.UNKNOWN.value, owner=None, act_at=each["look_at"]),
            [{"number": row.id, "look_at": row.act_at + LOOK_AFTER} for row in rows],
        )

    async def _fail_closed(self, ids: Sequence[int], now: datetime) -> bool:
        """Fail all that is due at closed places among those of `ids`; whether there were any."""
        if not ids:
            return False
        closed = (
            select(place.c.id)
            .join(delivery, delivery.c.place_id == place.c.id)
            .where(
                is_among(self._connection, delivery.c.id, ids), place.c.closed_reason.is_not(None)
            )
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
            .where(is_among(self._connection, delivery.c.id, ids))
            .values(owner=owner, act_at=lease_until, attempt=delivery.c.attempt + 1, **values)
        )

    async def _rows(self, ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
        query = (
            select(
                *_CLAIMED,
                place.c.platform,
                place.c.native_id,
                place.c.kind.label("place_kind"),
                community.c.native_id.label("community_native_id"),
            )
            .join_from(delivery, place, place.c.id == delivery.c.place_id)
            .outerjoin(community, community.c.id == delivery.c.community_id)
            .where(is_among(self._connection, delivery.c.id, ids))
            .order_by(delivery.c.due_at, delivery.c.id)
        )
        return (await self._connection.execute(query)).all()


def _to_claimed(row: Row[*tuple[Any, ...]]) -> Claimed:
    # by position: to ask a row by name takes twenty times as long
    (
        number,
        programme_id,
        _,
        kind,
        place_id,
        membership_id,
        schedule_id,
        due_at,
        expires_at,
        attempt,
        prompt_id,
        notice,
        about,
        day,
        _,
        platform,
        native_id,
        place_kind,
        lies_in,
    ) = row
    return Claimed(
        id=number,
        programme_id=programme_id,
        kind=DeliveryKind(kind),
        place_id=place_id,
        place=PlaceRef(platform, native_id, PlaceKind(place_kind), lies_in),
        community=None if lies_in is None else _community(platform, lies_in),
        membership_id=membership_id,
        schedule_id=schedule_id,
        due_at=due_at,
        expires_at=expires_at,
        attempt=attempt,
        prompt_id=prompt_id,
        notice=None if notice is None else Notice(notice),
        about=about,
        day=day,
    )


@lru_cache(maxsize=1024)
def _community(platform: str, native_id: str) -> CommunityRef:
    """Remembered, because a community has many deliveries."""
    return CommunityRef(platform, native_id)
