"""A platform's pace, kept across replicas by rows that a claim locks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.dialect import is_among
from adapters.storage.each import Each
from adapters.storage.tables import community, delivery, platform_pace
from adapters.storage.types import Id, UtcDateTime
from adapters.storage.upserting import insert_into
from bot.ports.chat import Pace

_CATCHES_UP = timedelta(seconds=0.25)
"""How much later than it could a community may be served and still keep its pace."""


class DeliveryPacing:
    """The pace of one claim."""

    def __init__(self, connection: AsyncConnection, pace: Pace, now: datetime) -> None:
        """Work on one connection, at a moment."""
        self._connection = connection
        self._pace = pace
        self._now = now

    async def lock_free(self, platforms: Sequence[str]) -> Sequence[str]:
        """Those of the platforms that may be sent to; no other replica claims there till we end."""
        await self._connection.execute(
            insert_into(self._connection, platform_pace).on_conflict_do_nothing(),
            [{"platform": platform} for platform in sorted(platforms)],
        )
        query = (
            select(platform_pace.c.platform)
            .where(
                platform_pace.c.platform.in_(platforms),
                may_go(platform_pace.c.paced_until, self._now),
            )
            .with_for_update(skip_locked=True)
        )
        return (await self._connection.execute(query)).scalars().all()

    async def spread(self, ids: Sequence[int]) -> bool:
        """Put off what is for a place that gets something already; whether there was any.

        One after another at the place's own pace, so that a place with a backlog does not take
        the turns of the others.
        """
        query = (
            select(delivery.c.id, delivery.c.place_id)
            .where(is_among(self._connection, delivery.c.id, ids))
            .order_by(delivery.c.act_at, delivery.c.id)
        )
        before: Counter[int] = Counter()
        later = []
        for row in await self._connection.execute(query):
            if before[row.place_id]:
                at = self._now + before[row.place_id] * self._pace.between
                later.append({"number": row.id, "at": at})
            before[row.place_id] += 1
        if not later:
            return False
        each = Each(self._connection, number=Id, at=UtcDateTime())
        await each.execute(
            update(delivery).where(delivery.c.id == each["number"]).values(act_at=each["at"]),
            later,
        )
        return True

    async def hold(self, taken: Sequence[Row[*tuple[Any, ...]]]) -> None:
        """Let communities, or platforms, wait until what was taken for them may have been sent.

        One that is served a little late does not fall behind its pace by that.
        """
        if self._pace.whole_platform:
            platforms = Counter(row.platform for row in taken)
            await self._hold(platform_pace.c.platform, platform_pace.c.paced_until, platforms)
            return
        communities = Counter(row.community_id for row in taken if row.community_id is not None)
        await self._hold(community.c.id, community.c.paced_until, communities)

    async def _hold(
        self, key: Column[Any], paced_until: Column[datetime], taken: Mapping[Any, int]
    ) -> None:
        if not taken:
            return
        query = select(key.label("key"), paced_until.label("until")).where(key.in_(list(taken)))
        held = {row.key: row.until for row in await self._connection.execute(query)}
        earliest = self._now - _CATCHES_UP
        rows = [
            {
                "which": one,
                "until": max(held[one] or self._now, earliest) + self._pace.lasts(taken[one]),
            }
            for one in sorted(taken)
        ]
        each = Each(self._connection, which=key.type, until=UtcDateTime())
        await each.execute(
            update(key.table).where(key == each["which"]).values({paced_until: each["until"]}),
            rows,
        )


def may_go(wait_until: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    """Nothing has to wait, or no longer."""
    return or_(wait_until.is_(None), wait_until <= now)
