"""What is known of deliveries later: the prompt in a message, what comes next, what failed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, case, false, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.delivery_states import IS_DUE, IS_UNDER_WAY
from adapters.storage.tables import (
    community,
    delivery,
    place,
    platform_success,
    schedule,
    send_group,
)
from bot.chat.identity import MessageRef, PlaceKind, PlaceRef
from bot.domain.delivery import DeliveryKind, DeliveryState, Reason
from bot.ports.deliveries import OpenPrompt, PostedPrompt, Standing

_PROMPTS = tuple(kind.value for kind in DeliveryKind if kind.is_prompt)


class DeliveryTelling:
    """Prompts that stand in places, and how deliveries to a place fare."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def posted(self, message: MessageRef) -> PostedPrompt | None:
        """Select by the place's and the message's own ids."""
        query = _posted().join(place, place.c.id == delivery.c.place_id)
        return await self._first_posted(
            query.where(
                place.c.platform == message.place.platform,
                place.c.native_id == message.place.native_id,
                delivery.c.message_id == message.native_id,
            )
        )

    async def posted_by_id(self, delivery_id: int) -> PostedPrompt | None:
        """Select by number."""
        return await self._first_posted(_posted().where(delivery.c.id == delivery_id))

    async def latest_prompt(self, place_id: int, since: datetime) -> PostedPrompt | None:
        """Select by place, the latest first."""
        query = _posted().where(delivery.c.place_id == place_id, delivery.c.sent_at >= since)
        return await self._first_posted(
            query.order_by(delivery.c.sent_at.desc(), delivery.c.id.desc()).limit(1)
        )

    async def open_prompts(self, platform: str, since: datetime) -> tuple[OpenPrompt, ...]:
        """Select by platform and time; a prompt in a removed community can't be answered."""
        query = (
            select(
                delivery.c.message_id,
                delivery.c.sent_at,
                place.c.native_id,
                place.c.kind,
                community.c.native_id.label("community"),
            )
            .join_from(delivery, place, place.c.id == delivery.c.place_id)
            .outerjoin(community, community.c.id == delivery.c.community_id)
            .where(
                place.c.platform == platform,
                place.c.closed_reason.is_(None),
                community.c.removed_at.is_(None),
                delivery.c.kind.in_(_PROMPTS),
                delivery.c.state == DeliveryState.SENT.value,
                delivery.c.sent_at >= since,
                delivery.c.closed == false(),
                delivery.c.message_id.is_not(None),
            )
            .order_by(delivery.c.sent_at, delivery.c.id)
        )
        rows = (await self._connection.execute(query)).all()
        return tuple(
            OpenPrompt(
                MessageRef(
                    PlaceRef(platform, row.native_id, PlaceKind(row.kind), row.community),
                    row.message_id,
                ),
                row.sent_at,
            )
            for row in rows
        )

    async def close_prompt(self, delivery_id: int) -> None:
        """Set the mark."""
        await self._connection.execute(
            update(delivery).where(delivery.c.id == delivery_id).values(closed=True)
        )

    async def count_others(self, delivery_id: int, *, replies: int = 0, reactions: int = 0) -> None:
        """Add in the database, so that no count is lost."""
        await self._connection.execute(
            update(delivery)
            .where(delivery.c.id == delivery_id)
            .values(
                other_replies=_moved(delivery.c.other_replies, replies),
                other_reactions=_moved(delivery.c.other_reactions, reactions),
            )
        )

    async def next_at(self, after: datetime) -> datetime | None:
        """The earliest of groups, due rows (community by community) and rows under way."""
        planned = (
            select(send_group.c.next_at)
            .join(schedule, schedule.c.id == send_group.c.schedule_id)
            .where(send_group.c.next_at > after, schedule.c.paused == false())
            .order_by(send_group.c.next_at)
            .limit(1)
        )
        under_way = select(func.min(delivery.c.act_at)).where(
            IS_UNDER_WAY, delivery.c.act_at > after
        )
        due = select(func.min(delivery.c.act_at)).where(IS_DUE, delivery.c.act_at > after)
        of_one = due.where(delivery.c.community_id == community.c.id).correlate(community)
        moments = [
            (await self._connection.execute(query)).scalar()
            for query in (
                planned,
                under_way,
                due.where(delivery.c.community_id.is_(None)),
                select(func.min(of_one.scalar_subquery())).select_from(community),
            )
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    async def next_question(self, place_id: int, now: datetime) -> datetime | None:
        """The earliest due prompt after `now`."""
        query = select(func.min(delivery.c.act_at)).where(
            IS_DUE,
            delivery.c.place_id == place_id,
            delivery.c.act_at > now,
            delivery.c.kind.in_(_PROMPTS),
        )
        moment: datetime | None = (await self._connection.execute(query)).scalar()
        return moment

    async def days_taken(self, place_id: int, since: date) -> frozenset[date]:
        """Select by the unique key of place and day."""
        query = select(delivery.c.day).where(
            delivery.c.place_id == place_id, delivery.c.day >= since
        )
        return frozenset((await self._connection.execute(query)).scalars())

    async def standing(self, now: datetime) -> tuple[Standing, ...]:
        """Count what is due, in and outside of communities, by platform."""
        last = {
            row.platform: row.sent_at
            for row in await self._connection.execute(select(platform_success))
        }
        due: dict[str, tuple[int, datetime]] = {}
        for query in (_due_in_communities(now), _due_apart(now)):
            for platform, number, oldest in await self._connection.execute(query):
                known, since = due.get(platform, (0, oldest))
                due[platform] = (known + number, min(since, oldest))
        platforms = (await self._connection.execute(_platforms())).scalars().all()
        return tuple(
            _to_standing(platform, due.get(platform), last.get(platform))
            for platform in sorted({*platforms, *due})
        )

    async def last_problem(self, place_id: int, since: datetime) -> Reason | None:
        """Whether the last row that was sent or failed, failed."""
        tried = (DeliveryState.SENT.value, DeliveryState.FAILED.value)
        query = (
            select(delivery.c.state, delivery.c.reason)
            .where(
                delivery.c.place_id == place_id,
                delivery.c.state.in_(tried),
                delivery.c.act_at >= since,
            )
            .order_by(delivery.c.act_at.desc(), delivery.c.id.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        has_failed = row is not None and row.state == DeliveryState.FAILED.value
        return Reason(row.reason) if row is not None and has_failed else None

    async def _first_posted(self, query: Select[Any]) -> PostedPrompt | None:
        row = (await self._connection.execute(query)).first()
        return None if row is None else _to_posted(row)


def _to_standing(
    platform: str, due: tuple[int, datetime] | None, last: datetime | None
) -> Standing:
    number, oldest = due or (0, None)
    return Standing(platform, number, oldest, last)


def _platforms() -> Select[str]:
    """Every platform that has places, step by step: there are many places and few platforms."""
    first = select(func.min(place.c.platform).label("platform")).cte("platforms", recursive=True)
    following = select(func.min(place.c.platform)).where(place.c.platform > first.c.platform)
    each = first.union_all(
        select(following.correlate(first).scalar_subquery()).where(first.c.platform.is_not(None))
    )
    return select(each.c.platform).where(each.c.platform.is_not(None))


def _due_in_communities(now: datetime) -> Select[Any]:
    # from the index alone: a backlog may be long
    each = (
        select(
            delivery.c.community_id,
            func.count().label("number"),
            func.min(delivery.c.act_at).label("oldest"),
        )
        .where(IS_DUE, delivery.c.act_at <= now, delivery.c.community_id.is_not(None))
        .group_by(delivery.c.community_id)
        .subquery()
    )
    return (
        select(community.c.platform, func.sum(each.c.number), func.min(each.c.oldest))
        .join(each, each.c.community_id == community.c.id)
        .where(community.c.removed_at.is_(None))
        .group_by(community.c.platform)
    )


def _due_apart(now: datetime) -> Select[Any]:
    return (
        select(place.c.platform, func.count(), func.min(delivery.c.act_at))
        .join_from(delivery, place, place.c.id == delivery.c.place_id)
        .where(IS_DUE, delivery.c.act_at <= now, delivery.c.community_id.is_(None))
        .group_by(place.c.platform)
    )


def _posted() -> Select[Any]:
    return select(delivery).where(
        delivery.c.state == DeliveryState.SENT.value,
        delivery.c.kind.in_(_PROMPTS),
        delivery.c.prompt_id.is_not(None),
    )


def _to_posted(row: Row[Any]) -> PostedPrompt:
    return PostedPrompt(
        delivery_id=row.id,
        prompt_id=row.prompt_id,
        kind=DeliveryKind(row.kind),
        place_id=row.place_id,
        programme_id=row.programme_id,
        membership_id=row.membership_id,
        schedule_id=row.schedule_id,
        sent_at=row.sent_at,
        open=not row.closed,
    )


def _moved(count: Column[int], by: int) -> ColumnElement[int]:
    return case((count + by < 0, 0), else_=count + by)
