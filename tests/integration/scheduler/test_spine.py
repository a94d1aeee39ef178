"""From schedules to messages on real databases: everybody is asked once, whatever happens."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.storage.unit_of_work import SqlStorage
from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef
from bot.chat.incoming import Person
from bot.domain.delivery import DeliveryKind
from bot.domain.recurrence import Occurrence, Recurrence
from bot.ports.chat import ChatBusyError, ChatUncertainError
from bot.ports.deliveries import LOOK_AFTER, NewDelivery
from bot.services.joining import Wishes, join
from scheduler import planner as planner_module
from scheduler.courier import Courier
from scheduler.planner import Planner
from scheduler.timetable import next_step
from tests.fakes.calendar import FakeCalendar
from tests.fakes.chat import FakeChat, raising
from tests.fakes.clock import FakeClock
from tests.fakes.composer import FakeComposer

JOINED = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
"""09:00 in Berlin, on a Wednesday."""

TEAM = CommunityRef("fake", "T1")
CHANNEL = PlaceRef("fake", "C1", PlaceKind.CHANNEL, "T1")
MEMBERS = 120


class World:
    """A programme with members in Berlin and Tokyo, and a nudge in a channel."""

    def __init__(self, storage: SqlStorage) -> None:
        self.storage = storage
        self.clock = FakeClock(JOINED)
        self.chat = FakeChat(self.clock)

    async def fill(self, members: int = MEMBERS) -> None:
        async with self.storage.work() as work:
            programme = await work.programmes.create("Team", "en")
            await work.programmes.attach(TEAM, "Team", programme.id)
            await work.schedules.add_reflections(programme.id)
            await work.schedules.add_nudge(
                programme_id=programme.id,
                place_id=await work.places.ensure(CHANNEL),
                zone="Europe/Berlin",
                recurrence=Recurrence.from_text("cron:0 9 * * *"),
                words="every day 9:00",
                holidays=None,
                grace=timedelta(hours=4),
                first=Occurrence(datetime(2026, 3, 4, 9, 0), MORNING),
            )
            for number in range(members):
                zone = "Asia/Tokyo" if number % 4 == 0 else "Europe/Berlin"
                person = Person(AccountRef("fake", f"U{number}"), f"Member {number}", zone, None)
                direct = PlaceRef("fake", f"D{number}", PlaceKind.DIRECT, "T1")
                await join(work, person, programme, direct, wishes=Wishes(), now=JOINED)
        await self.courier().run()
        self.chat.sent.clear()

    def courier(self, owner: str = "one") -> Courier:
        return Courier(self.storage, self.clock, self.chat, FakeComposer(), owner, batch=30)

    def planner(self) -> Planner:
        return Planner(self.storage, self.clock, FakeCalendar())

    async def run(self) -> None:
        await self.planner().run()
        await self.courier().run()

    def places(self) -> list[str]:
        return sorted(one.ref.place.native_id for one in self.chat.sent)


def direct(*, tokyo: bool) -> list[str]:
    return sorted(f"D{number}" for number in range(MEMBERS) if (number % 4 == 0) is tokyo)


@pytest.fixture(name="world")
async def _world(storage: SqlStorage, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(planner_module, "SLICE", 25)
    world = World(storage)
    await world.fill()
    return world


async def test_everybody_is_asked_once_at_their_own_hour(world: World) -> None:
    world.clock.at = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
    await world.run()
    assert world.places() == direct(tokyo=True)
    world.chat.sent.clear()
    world.clock.at = MORNING
    for _ in range(3):
        await world.run()
    assert world.places() == ["C1", *direct(tokyo=False)]


async def test_replicas_at_once_ask_nobody_twice(world: World) -> None:
    world.clock.at = MORNING
    await asyncio.gather(*(world.planner().run() for _ in range(3)))
    await asyncio.gather(*(world.courier(f"replica {each}").run() for each in range(3)))
    assert world.places() == sorted(["C1", *direct(tokyo=False)])


async def test_a_wave_that_was_cut_short_is_completed(world: World) -> None:
    world.clock.at = MORNING
    async with world.storage.reading() as work:
        groups = await work.deliveries.due_groups(MORNING, 10)
    [group] = [each for each in groups if each.minute is not None and each.zone != "Asia/Tokyo"]
    step = next_step(group, FakeCalendar(), MORNING)
    assert not isinstance(step, Occurrence)
    async with world.storage.work() as work:
        assert await work.deliveries.plan_slice([group], step, 25) == {group.id: False}
    await world.run()
    assert world.places() == sorted(["C1", *direct(tokyo=False)])


async def test_after_a_long_sleep_only_the_last_day_is_asked(world: World) -> None:
    world.clock.at = MORNING + timedelta(days=5, hours=1)
    await world.run()
    assert world.places() == sorted(["C1", *direct(tokyo=False)])


async def test_a_group_that_cannot_be_worked_out_is_parked(storage: SqlStorage) -> None:
    world = World(storage)
    await world.fill(members=1)
    async with storage.work() as work:
        await work.schedules.add_nudge(
            programme_id=1,
            place_id=1,
            zone="Mars/Olympus",
            recurrence=Recurrence.from_text("cron:0 9 * * *"),
            words="",
            holidays=None,
            grace=timedelta(hours=4),
            first=Occurrence(datetime(2026, 3, 4, 9, 0), MORNING),
        )
    world.clock.at = MORNING
    await world.run()
    assert world.places() == ["C1"]
    async with storage.reading() as work:
        assert await work.deliveries.due_groups(MORNING, 10) == ()
        assert len(await work.deliveries.due_groups(MORNING + timedelta(days=1), 10)) >= 2


async def test_doubtful_and_busy_calls_end_in_one_message_each(world: World) -> None:
    world.clock.at = MORNING
    await world.planner().run()
    async with world.storage.reading() as work:
        place = await work.places.find(PlaceRef("fake", "D1", PlaceKind.DIRECT, "T1"))
        assert place
    answers = [
        (world.chat.before, ChatUncertainError("dropped")),
        (world.chat.after, ChatUncertainError("dropped")),
        (world.chat.before, ChatBusyError(timedelta(seconds=3))),
        (world.chat.after, asyncio.CancelledError()),
        (world.chat.before, asyncio.CancelledError()),
        (world.chat.before, RuntimeError("broken")),
    ]
    for number in range(MEMBERS + 1, 2 * MEMBERS):
        reactions, error = answers[number % len(answers)]
        reactions[number] = raising(error)
    await world.courier().run()
    assert len(world.chat.sent) < MEMBERS
    world.chat.before.clear()
    world.chat.after.clear()
    for _ in range(4):
        world.clock.advance(LOOK_AFTER)
        await world.courier().run()
    assert world.places() == sorted(["C1", *direct(tokyo=False)])


async def test_an_introduction_without_an_answer_waits_for_a_person(storage: SqlStorage) -> None:
    world = World(storage)
    await world.fill(members=1)
    async with storage.work() as work:
        place = await work.places.ensure(PlaceRef("fake", "D0", PlaceKind.DIRECT, "T1"))
        number = await work.deliveries.add(
            NewDelivery(
                programme_id=1,
                place_id=place,
                kind=DeliveryKind.INTRODUCTION,
                slot="pair 1",
                due_at=JOINED,
            )
        )
        assert number
    world.chat.before[number] = raising(ChatUncertainError("dropped"))
    await world.courier().run()
    world.chat.before.clear()
    world.clock.advance(LOOK_AFTER)
    await world.courier().run()
    assert world.chat.sent == []
    async with storage.reading() as work:
        problem = await work.deliveries.last_problem(place, JOINED)
        assert problem is not None
        assert problem.value == "unconfirmed"
