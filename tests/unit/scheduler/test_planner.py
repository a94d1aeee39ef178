"""What is due is written down once, in slices, whatever else goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain.delivery import DeliveryState, Reason
from bot.domain.membership import Cadence, MemberSettings, Membership
from bot.domain.reading import QuietHours, Weekdays
from bot.domain.recurrence import Recurrence
from bot.domain.schedule import Schedule, ScheduleKind, SendGroup
from scheduler import planner as planner_module
from scheduler.planner import PARKED_FOR, Planner
from tests.cast import channel, direct, found_town, person
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import FakeClock
from tests.fakes.deliveries import Row
from tests.fakes.schedules import Group
from tests.fakes.storage import InMemoryStorage, InMemoryUnitOfWork

BERLIN = "Europe/Berlin"
DAY = timedelta(days=1)
GRACE = timedelta(hours=4)
MORNING = datetime(2026, 3, 4, 9, 0)
"""Wall time of a Wednesday; 08:00 UTC in Berlin."""
MORNING_UTC = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
EVERY_DAY = MemberSettings(zone=BERLIN, days=Weekdays.all(), quiet=QuietHours())


def reflections(number: int = 1, **changes: object) -> SendGroup:
    group = SendGroup(
        id=number,
        schedule=Schedule(id=number, programme_id=1, kind=ScheduleKind.REFLECTION, grace=GRACE),
        zone=BERLIN,
        minute=9 * 60,
        next_slot=MORNING,
        next_at=MORNING_UTC,
    )
    return replace(group, **changes)  # type: ignore[arg-type]


def nudge(rule: str = "cron:0 9 * * *", holidays: str | None = None) -> SendGroup:
    schedule = Schedule(
        id=7,
        programme_id=1,
        kind=ScheduleKind.NUDGE,
        place_id=1,
        zone=BERLIN,
        recurrence=Recurrence(rule),
        holidays=holidays,
        grace=GRACE,
    )
    return replace(reflections(7), schedule=schedule, minute=None)


class StrictCalendar(FakeCalendar):
    """Fails for a country that it does not know."""

    def is_holiday(self, country: str, day: date) -> bool:
        if not self.knows(country):
            raise LookupError(country)
        return super().is_holiday(country, day)


class World:
    """A town with send groups as they stand, and a planner with everything around it."""

    def __init__(self, *holidays: date) -> None:
        self.clock = FakeClock(MORNING_UTC)
        self.storage = InMemoryStorage()
        self.planner = Planner(self.storage, self.clock, StrictCalendar(*holidays))

    @classmethod
    async def begin(
        cls, *groups: SendGroup, members: int = 1, holidays: tuple[date, ...] = ()
    ) -> "World":
        """A world with these groups; all but a nudge have so many members, asked every day."""
        world = cls(*holidays)
        async with world.storage.work() as work:
            await found_town(work)
            await work.places.ensure(channel("general"))
        for group in groups:
            await world.stand(group)
            for _ in range(members if group.schedule.kind is ScheduleKind.REFLECTION else 0):
                await world.join(group.id)
        return world

    async def stand(self, group: SendGroup) -> None:
        """Let a group stand exactly so, whether or not it can be worked out."""
        async with self.storage.work() as work:
            work.schedules.rows[group.schedule.id] = group.schedule
            work.schedules.groups[group.id] = Group(
                id=group.id,
                schedule_id=group.schedule.id,
                zone=group.zone,
                minute=group.minute,
                next_slot=group.next_slot,
                next_at=group.next_at,
                cursor=group.cursor,
            )

    async def join(self, group_id: int, settings: MemberSettings = EVERY_DAY) -> Membership:
        """One more member of a group."""
        async with self.storage.work() as work:
            name = f"member {work.accounts.rows.last + 1}"
            account = await work.accounts.seen(person(name))
            member = await work.memberships.ensure(account.id, 1)
            place_id = await work.places.ensure(direct(name), account.id)
            member = replace(member, joined_at=MORNING_UTC, direct_place_id=place_id)
            await work.memberships.save(member)
            await work.memberships.set_settings(member.id, settings, group_id)
            return member

    @property
    def groups(self) -> dict[int, Group]:
        return self.storage.unit.schedules.groups

    def next_at(self, group_id: int) -> datetime:
        next_at = self.groups[group_id].next_at
        assert next_at is not None
        return next_at

    def rows(self) -> list[Row]:
        return list(self.storage.unit.deliveries.rows.values())

    def slots(
        self, state: DeliveryState = DeliveryState.DUE, member: Membership | None = None
    ) -> list[str]:
        rows = [row for row in self.rows() if member is None or row.new.membership_id == member.id]
        return sorted(row.new.slot for row in rows if row.state is state)


async def test_a_wave_is_written_once_with_its_times() -> None:
    world = await World.begin(reflections())
    assert await world.planner.run() == 1
    assert await world.planner.run() == 0
    [row] = world.rows()
    assert (row.new.slot, row.new.due_at) == ("2026-03-04T09:00", MORNING_UTC)
    assert row.new.expires_at == MORNING_UTC + GRACE
    assert (row.state, row.reason, row.new.day) == (DeliveryState.DUE, None, MORNING.date())
    assert world.next_at(1) == MORNING_UTC + DAY


async def test_nothing_is_written_before_its_time() -> None:
    world = await World.begin(reflections())
    world.clock.advance(timedelta(microseconds=-1))
    assert await world.planner.run() == 0
    assert world.rows() == []


async def test_a_large_wave_is_written_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "SLICE", 10)
    world = await World.begin(reflections(), members=95)
    assert await world.planner.run() == 1
    assert len(world.rows()) == 95


async def test_a_wave_that_was_cut_short_goes_on_at_its_cursor() -> None:
    world = await World.begin(reflections(cursor=60), members=95)
    assert await world.planner.run() == 1
    assert [row.new.membership_id for row in world.rows()] == list(range(61, 96))


async def test_many_groups_share_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "SLICE", 10)
    world = await World.begin(*[reflections(number) for number in range(1, 9)], members=3)
    units = 0
    work = world.storage.work

    def counted() -> AbstractAsyncContextManager[InMemoryUnitOfWork]:
        nonlocal units
        units += 1
        return work()

    monkeypatch.setattr(world.storage, "work", counted)
    assert await world.planner.run() == 8
    assert len(world.rows()) == 24
    # three groups of three fit into a slice of ten
    assert units == 3


async def test_slices_are_small_while_they_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "SLICE", 40)
    monkeypatch.setattr(planner_module, "LEAST", 4)
    world = await World.begin(reflections(), members=70)
    cuts = []
    lengths = iter([0.3, 0.3, *[0.0] * 20])
    work = world.storage.work

    @asynccontextmanager
    async def timed() -> AsyncIterator[InMemoryUnitOfWork]:
        async with work() as unit:
            yield unit
        cuts.append(world.groups[1].cursor)
        world.clock.advance(seconds=next(lengths))

    monkeypatch.setattr(world.storage, "work", timed)
    await world.planner.run()
    assert cuts == [40, 60, 0]
    assert len(world.rows()) == 70

    await world.stand(reflections(cursor=30))
    cuts.clear()
    await world.planner.run()
    assert cuts == [44, 62, 0], "a little larger after each that was quick"


async def test_two_planners_at_once_write_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "SLICE", 7)
    world = await World.begin(reflections(1), reflections(2), members=50)
    other = Planner(world.storage, world.clock, FakeCalendar())
    await asyncio.gather(world.planner.run(), other.run())
    assert len(world.rows()) == 100
    assert {group.next_at for group in world.groups.values()} == {MORNING_UTC + DAY}


async def test_members_are_asked_on_their_own_days() -> None:
    world = await World.begin(reflections(), members=0)
    for day in range(7):
        await world.join(1, replace(EVERY_DAY, days=Weekdays.of([day])))
    await world.planner.run()
    assert [row.new.membership_id for row in world.rows()] == [3], "the one who has Wednesdays"


async def test_weeks_are_counted_from_a_monday() -> None:
    world = await World.begin(reflections(), members=0)
    biweekly = replace(EVERY_DAY, cadence=Cadence.FORTNIGHTLY)
    on_sundays = await world.join(1, replace(biweekly, days=Weekdays.of([6])))
    on_mondays = await world.join(1, replace(biweekly, days=Weekdays.of([0])))
    for _ in range(21):
        await world.planner.run()
        world.clock.at = world.next_at(1)
    assert world.slots(member=on_sundays) == ["2026-03-08T09:00", "2026-03-22T09:00"]
    assert world.slots(member=on_mondays) == ["2026-03-16T09:00"]


async def test_within_its_grace_a_late_wave_is_sent() -> None:
    world = await World.begin(reflections())
    world.clock.advance(GRACE)
    await world.planner.run()
    assert world.slots() == ["2026-03-04T09:00"]
    assert [row.new.expires_at for row in world.rows()] == [MORNING_UTC + GRACE]


async def test_after_its_grace_a_wave_is_recorded_as_late() -> None:
    world = await World.begin(reflections())
    world.clock.advance(GRACE + timedelta(seconds=1))
    assert await world.planner.run() == 1
    [row] = world.rows()
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, Reason.LATE)


async def test_of_missed_days_only_the_last_one_in_time_is_sent() -> None:
    world = await World.begin(reflections())
    world.clock.advance(timedelta(days=3, hours=1))
    assert await world.planner.run() == 4
    assert world.slots() == ["2026-03-07T09:00"]
    assert len(world.slots(DeliveryState.SKIPPED)) == 3


async def test_of_several_within_the_grace_only_the_latest_is_sent() -> None:
    world = await World.begin(nudge("cron:0 * * * *"))
    world.clock.advance(timedelta(hours=2, minutes=30))
    await world.planner.run()
    assert world.slots() == ["2026-03-04T11:00"]
    assert world.slots(DeliveryState.SKIPPED) == ["2026-03-04T09:00", "2026-03-04T10:00"]


async def test_years_of_sleep_are_not_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "MISSED_SLICES", 20)
    world = await World.begin(nudge("cron:0 * * * *"), reflections())
    world.clock.advance(timedelta(days=3 * 365, hours=1))
    await world.planner.run()
    assert len(world.slots(DeliveryState.SKIPPED)) == 2 * 20
    assert len(world.slots()) == 2
    assert all(world.next_at(number) > world.clock.now() for number in world.groups)


async def test_holidays_are_passed_over() -> None:
    world = await World.begin(nudge(holidays="DE"), holidays=(date(2026, 3, 5), date(2026, 3, 6)))
    await world.planner.run()
    assert world.groups[7].next_slot == datetime(2026, 3, 7, 9, 0)


async def test_a_group_that_stands_on_a_holiday_moves_on_with_nothing_written() -> None:
    world = await World.begin(nudge(holidays="DE"), holidays=(MORNING.date(),))
    assert await world.planner.run() == 0
    assert world.rows() == []
    assert world.groups[7].next_slot == datetime(2026, 3, 5, 9, 0)


async def test_holidays_of_nowhere_are_not_asked_for() -> None:
    world = await World.begin(nudge(), holidays=(MORNING.date(),))
    assert await world.planner.run() == 1


@pytest.mark.parametrize(
    "broken",
    [
        reflections(1, zone="Mars/Olympus"),
        reflections(1, zone="../etc"),
        reflections(1, minute=5000),
        reflections(1, minute=None),
        replace(nudge(holidays="ZZ"), id=1),
        replace(nudge(holidays="DE"), id=1),
        replace(nudge("cron:0 9 30 2 *"), id=1),
    ],
    ids=["zone", "path", "minute", "no rule", "calendar", "only holidays", "never"],
)
async def test_a_group_that_cannot_be_worked_out_waits_and_the_others_go_on(
    broken: SendGroup,
) -> None:
    days_off = [MORNING.date() + timedelta(days=day) for day in range(2000)]
    world = await World.begin(broken, reflections(2), holidays=tuple(days_off))
    with capture_logs() as logs:
        assert await world.planner.run() == 1
    assert world.slots() == ["2026-03-04T09:00"]
    assert world.next_at(1) == MORNING_UTC + PARKED_FOR
    assert [(entry["event"], entry["group"]) for entry in logs] == [("group_parked", 1)]


async def test_a_parked_group_goes_on_once_it_is_mended() -> None:
    world = await World.begin(reflections(zone="Mars/Olympus"))
    await world.planner.run()
    world.groups[1].zone = BERLIN
    world.clock.advance(PARKED_FOR)
    await world.planner.run()
    assert world.slots() == ["2026-03-05T09:00"]
    assert world.slots(DeliveryState.SKIPPED) == ["2026-03-04T09:00"]


async def test_a_group_that_cannot_be_written_does_not_hold_up_the_others() -> None:
    world = await World.begin(replace(nudge(), id=1), reflections(2))
    places = world.storage.unit.places.rows
    missing = places.pop(1)
    with capture_logs() as logs:
        assert await world.planner.run() == 1
    assert [(entry["event"], entry["group"]) for entry in logs] == [("group_not_planned", 1)]
    places[1] = missing
    assert await world.planner.run() == 1
    assert len(world.rows()) == 2


async def test_a_group_whose_zone_changed_its_rules_waits_for_the_new_instant() -> None:
    world = await World.begin(reflections(next_at=MORNING_UTC - timedelta(hours=1)))
    world.clock.advance(timedelta(minutes=-30))
    assert await world.planner.run() == 0
    assert world.next_at(1) == MORNING_UTC


async def test_a_time_in_a_gap_is_planned_once_after_it() -> None:
    in_gap = datetime(2026, 3, 29, 2, 30)
    at = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    world = await World.begin(reflections(minute=150, next_slot=in_gap, next_at=at))
    world.clock.at = at
    await world.planner.run()
    [row] = world.rows()
    assert (row.new.slot, row.new.due_at) == ("2026-03-29T02:30", at)
    assert world.next_at(1) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
