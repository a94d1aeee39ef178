"""The courier's calls: that they begin, and what became of deliveries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Row,
    Text,
    Update,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.delivery_places import lock_places
from adapters.storage.delivery_states import IS_DUE, is_under_way_as
from adapters.storage.dialect import is_among
from adapters.storage.each import Each
from adapters.storage.tables import (
    community,
    delivery,
    place,
    platform_pace,
    platform_success,
)
from adapters.storage.types import Id, UtcDateTime
from adapters.storage.upserting import insert_into
from bot.domain.delivery import DeliveryState
from bot.domain.prompts import Rotation
from bot.ports.deliveries import (
    IsUncertain,
    MustWait,
    Outcome,
    Ready,
    WasRefused,
    WasSent,
    WasSkipped,
)

_NOTED_EVERY = timedelta(seconds=10)

_Key = TypeVar("_Key", int, str)

_Where = Row[int, int, int | None, str, str]


class DeliveryCalling:
    """Beginnings and outcomes, many in one statement."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def begin(self, ready: Sequence[Ready], owner: str, now: datetime) -> frozenset[int]:
        """Mark those whose lease still runs, and move the rotation of their places."""
        ids = [one.id for one in ready]
        where = await lock_places(self._connection, ids)
        still_leased = await self._still_leased(ids, owner, now)
        ours = [one for one in ready if one.id in still_leased]
        each = Each(self._connection, number=Id, prompt=Id)
        await each.execute(
            update(delivery)
            .where(delivery.c.id == each["number"])
            .values(state=DeliveryState.SENDING.value, prompt_id=each["prompt"], began_at=now),
            [{"number": one.id, "prompt": one.prompt_id} for one in ours],
        )
        await self._rotate(ours, where)
        at = {row.id: row.place_id for row in where}
        free_at = {at[one.id]: one.place_free_at for one in ours if one.place_free_at is not None}
        await self._hold(place.c.id, place.c.wait_until, free_at)
        return frozenset(still_leased)

    async def record(
        self, outcomes: Sequence[Outcome], owner: str, now: datetime
    ) -> frozenset[int]:
        """Write outcomes under the locks of all that they change."""
        # what was sent changes nothing but itself
        others = [one.id for one in outcomes if not isinstance(one, WasSent)]
        where = await lock_places(self._connection, others) if others else ()
        ours = await self._still_owned(others, owner) if others else frozenset()
        written = ours | {one.id for one in outcomes if isinstance(one, WasSent)}
        await self._hold_back(outcomes, where)
        by_kind: dict[type[Outcome], list[Any]] = defaultdict(list)
        for outcome in sorted(outcomes, key=lambda one: one.id):
            if outcome.id in written:
                by_kind[type(outcome)].append(outcome)
        # most often all were sent, and to put an unused statement together takes a while
        if sent := by_kind[WasSent]:
            await self._sent(sent, now)
        if skipped := by_kind[WasSkipped]:
            await self._closed(DeliveryState.SKIPPED, skipped, now)
        if refused := by_kind[WasRefused]:
            await self._closed(DeliveryState.FAILED, refused, now)
        if waiting := by_kind[MustWait]:
            await self._waiting(waiting)
        if uncertain := by_kind[IsUncertain]:
            await self._uncertain(uncertain)
        await self._close_places(outcomes, where, now)
        return written

    async def _still_leased(self, ids: Sequence[int], owner: str, now: datetime) -> frozenset[int]:
        query = (
            select(delivery.c.id)
            .where(
                is_among(self._connection, delivery.c.id, ids),
                is_under_way_as(DeliveryState.LEASED),
                delivery.c.owner == owner,
                delivery.c.act_at > now,
            )
            .order_by(delivery.c.id)
            .with_for_update()
        )
        return frozenset((await self._connection.execute(query)).scalars())

    async def _still_owned(self, ids: Sequence[int], owner: str) -> frozenset[int]:
        query = (
            select(delivery.c.id)
            .where(is_among(self._connection, delivery.c.id, ids), delivery.c.owner == owner)
            .order_by(delivery.c.id)
            .with_for_update()
        )
        return frozenset((await self._connection.execute(query)).scalars())

    async def _rotate(self, given: Sequence[Ready], where: Sequence[_Where]) -> None:
        """Put prompts first in the rotations of their recipients."""
        at = {row.id: row for row in where}
        rotations: dict[int, Rotation] = {}
        for one in given:
            if one.prompt_id is not None:
                row = at[one.id]
                known = rotations.get(row.place_id) or _rotation(row.seen_prompts)
                rotations[row.place_id] = known.after(one.prompt_id)
        each = Each(self._connection, number=Id, seen=Text())
        await each.execute(
            update(place).where(place.c.id == each["number"]).values(seen_prompts=each["seen"]),
            [
                {"number": place_id, "seen": " ".join(map(str, rotation.seen))}
                for place_id, rotation in rotations.items()
            ],
        )

    async def _sent(self, outcomes: Sequence[WasSent], now: datetime) -> None:
        each = Each(self._connection, number=Id, moment=UtcDateTime(), message=Text())
        is_new = delivery.c.state != DeliveryState.SENT.value
        statement = (
            _close(each, DeliveryState.SENT, now)
            .where(is_new)
            .values(reason=None, sent_at=each["moment"], message_id=each["message"])
        )
        rows = [
            {"number": one.id, "moment": one.at, "message": one.message.native_id}
            for one in outcomes
        ]
        await each.execute(statement, rows)
        await self._note_success(outcomes)

    async def _note_success(self, outcomes: Sequence[WasSent]) -> None:
        """Write down when a platform last took something, seldom: all replicas share the row."""
        last: dict[str, datetime] = {}
        for one in outcomes:
            platform = one.message.place.platform
            last[platform] = max(one.at, last.get(platform, one.at))
        for platform, at in last.items():
            known = select(platform_success.c.sent_at).where(
                platform_success.c.platform == platform
            )
            before = (await self._connection.execute(known)).scalar_one_or_none()
            if before is None or at - before > _NOTED_EVERY:
                await self._connection.execute(
                    insert_into(self._connection, platform_success)
                    .values(platform=platform, sent_at=at)
                    .on_conflict_do_update(index_elements=["platform"], set_={"sent_at": at})
                )

    async def _closed(
        self, state: DeliveryState, outcomes: Sequence[WasSkipped | WasRefused], now: datetime
    ) -> None:
        each = Each(self._connection, number=Id, why=Text())
        statement = _close(each, state, now).values(reason=each["why"])
        await each.execute(
            statement, [{"number": one.id, "why": one.reason.value} for one in outcomes]
        )

    async def _close_places(
        self, outcomes: Sequence[Outcome], where: Sequence[_Where], now: datetime
    ) -> None:
        """Close places for a reason each, with all that was still to be sent there."""
        closing = {
            one.id: one.reason.value
            for one in outcomes
            if isinstance(one, WasRefused) and one.closes_place
        }
        reasons = {row.place_id: closing[row.id] for row in where if row.id in closing}
        if not reasons:
            return
        rows = [{"number": number, "why": why} for number, why in sorted(reasons.items())]
        each = Each(self._connection, number=Id, why=Text())
        await each.execute(
            update(place).where(place.c.id == each["number"]).values(closed_reason=each["why"]),
            rows,
        )
        not_begun = or_(IS_DUE, is_under_way_as(DeliveryState.LEASED))
        await each.execute(
            update(delivery)
            .where(delivery.c.place_id == each["number"], not_begun)
            .values(state=DeliveryState.FAILED.value, reason=each["why"], owner=None, act_at=now),
            rows,
        )

    async def _waiting(self, outcomes: Sequence[MustWait]) -> None:
        each = Each(self._connection, number=Id, until=UtcDateTime())
        statement = _of(each).values(
            state=DeliveryState.DUE.value, owner=None, act_at=each["until"]
        )
        await each.execute(statement, [{"number": one.id, "until": one.until} for one in outcomes])

    async def _hold_back(self, outcomes: Sequence[Outcome], where: Sequence[_Where]) -> None:
        """Let the places, communities and platforms of those that must wait, wait too."""
        by_id = {one.id: one for one in outcomes if isinstance(one, MustWait)}
        places: dict[int, datetime] = {}
        communities: dict[int, datetime] = {}
        platforms: dict[str, datetime] = {}
        for row in where:
            outcome = by_id.get(row.id)
            if outcome is None:
                continue
            is_alone = outcome.whole_community and row.community_id is None
            if outcome.whole_place or is_alone:
                _lengthen(places, row.place_id, outcome.until)
            if outcome.whole_community and row.community_id is not None:
                _lengthen(communities, row.community_id, outcome.until)
            if outcome.whole_platform:
                _lengthen(platforms, row.platform, outcome.until)
        await self._hold(place.c.id, place.c.wait_until, places)
        await self._hold(community.c.id, community.c.wait_until, communities)
        # a platform without a pace for the whole of it has no row
        await self._hold(platform_pace.c.platform, platform_pace.c.paced_until, platforms)

    async def _hold(
        self, key: Column[_Key], waits: Column[datetime], until: Mapping[_Key, datetime]
    ) -> None:
        """Let what has these keys wait; what waits longer already goes on doing so."""
        if not until:
            return
        each = Each(self._connection, which=key.type, until=UtcDateTime())
        statement = (
            update(key.table)
            .where(key == each["which"], or_(waits.is_(None), waits < each["until"]))
            .values({waits: each["until"]})
        )
        rows = [{"which": one, "until": moment} for one, moment in sorted(until.items())]
        await each.execute(statement, rows)

    async def _uncertain(self, outcomes: Sequence[IsUncertain]) -> None:
        each = Each(self._connection, number=Id, look_at=UtcDateTime())
        statement = _of(each).values(
            state=DeliveryState.UNKNOWN.value, owner=None, act_at=each["look_at"]
        )
        await each.execute(
            statement, [{"number": one.id, "look_at": one.look_at} for one in outcomes]
        )


def _rotation(seen_prompts: str) -> Rotation:
    return Rotation(tuple(map(int, seen_prompts.split())))


def _of(each: Each) -> Update:
    return update(delivery).where(delivery.c.id == each["number"])


def _close(each: Each, state: DeliveryState, now: datetime) -> Update:
    return _of(each).values(state=state.value, owner=None, act_at=now)


def _lengthen(waits: dict[_Key, datetime], key: _Key, until: datetime) -> None:
    waits[key] = max(until, waits.get(key, until))
