"""What is due is written down once, in slices, whatever else goes wrong."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain.delivery import DeliveryState, Reason
from bot.domain.recurrence import Recurrence
from bot.domain.schedule import Schedule, ScheduleKind, SendGroup
from scheduler import planner as planner_module
from scheduler.planner import MISSED_SLICES, PARKED_FOR, Planner
from tests.unit.scheduler.doubles import FakeCalendar, FakeClock, Ledger, LedgerStorage

BERLIN = "Europe/Berlin"
GRACE = timedelta(hours=4)
MORNING = datetime(2026, 3, 4, 9, 0)
"""Wall time of a Wednesday; 08:00 UTC in Berlin."""
MORNING_UTC = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


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


class World:
    """A planner and everything around it."""

    def __init__(self, *groups: SendGroup, holidays: tuple[date, ...] = ()) -> None:
        self.clock = FakeClock(MORNING_UTC)
        self.storage = LedgerStorage()
        self.ledger.groups = {group.id: group for group in groups}
        self.planner = Planner(self.storage, self.clock, FakeCalendar(*holidays))

    @property
    def ledger(self) -> Ledger:
        return self.storage.ledger

    def slots(self, state: DeliveryState = DeliveryState.DUE) -> list[str]:
        return sorted(row.slot for row in self.ledger.all() if row.state is state)


async def test_a_wave_is_written_once_with_its_times() -> None:
    world = World(reflections())
    assert await world.planner.run() == 1
    assert await world.planner.run() == 0
    [row] = world.ledger.all()
    assert (row.slot, row.claimed.due_at) == ("2026-03-04T09:00", MORNING_UTC)
    assert row.claimed.expires_at == MORNING_UTC + GRACE
    [wave] = world.ledger.waves
    assert (wave.weekday, wave.skip) == (2, None)
    assert world.ledger.groups[1].next_at == MORNING_UTC + timedelta(days=1)


async def test_nothing_is_written_before_its_time() -> None:
    world = World(reflections())
    world.clock.advance(timedelta(microseconds=-1))
    assert await world.planner.run() == 0
    assert world.ledger.all() == []


async def test_a_large_wave_is_written_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "SLICE", 10)
    world = World(reflections())
    world.ledger.members = 95
    assert await world.planner.run() == 1
    assert len(world.ledger.rows) == 95


async def test_a_wave_that_was_cut_short_goes_on_at_its_cursor() -> None:
    world = World(reflections(cursor=60))
    world.ledger.members = 95
    assert await world.planner.run() == 1
    assert [row.claimed.place_id for row in world.ledger.all()] == list(range(61, 96))


async def test_two_planners_at_once_write_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "SLICE", 7)
    world = World(reflections(1), reflections(2))
    world.ledger.members = 50
    other = Planner(world.storage, world.clock, FakeCalendar())
    await asyncio.gather(world.planner.run(), other.run())
    assert len(world.ledger.rows) == 100
    assert len(world.ledger.waves) == 2


async def test_weeks_are_counted_from_a_monday() -> None:
    sunday = replace(nudge(), next_slot=datetime(2026, 3, 8, 9, 0))
    world = World(replace(sunday, next_at=datetime(2026, 3, 8, 8, 0, tzinfo=UTC)))
    for _ in range(2):
        world.clock.time = world.ledger.groups[7].next_at
        await world.planner.run()
    first, second = world.ledger.waves
    assert (first.weekday, second.weekday) == (6, 0)
    assert second.week == first.week + 1


async def test_within_its_grace_a_late_wave_is_sent() -> None:
    world = World(reflections())
    world.clock.advance(GRACE)
    await world.planner.run()
    assert world.slots() == ["2026-03-04T09:00"]


async def test_after_its_grace_a_wave_is_recorded_as_late() -> None:
    world = World(reflections())
    world.clock.advance(GRACE + timedelta(seconds=1))
    assert await world.planner.run() == 1
    [row] = world.ledger.all()
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, Reason.LATE)


async def test_of_missed_days_only_the_last_one_in_time_is_sent() -> None:
    world = World(reflections())
    world.clock.advance(timedelta(days=3, hours=1))
    assert await world.planner.run() == 4
    assert world.slots() == ["2026-03-07T09:00"]
    assert len(world.slots(DeliveryState.SKIPPED)) == 3


async def test_of_several_within_the_grace_only_the_latest_is_sent() -> None:
    world = World(nudge("cron:0 * * * *"))
    world.clock.advance(timedelta(hours=2, minutes=30))
    await world.planner.run()
    assert world.slots() == ["2026-03-04T11:00"]
    assert world.slots(DeliveryState.SKIPPED) == ["2026-03-04T09:00", "2026-03-04T10:00"]


async def test_years_of_sleep_are_not_made_up_for() -> None:
    world = World(nudge("cron:0 * * * *"), reflections())
    world.clock.advance(timedelta(days=3 * 365, hours=1))
    await world.planner.run()
    assert len(world.slots(DeliveryState.SKIPPED)) == 2 * MISSED_SLICES
    assert len(world.slots()) == 2
    assert all(group.next_at > world.clock.now() for group in world.ledger.groups.values())


async def test_holidays_are_passed_over() -> None:
    world = World(nudge(holidays="XY"), holidays=(date(2026, 3, 5), date(2026, 3, 6)))
    await world.planner.run()
    assert world.ledger.groups[7].next_slot == datetime(2026, 3, 7, 9, 0)


async def test_a_group_that_stands_on_a_holiday_moves_on_with_nothing_written() -> None:
    world = World(nudge(holidays="XY"), holidays=(MORNING.date(),))
    assert await world.planner.run() == 0
    assert world.ledger.all() == []
    assert world.ledger.groups[7].next_slot == datetime(2026, 3, 5, 9, 0)


async def test_holidays_of_nowhere_are_not_asked_for() -> None:
    world = World(nudge(), holidays=(MORNING.date(),))
    assert await world.planner.run() == 1


@pytest.mark.parametrize(
    "broken",
    [
        reflections(1, zone="Mars/Olympus"),
        reflections(1, zone="../etc"),
        reflections(1, minute=5000),
        reflections(1, minute=None),
        replace(nudge(holidays="ZZ"), id=1),
        replace(nudge(holidays="XY"), id=1),
        replace(nudge("cron:0 9 30 2 *"), id=1),
    ],
    ids=["zone", "path", "minute", "no rule", "calendar", "only holidays", "never"],
)
async def test_a_group_that_cannot_be_worked_out_waits_and_the_others_go_on(
    broken: SendGroup,
) -> None:
    days_off = [MORNING.date() + timedelta(days=day) for day in range(2000)]
    world = World(broken, reflections(2), holidays=tuple(days_off))
    with capture_logs() as logs:
        assert await world.planner.run() == 1
    assert world.slots() == ["2026-03-04T09:00"]
    assert world.ledger.groups[1].next_at == MORNING_UTC + PARKED_FOR
    assert [(entry["event"], entry["group"]) for entry in logs] == [("group_parked", 1)]


async def test_a_parked_group_goes_on_once_it_is_mended() -> None:
    world = World(reflections(zone="Mars/Olympus"))
    await world.planner.run()
    world.ledger.groups[1] = replace(world.ledger.groups[1], zone=BERLIN)
    world.clock.advance(PARKED_FOR)
    await world.planner.run()
    assert world.slots() == ["2026-03-05T09:00"]
    assert world.slots(DeliveryState.SKIPPED) == ["2026-03-04T09:00"]


async def test_a_group_that_cannot_be_written_does_not_hold_up_the_others() -> None:
    world = World(reflections(1), reflections(2))
    world.ledger.broken_groups = {1}
    assert await world.planner.run() == 1
    world.ledger.broken_groups = set()
    assert await world.planner.run() == 1
    assert len(world.ledger.rows) == 2


async def test_a_group_whose_zone_changed_its_rules_waits_for_the_new_instant() -> None:
    world = World(reflections(next_at=MORNING_UTC - timedelta(hours=1)))
    world.clock.advance(timedelta(minutes=-30))
    assert await world.planner.run() == 0
    assert world.ledger.groups[1].next_at == MORNING_UTC


async def test_a_time_in_a_gap_is_planned_once_after_it() -> None:
    in_gap = datetime(2026, 3, 29, 2, 30)
    at = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    world = World(reflections(minute=150, next_slot=in_gap, next_at=at))
    world.clock.time = at
    await world.planner.run()
    [row] = world.ledger.all()
    assert (row.slot, row.claimed.due_at) == ("2026-03-29T02:30", at)
    assert world.ledger.groups[1].next_at == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
