"""After an outage each recipient gets the latest question that is still in time, and no other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.delivery import DeliveryState, Reason
from bot.domain.membership import MemberSettings
from bot.domain.reading import QuietHours, Weekdays
from bot.domain.recurrence import Recurrence, next_occurrence
from bot.domain.schedule import DEFAULT_GRACE
from bot.ports.deliveries import Outcome, WasRefused, WasSkipped
from bot.ports.storage import Storage, UnitOfWork
from scheduler.courier import Courier
from scheduler.planner import Planner
from tests.cast import NOW, TOWN, occurrence
from tests.contract.ledger import Ledger
from tests.fakes.calendar import FakeCalendar
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.composer import FakeComposer
from tests.fakes.storage import InMemoryStorage
from tests.unit.domain.slow_time import ZONES, cron_fits, watch

START = datetime(2026, 10, 24, 6, tzinfo=UTC)
"""A day before the clocks go back in Europe."""

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
HALF_A_MINUTE = timedelta(seconds=30)
"""After this nothing is in time by a hair."""

LINES = ("0 9 * * *", "30 9 * * *", "15 * * * *", "0 */3 * * *", "45 8-17 * * 1-5", "30 2 * * *")


@dataclass(frozen=True)
class Standing:
    """One recipient of one schedule: a channel's, or a member's own question."""

    place: str
    line: str
    zone: str
    grace: timedelta = DEFAULT_GRACE


@dataclass(frozen=True)
class Interrupted:
    """A storage before whose transactions something else happens."""

    storage: Storage
    happens: Callable[[], Awaitable[object]]

    @asynccontextmanager
    async def work(self) -> AsyncIterator[UnitOfWork]:
        await self.happens()
        async with self.storage.work() as work:
            yield work

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.storage.reading()


class Outage:
    """Schedules that stand still while the program is down, and what comes of them after it."""

    def __init__(self, storage: Storage) -> None:
        self.clock = FakeClock(START)
        self.ledger = Ledger(storage)
        self.chat = FakeChat(self.clock, TOWN.platform)
        self.planner = Planner(storage, self.clock, FakeCalendar())
        self.courier = Courier(storage, self.clock, self.chat, FakeComposer(), "me")

    async def begin(self, standing: Sequence[Standing]) -> None:
        await self.ledger.found()
        for each in standing:
            if each.place.startswith("dm-"):
                await self._member(each)
            else:
                await self.begin_nudge(each)

    async def begin_nudge(self, each: Standing) -> None:
        place_id = await self.ledger.place(each.place)
        rule = Recurrence.from_text(f"cron:{each.line}")
        async with self.ledger.storage.work() as work:
            await work.schedules.add_nudge(
                programme_id=self.ledger.programme_id,
                place_id=place_id,
                zone=each.zone,
                recurrence=rule,
                words=each.line,
                holidays=None,
                grace=each.grace,
                first=next_occurrence(rule, ZoneInfo(each.zone), START),
            )

    async def _member(self, each: Standing) -> None:
        minute, hour, *_ = each.line.split()
        settings = settings_at(each.zone, int(hour) * 60 + int(minute))
        rule = Recurrence.from_text(f"cron:{each.line}")
        first = next_occurrence(rule, ZoneInfo(each.zone), START)
        async with self.ledger.storage.work() as work:
            schedule = await work.schedules.reflections(self.ledger.programme_id)
            await work.schedules.ensure_group(schedule.id, each.zone, settings.minute, first)
        await self.ledger.member(each.place.removeprefix("dm-"), settings)

    async def end(self, length: timedelta) -> None:
        """The program starts again."""
        self.clock.at = START + length
        await self.planner.run()
        await self.courier.run()

    async def end_in_a_race(self, length: timedelta) -> None:
        """The program starts again, and sends whatever it can between two steps of planning."""
        self.clock.at = START + length
        interrupted = Interrupted(self.ledger.storage, self.courier.run)
        await Planner(interrupted, self.clock, FakeCalendar()).run()
        self.clock.advance(seconds=1)
        await self.courier.run()

    async def came(self) -> list[tuple[str, str]]:
        """Place and slot of everything that was sent."""
        slots = {row.id: row.slot for row in await self.ledger.written()}
        return sorted(
            (sent.ref.place.native_id, slots[sent.delivery_id]) for sent in self.chat.sent
        )

    async def rest(self) -> list[tuple[DeliveryState, Reason | None, str]]:
        """What was not sent."""
        rows = await self.ledger.written()
        return sorted(
            (row.state, row.reason, row.slot) for row in rows if row.state is not DeliveryState.SENT
        )


def settings_at(zone: str, minute: int) -> MemberSettings:
    return MemberSettings(zone=zone, minute=minute, days=Weekdays.all(), quiet=QuietHours())


def due_in_outage(each: Standing, length: timedelta) -> list[tuple[datetime, datetime]]:
    """Every slot with its instant, by the clock on the wall."""
    return watch(ZoneInfo(each.zone), START, START + length, cron_fits(each.line))


def still_in_time(
    standing: Sequence[Standing], length: timedelta
) -> tuple[list[tuple[str, str]], list[str]]:
    """What each place gets, and the slots of all else."""
    now = START + length
    fresh: dict[str, list[tuple[datetime, datetime]]] = {}
    slots = []
    for each in standing:
        due = due_in_outage(each, length)
        slots += [slot.isoformat(timespec="minutes") for slot, _ in due]
        if due and now - due[-1][1] <= each.grace:
            fresh.setdefault(each.place, []).append(due[-1])
    came = []
    for place, questions in fresh.items():
        latest = max(at for _, at in questions)
        came += [
            (place, slot.isoformat(timespec="minutes")) for slot, at in questions if at == latest
        ]
    for _, slot in came:
        slots.remove(slot)
    return sorted(came), sorted(slots)


channels = st.builds(
    Standing,
    st.sampled_from(["#a", "#b", "#c"]),
    st.sampled_from(LINES),
    st.sampled_from(["Europe/Berlin", "Antarctica/Troll"]) | st.sampled_from(ZONES),
    st.integers(1, 30).map(lambda hours: hours * HOUR),
)
members = st.builds(
    Standing,
    st.just("dm"),
    st.builds("{} {} * * *".format, st.integers(0, 59), st.integers(0, 23)),
    st.sampled_from(ZONES),
)
some = st.tuples(
    st.lists(channels, max_size=4),
    st.lists(members, max_size=3).map(
        lambda each: [
            Standing(f"dm-m{number}", one.line, one.zone) for number, one in enumerate(each)
        ]
    ),
).map(lambda both: [*both[0], *both[1]])
lengths = (
    st.integers(1, 24 * 60)
    .flatmap(lambda minutes: st.sampled_from([minutes, 7 * minutes]))
    .map(lambda minutes: timedelta(minutes=minutes))
)


@settings(max_examples=30)
@given(some, lengths)
async def test_each_recipient_gets_the_latest_in_time_and_the_rest_is_on_record(
    standing: list[Standing], length: timedelta
) -> None:
    outage = Outage(InMemoryStorage())
    await outage.begin(standing)

    await outage.end(length)

    came, others = still_in_time(standing, length)
    assert await outage.came() == came
    assert [slot for _, _, slot in await outage.rest()] == others
    assert {(state, reason) for state, reason, _ in await outage.rest()} <= {
        (DeliveryState.SKIPPED, Reason.LATE)
    }


@settings(max_examples=30)
@given(some, lengths)
@example(
    [Standing("#a", "0 9 * * *", "UTC"), Standing("#a", "30 9 * * *", "UTC")],
    timedelta(hours=5),
)
async def test_what_is_planned_first_does_not_come_first(
    standing: list[Standing], length: timedelta
) -> None:
    outage = Outage(InMemoryStorage())
    await outage.begin(standing)
    length += HALF_A_MINUTE

    await outage.end_in_a_race(length)

    came, others = still_in_time(standing, length)
    assert await outage.came() == came
    assert [slot for _, _, slot in await outage.rest()] == others


async def test_a_member_asked_by_two_schedules_gets_the_later_one_whoever_plans_first(
    storage: Storage,
) -> None:
    outage = Outage(storage)
    await outage.begin([Standing("dm-m", "0 9 * * *", "UTC"), Standing("#a", "30 9 * * *", "UTC")])
    await outage.begin_nudge(Standing("dm-m", "30 8 * * *", "UTC"))
    await outage.begin_nudge(Standing("#a", "0 9 * * *", "UTC"))

    await outage.end_in_a_race(timedelta(hours=4, minutes=10))

    assert await outage.came() == [("#a", "2026-10-24T09:30"), ("dm-m", "2026-10-24T09:00")]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("ends", [Outage.end, Outage.end_in_a_race])
async def test_the_same_on_every_storage(
    storage: Storage, seed: int, ends: Callable[[Outage, timedelta], Awaitable[None]]
) -> None:
    chance = Random(seed)
    standing = [
        Standing(
            chance.choice(["#a", "#b", "#c"]),
            chance.choice(LINES),
            chance.choice(ZONES),
            chance.randrange(1, 30) * HOUR,
        )
        for _ in range(6)
    ]
    standing += [
        Standing(f"dm-m{number}", f"0 {chance.randrange(24)} * * *", chance.choice(ZONES))
        for number in range(4)
    ]
    length = timedelta(minutes=chance.randrange(3 * 1440)) + HALF_A_MINUTE
    outage = Outage(storage)
    await outage.begin(standing)

    await ends(outage, length)

    came, others = still_in_time(standing, length)
    assert await outage.came() == came
    assert [slot for _, _, slot in await outage.rest()] == others


@settings(max_examples=4)
@given(st.sampled_from(LINES), st.integers(20, 700), st.integers(0, 1439))
async def test_after_months_only_what_is_in_time_is_sent(
    line: str, days: int, minutes: int
) -> None:
    length = timedelta(days=days, minutes=minutes)
    standing = Standing("#a", line, "Europe/Berlin")
    outage = Outage(InMemoryStorage())
    await outage.begin([standing])

    await outage.end(length)

    now = START + length
    reached = watch(ZoneInfo(standing.zone), now - DEFAULT_GRACE - HOUR / 60, now, cron_fits(line))
    in_time = [slot for slot, at in reached if now - at <= DEFAULT_GRACE]
    expected = [("#a", slot.isoformat(timespec="minutes")) for slot in in_time[-1:]]
    assert await outage.came() == expected
    following = watch(ZoneInfo(standing.zone), now, now + timedelta(days=3), cron_fits(line))
    [group] = outage.ledger.storage.unit.schedules.groups.values()  # type: ignore[attr-defined]
    assert group.next_slot == following[0][0], "it goes on"


async def test_questions_asked_for_come_although_later_ones_wait(storage: Storage) -> None:
    outage = Outage(storage)
    await outage.begin([Standing("#a", "0 9 * * *", "UTC")])
    place_id = await outage.ledger.place("#a")
    await outage.ledger.add(place_id, "asked:1", due_at=START)

    await outage.end(timedelta(hours=3, minutes=30))

    assert await outage.came() == [("#a", "2026-10-24T09:00"), ("#a", "asked:1")]


NINE, TEN = "2026-10-24T09:00", "2026-10-24T10:00"


@pytest.mark.parametrize(
    ("slot", "outcome", "found"),
    [
        (TEN, None, True),
        (TEN, WasSkipped(2, Reason.SETTLED), None),
        (TEN, WasRefused(2, Reason.REFUSED), None),
        ("asked:1", None, None),
    ],
)
async def test_only_a_schedules_question_that_comes_overtakes_another(
    storage: Storage, slot: str, outcome: Outcome | None, found: bool | None
) -> None:
    ledger = Ledger(storage)
    await ledger.found()
    place_id = await ledger.place("#a")
    older = await ledger.add(place_id, NINE, due_at=NOW - HOUR)
    assert await ledger.add(place_id, slot) == 2
    if outcome is not None:
        await ledger.claim()
        await ledger.record(outcome)

    async with storage.reading() as work:
        overtaken = await work.deliveries.overtaken([older], NOW)
    assert overtaken.get(older) is found


async def test_a_paused_schedule_holds_nothing_back(storage: Storage) -> None:
    ledger = Ledger(storage)
    await ledger.found()
    place_id = await ledger.place("#a")
    older = await ledger.add(place_id, NINE, due_at=NOW - HOUR)
    nudge = await ledger.nudge(place_id)
    async with storage.reading() as work:
        assert await work.deliveries.overtaken([older], NOW) == {older: False}
        assert await work.deliveries.overtaken([older], NOW - SECOND) == {}

    async with storage.work() as work:
        await work.schedules.set_paused(nudge.id, paused=True, following=occurrence(NOW))

    async with storage.reading() as work:
        assert await work.deliveries.overtaken([older], NOW) == {}
