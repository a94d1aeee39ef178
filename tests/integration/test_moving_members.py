"""Who moves while a wave is being written is not asked twice, and nobody waits in a circle."""

import asyncio
from datetime import UTC, datetime, timedelta

from adapters.storage.unit_of_work import SqlStorage
from bot.domain.schedule import REST
from bot.ports.deliveries import Wave
from bot.services import joining
from bot.services.joining import Wishes
from scheduler.timetable import next_step
from tests.contract.travelling import Journey
from tests.fakes.calendar import FakeCalendar

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
BERLIN, LONDON = "Europe/Berlin", "Europe/London"


async def test_a_move_waits_for_the_wave_that_asks_the_member(storage: SqlStorage) -> None:
    journey = Journey(storage, START)
    await journey.join("ana", zone=BERLIN, minute=540)
    number = journey.travellers["ana"].number
    morning = START + timedelta(hours=19)
    journey.clock.at = morning
    async with storage.reading() as work:
        [group] = await work.deliveries.due_groups(morning, 10)
    wave = next_step(group, FakeCalendar(), morning)
    assert isinstance(wave, Wave)

    async def move() -> None:
        async with storage.work() as work:
            member = await work.memberships.get(number)
            await joining.change_settings(work, member, Wishes(zone=LONDON), morning)

    async with storage.work() as work:
        assert await work.deliveries.plan_slice([group], wave, 100) == {group.id: True}
        moving = asyncio.create_task(move())
        await asyncio.sleep(0.2)
        assert not moving.done()
    await moving

    async with storage.reading() as work:
        member = await work.memberships.get(number)
    assert member.rests_until == morning + REST, "the question of that wave counts"


async def test_members_who_change_places_do_not_wait_for_each_other(storage: SqlStorage) -> None:
    journey = Journey(storage, START)
    for name in ("ana", "bea"):
        await journey.join(name, zone=BERLIN, minute=540)
        await journey.join(f"{name} in London", zone=LONDON, minute=540)
    numbers = {name: one.number for name, one in journey.travellers.items()}

    async def move(name: str, zone: str) -> None:
        async with storage.work() as work:
            member = await work.memberships.get(numbers[name])
            await joining.change_settings(work, member, Wishes(zone=zone), START)

    for there, back in ((LONDON, BERLIN), (BERLIN, LONDON)) * 3:
        await asyncio.gather(
            *[move(name, there) for name in ("ana", "bea")],
            *[move(f"{name} in London", back) for name in ("ana", "bea")],
        )

    async with storage.reading() as work:
        members = await work.memberships.many(list(numbers.values()))
    zones = {one.id: one.settings.zone for one in members.values() if one.settings}
    assert [zones[numbers[name]] for name in ("ana", "ana in London")] == [BERLIN, LONDON]
