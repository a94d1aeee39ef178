"""Which due deliveries are claimed next: the oldest, as many for one community as for another.

What lies in no community is shared out by programme in the same way.
"""

from collections.abc import Sequence
from datetime import datetime
from random import sample

from sqlalchemy import ColumnElement, Select, Table, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.deliveries_pacing import may_go
from adapters.storage.delivery_states import IS_DUE
from adapters.storage.dialect import first_of_each, is_among
from adapters.storage.tables import community, delivery, place, programme
from bot.ports.chat import Pace


class DeliveryChoosing:
    """Candidates for one claim."""

    def __init__(self, connection: AsyncConnection, now: datetime, pace: Pace | None) -> None:
        """Work on one connection, at a moment."""
        self._connection = connection
        self._now = now
        self._paces_communities = pace is not None and not pace.whole_platform
        self._at_once = pace.at_once if pace is not None else None

    async def oldest(self, platforms: Sequence[str], limit: int) -> Sequence[int]:
        """At most `limit` that no other replica is claiming."""
        # at random when there are more than `limit`, so that everybody has a turn
        homes: list[tuple[Table, int]] = [
            *((community, number) for number in await self._communities(platforms, limit)),
            *((programme, number) for number in await self._programmes(platforms, limit)),
        ]
        homes = sample(homes, min(limit, len(homes)))
        share = limit // max(1, len(homes))
        if self._paces_communities and self._at_once is not None:
            share = min(share, self._at_once)
        picked: list[int] = []
        for table, due in (
            (community, _in_community(platforms, self._now)),
            (programme, _apart(platforms, self._now)),
        ):
            numbers = [number for home, number in homes if home is table]
            if numbers:
                of_one = unclaimed(due.limit(share))
                each = first_of_each(self._connection, table, of_one, delivery)
                chosen = is_among(self._connection, table.c.id, numbers)
                found = await self._connection.execute(each.where(chosen))
                picked += found.scalars()
        return picked

    async def _communities(self, platforms: Sequence[str], limit: int) -> Sequence[int]:
        """Some communities with something due.

        Where each has a pace they are locked: two replicas must not both take what one may.
        """
        # not as EXISTS, for which PostgreSQL would read everything that is due
        first = _in_community(platforms, self._now).limit(1).scalar_subquery()
        query = (
            select(community.c.id)
            .where(
                community.c.platform.in_(platforms),
                community.c.removed_at.is_(None),
                may_go(community.c.wait_until, self._now),
                first.is_not(None),
            )
            .order_by(func.random())
            .limit(limit)
        )
        if self._paces_communities:
            query = query.where(may_go(community.c.paced_until, self._now))
            query = query.with_for_update(of=community, skip_locked=True)
        return (await self._connection.execute(query)).scalars().all()

    async def _programmes(self, platforms: Sequence[str], limit: int) -> Sequence[int]:
        """Some programmes with something due outside of their communities."""
        anywhere = _due(platforms, self._now).where(delivery.c.community_id.is_(None)).limit(1)
        if (await self._connection.execute(anywhere)).first() is None:
            return ()
        first = _apart(platforms, self._now).limit(1).scalar_subquery()
        query = select(programme.c.id).where(first.is_not(None)).order_by(func.random())
        return (await self._connection.execute(query.limit(limit))).scalars().all()


def unclaimed(query: Select[int]) -> Select[int]:
    """What no other replica is claiming at this moment."""
    return query.with_for_update(of=delivery, skip_locked=True)


def is_place_free(platforms: Sequence[str], now: datetime) -> ColumnElement[bool]:
    """The delivery's place is on one of the platforms, and need not wait."""
    # not as a join, which SQLite would start from every place of a platform
    return exists().where(
        place.c.id == delivery.c.place_id,
        place.c.platform.in_(platforms),
        may_go(place.c.wait_until, now),
    )


def is_community_held(now: datetime) -> ColumnElement[bool]:
    """The delivery's community was removed, or has to wait."""
    return exists().where(
        community.c.id == delivery.c.community_id,
        or_(community.c.removed_at.is_not(None), community.c.wait_until > now),
    )


# ordered as the indexes are and no finer: a wave is one big tie


def _in_community(platforms: Sequence[str], now: datetime) -> Select[int]:
    """What is due in one community of the query around it."""
    in_it = delivery.c.community_id == community.c.id
    due = _due(platforms, now).where(in_it).correlate(community)
    return due.order_by(delivery.c.community_id, delivery.c.act_at)


def _apart(platforms: Sequence[str], now: datetime) -> Select[int]:
    """What is due in no community, of one programme of the query around it."""
    of_it = delivery.c.programme_id == programme.c.id
    due = _due(platforms, now).where(of_it, delivery.c.community_id.is_(None)).correlate(programme)
    return due.order_by(delivery.c.programme_id, delivery.c.act_at)


def _due(platforms: Sequence[str], now: datetime) -> Select[int]:
    is_free = is_place_free(platforms, now)
    return select(delivery.c.id).where(IS_DUE, delivery.c.act_at <= now, is_free)
