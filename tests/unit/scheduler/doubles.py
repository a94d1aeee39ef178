"""A ledger in memory and the scheduler's other neighbours, with the behaviour of their ports."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import cast

from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.outgoing import Message, Text
from bot.domain.delivery import DeliveryKind, DeliveryState, Reason
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import SendGroup
from bot.ports.composing import Prepared
from bot.ports.deliveries import (
    LOOK_AFTER,
    Claimed,
    IsUncertain,
    MustWait,
    Outcome,
    Ready,
    WasRefused,
    WasSent,
    WasSkipped,
    Wave,
)
from bot.ports.storage import UnitOfWork

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
"""A Wednesday."""

TEAM = CommunityRef("fake", "T1")


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def advance(self, length: timedelta) -> None:
        self.time += length


class FakeCalendar:
    """Days off of one country, `XY`; any other country makes it fail."""

    def __init__(self, *days: date) -> None:
        self._days = days

    def knows(self, country: str) -> bool:
        return country == "XY"

    def is_holiday(self, country: str, day: date) -> bool:
        if country != "XY":
            raise LookupError(country)
        return day in self._days


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as the ledger keeps it."""

    claimed: Claimed
    slot: str
    state: DeliveryState
    act_at: datetime
    owner: str | None = None
    began_at: datetime | None = None
    reason: Reason | None = None
    message: MessageRef | None = None


class Ledger:
    """`Deliveries` as far as planner and courier use it; groups have the members 1 to `members`."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.groups: dict[int, SendGroup] = {}
        self.members = 1
        self.place_waits: dict[int, datetime] = {}
        self.community_waits: dict[CommunityRef, datetime] = {}
        self.waves: list[Wave] = []
        self.broken_groups: set[int] = set()

    # the planner's side

    async def due_groups(self, now: datetime, limit: int) -> tuple[SendGroup, ...]:
        due = [group for group in self.groups.values() if group.next_at <= now]
        return tuple(sorted(due, key=lambda group: (group.next_at, group.id))[:limit])

    async def plan_slice(self, group: SendGroup, wave: Wave, limit: int) -> bool:
        if group.id in self.broken_groups:
            message = "disk full"
            raise OSError(message)
        if self.groups[group.id] != group:
            return True
        last = min(group.cursor + limit, self.members)
        for place_id in range(group.cursor + 1, last + 1):
            self._plan(group, wave, place_id)
        if last < self.members:
            self.groups[group.id] = replace(group, cursor=last)
            return False
        self.waves.append(wave)
        await self.move_group(self.groups[group.id], wave.following)
        return True

    async def move_group(self, group: SendGroup, to: Occurrence) -> None:
        if self.groups[group.id] == group:
            self.groups[group.id] = replace(group, next_slot=to.slot, next_at=to.at, cursor=0)

    def _plan(self, group: SendGroup, wave: Wave, place_id: int) -> None:
        key = (group.schedule.id, place_id, wave.occurrence.key)
        taken = {(row.claimed.schedule_id, row.claimed.place_id, row.slot) for row in self.all()}
        if key not in taken:
            self.put(
                place=place_id,
                due_at=wave.occurrence.at,
                expires_at=wave.expires_at,
                schedule_id=group.schedule.id,
                slot=wave.occurrence.key,
                reason=wave.skip,
            )

    # the courier's side

    async def claim(
        self,
        platforms: Sequence[str],
        owner: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
    ) -> tuple[Claimed, ...]:
        for row in self.all():
            if row.state is DeliveryState.LEASED and row.act_at <= now:
                self._set(row, state=DeliveryState.DUE)
        due = [row for row in self.all() if self._may_go(row, platforms, now)]
        due.sort(key=lambda row: (row.claimed.due_at, row.claimed.id))
        return tuple(
            self._lease(row, owner, lease_until, DeliveryState.LEASED) for row in due[:limit]
        )

    async def begin(self, ready: Sequence[Ready], owner: str, now: datetime) -> frozenset[int]:
        ours = set()
        for one in ready:
            row = self.rows[one.id]
            if row.state is DeliveryState.LEASED and row.owner == owner and row.act_at > now:
                self._set(row, state=DeliveryState.SENDING, began_at=now)
                ours.add(one.id)
        return frozenset(ours)

    async def record(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        for outcome in outcomes:
            row = self.rows[outcome.id]
            if row.state is not DeliveryState.SENT:
                self._record(row, outcome)

    async def uncertain(
        self,
        platforms: Sequence[str],
        owner: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
    ) -> tuple[tuple[Claimed, datetime], ...]:
        for row in self.all():
            if row.state is DeliveryState.SENDING and row.act_at <= now:
                assert row.began_at
                act_at = row.began_at + LOOK_AFTER
                self._set(row, state=DeliveryState.UNKNOWN, act_at=act_at)
        unknown = [
            row for row in self.all() if row.state is DeliveryState.UNKNOWN and row.act_at <= now
        ]
        return tuple(
            (self._lease(row, owner, lease_until, DeliveryState.UNKNOWN), row.began_at)
            for row in unknown[:limit]
            if row.began_at
        )

    # for tests

    def put(
        self,
        *,
        place: int = 1,
        due_at: datetime = NOON,
        expires_at: datetime | None = None,
        kind: DeliveryKind = DeliveryKind.REFLECTION,
        schedule_id: int | None = None,
        slot: str = "",
        reason: Reason | None = None,
        community: CommunityRef | None = TEAM,
    ) -> int:
        """Write a delivery as it is after planning."""
        number = len(self.rows) + 1
        claimed = Claimed(
            id=number,
            programme_id=1,
            kind=kind,
            place_id=place,
            place=place_ref(place),
            community=community,
            membership_id=None,
            schedule_id=schedule_id,
            due_at=due_at,
            expires_at=expires_at,
            attempt=0,
            prompt_id=None,
            notice=None,
            about=None,
        )
        state = DeliveryState.DUE if reason is None else DeliveryState.SKIPPED
        self.rows[number] = Row(claimed, slot, state, due_at, reason=reason)
        return number

    def all(self) -> list[Row]:
        return list(self.rows.values())

    def state(self, number: int) -> DeliveryState:
        return self.rows[number].state

    def states(self) -> list[DeliveryState]:
        return [row.state for row in self.all()]

    def copy(self) -> dict[str, object]:
        return {name: value.copy() for name, value in vars(self).items() if hasattr(value, "copy")}

    def restore(self, copied: Mapping[str, object]) -> None:
        vars(self).update(copied)

    def _may_go(self, row: Row, platforms: Sequence[str], now: datetime) -> bool:
        claimed = row.claimed
        waits = [row.act_at, self.place_waits.get(claimed.place_id, now)]
        if claimed.community:
            waits.append(self.community_waits.get(claimed.community, now))
        is_due = row.state is DeliveryState.DUE and max(waits) <= now
        return is_due and claimed.place.platform in platforms

    def _lease(self, row: Row, owner: str, until: datetime, state: DeliveryState) -> Claimed:
        claimed = replace(row.claimed, attempt=row.claimed.attempt + 1)
        self.rows[claimed.id] = replace(
            row, claimed=claimed, state=state, owner=owner, act_at=until
        )
        return claimed

    def _record(self, row: Row, outcome: Outcome) -> None:
        match outcome:
            case WasSent(message=message):
                self._set(row, state=DeliveryState.SENT, message=message)
            case WasSkipped(reason=reason):
                self._set(row, state=DeliveryState.SKIPPED, reason=reason)
            case WasRefused(reason=reason):
                self._set(row, state=DeliveryState.FAILED, reason=reason)
            case IsUncertain(look_at=look_at):
                self._set(row, state=DeliveryState.UNKNOWN, act_at=look_at)
            case MustWait(until=until):
                self._set(row, state=DeliveryState.DUE, act_at=until)
                if outcome.whole_place:
                    self.place_waits[row.claimed.place_id] = until
                if outcome.whole_community and row.claimed.community:
                    self.community_waits[row.claimed.community] = until

    def _set(
        self,
        row: Row,
        *,
        state: DeliveryState,
        act_at: datetime | None = None,
        began_at: datetime | None = None,
        reason: Reason | None = None,
        message: MessageRef | None = None,
    ) -> None:
        self.rows[row.claimed.id] = replace(
            row,
            state=state,
            act_at=act_at or row.act_at,
            began_at=began_at or row.began_at,
            reason=reason or row.reason,
            message=message or row.message,
        )


@dataclass(frozen=True, slots=True)
class LedgerWork:
    """A unit of work with nothing but deliveries."""

    deliveries: Ledger


class LedgerStorage:
    """One transaction at a time; undone if it raises."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def work(self) -> AsyncIterator[UnitOfWork]:
        async with self._lock:
            before = self.ledger.copy()
            try:
                await asyncio.sleep(0)
                yield cast(UnitOfWork, LedgerWork(self.ledger))
            except BaseException:
                self.ledger.restore(before)
                raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        await asyncio.sleep(0)
        yield cast(UnitOfWork, LedgerWork(self.ledger))


class FakeComposer:
    """Says the delivery's number; fails for those in `broken`, skips those in `settled`."""

    def __init__(self) -> None:
        self.broken: set[int] = set()
        self.settled: set[int] = set()

    async def prepare(
        self, work: UnitOfWork, claimed: Sequence[Claimed], now: datetime
    ) -> tuple[Prepared | WasSkipped, ...]:
        if self.broken & {each.id for each in claimed}:
            message = "secret words"
            raise ArithmeticError(message)
        return tuple(
            WasSkipped(each.id, Reason.SETTLED)
            if each.id in self.settled
            else Prepared(each, each.id * 10, Message((Text(f"number {each.id}"),)))
            for each in claimed
        )


Reaction = Callable[[int], Awaitable[None]]


class FakeChat:
    """A platform that keeps what it is sent; reactions by delivery run before or after keeping."""

    platform = "fake"

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []
        self.before: dict[int, Reaction] = {}
        self.after: dict[int, Reaction] = {}
        self.on_find: dict[int, Reaction] = {}
        self.looks: list[tuple[int, datetime]] = []
        self.most_at_once = 0
        self._at_once = 0

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        assert message.plain() == f"number {delivery_id}"
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0)
            await self._react(self.before, delivery_id)
            self.sent.append((place.native_id, delivery_id))
            await self._react(self.after, delivery_id)
        finally:
            self._at_once -= 1
        return MessageRef(place, f"M{delivery_id}")

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        self.looks.append((delivery_id, since))
        await self._react(self.on_find, delivery_id)
        found = (place.native_id, delivery_id) in self.sent
        return MessageRef(place, f"M{delivery_id}") if found else None

    async def answer(
        self, actor: AccountRef, place: PlaceRef, ticket: str | None, message: Message
    ) -> None:
        raise NotImplementedError

    async def open_direct(self, actor: AccountRef, community: CommunityRef | None) -> PlaceRef:
        raise NotImplementedError

    def numbers(self) -> list[int]:
        return [number for _, number in self.sent]

    async def _react(self, reactions: dict[int, Reaction], delivery_id: int) -> None:
        if delivery_id in reactions:
            await reactions[delivery_id](delivery_id)


def place_ref(number: int) -> PlaceRef:
    return PlaceRef("fake", f"D{number}", PlaceKind.DIRECT, TEAM.native_id)


def raising(error: BaseException) -> Reaction:
    """A reaction that raises the same every time."""

    async def react(_: int) -> None:
        raise error

    return react


async def hanging(_: int) -> None:
    """A reaction that never comes to an end."""
    await asyncio.Event().wait()
