"""What `Schedules` promises."""

from datetime import datetime, timedelta

from bot.domain.delivery import DeliveryKind
from bot.domain.membership import Programme
from bot.domain.prompts import Room
from bot.domain.reading import Weekdays
from bot.domain.recurrence import Occurrence, weekly_at
from bot.domain.schedule import DEFAULT_GRACE, Schedule, ScheduleKind
from bot.ports.deliveries import NewDelivery, Wave
from bot.ports.storage import Storage, UnitOfWork
from tests.cast import NOW, channel, found_programme, found_town, occurrence, send_nudge

TOMORROW = occurrence(NOW + timedelta(days=1))
LATER = occurrence(NOW + timedelta(days=2))
RULE = weekly_at(Weekdays.of([1, 3]), 9 * 60 + 30)


async def add_nudge(
    work: UnitOfWork,
    programme: Programme,
    room: str = "general",
    zone: str = "UTC",
    first: Occurrence = TOMORROW,
) -> Schedule:
    return await work.schedules.add_nudge(
        programme_id=programme.id,
        place_id=await work.places.ensure(channel(room)),
        zone=zone,
        recurrence=RULE,
        words="tue, thu 9:30",
        holidays="DE",
        grace=timedelta(minutes=90),
        first=first,
    )


async def due(work: UnitOfWork, at: datetime) -> list[tuple[int, datetime, int | None, int]]:
    groups = await work.deliveries.due_groups(at, 10)
    return [(one.schedule.id, one.next_slot, one.minute, one.cursor) for one in groups]


async def test_a_nudge_comes_back_as_it_was_written(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        added = await add_nudge(work, guild, zone="Asia/Kathmandu")

    async with storage.reading() as work:
        found = await work.schedules.nudge(guild.id, added.id)
        assert found == added
        assert await work.schedules.nudges(guild.id) == (added,)
        assert added == Schedule(
            id=added.id,
            programme_id=guild.id,
            kind=ScheduleKind.NUDGE,
            place_id=await work.places.find(channel("general")),
            zone="Asia/Kathmandu",
            recurrence=RULE,
            words="tue, thu 9:30",
            holidays="DE",
            grace=timedelta(minutes=90),
        )
        assert await work.schedules.next_at(added.id) == TOMORROW.at


async def test_a_nudge_is_one_programmes_only(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        club = await found_programme(work, "Club")
        first = await add_nudge(work, guild)
        second = await add_nudge(work, guild, "random")
        other = await add_nudge(work, club, "club")

        assert await work.schedules.nudges(guild.id) == (first, second)
        assert await work.schedules.nudges(club.id) == (other,)
        assert await work.schedules.nudge(club.id, first.id) is None


async def test_the_schedule_of_reflections_is_no_nudge(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        reflections = await work.schedules.reflections(guild.id)

        assert reflections.kind is ScheduleKind.REFLECTION
        assert reflections.grace == DEFAULT_GRACE
        assert reflections.recurrence is None
        assert await work.schedules.nudges(guild.id) == ()
        assert await work.schedules.nudge(guild.id, reflections.id) is None
        assert await work.schedules.next_at(reflections.id) is None


async def test_a_nudge_is_due_as_its_one_group(storage: Storage) -> None:
    async with storage.work() as work:
        nudge = await add_nudge(work, await found_programme(work))

        assert await due(work, NOW) == []
        assert await due(work, TOMORROW.at) == [(nudge.id, TOMORROW.slot, None, 0)]


async def test_a_paused_nudge_is_planned_no_more_until_it_goes_on(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        nudge = await add_nudge(work, guild)
        await work.schedules.set_paused(nudge.id, paused=True, following=TOMORROW)

        paused = await work.schedules.nudge(guild.id, nudge.id)
        assert paused is not None
        assert paused.paused
        assert await work.schedules.next_at(nudge.id) is None
        assert await due(work, LATER.at) == []

        await work.schedules.set_paused(nudge.id, paused=False, following=LATER)

        assert await work.schedules.nudge(guild.id, nudge.id) == nudge
        assert await work.schedules.next_at(nudge.id) == LATER.at
        assert await due(work, LATER.at) == [(nudge.id, LATER.slot, None, 0)]


async def test_a_removed_nudge_sends_nothing_more(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        nudge = await add_nudge(work, guild)
        kept = await add_nudge(work, guild, "random")
        for schedule in (nudge, kept):
            assert schedule.place_id is not None
            await work.deliveries.add(
                NewDelivery(
                    programme_id=guild.id,
                    place_id=schedule.place_id,
                    kind=DeliveryKind.NUDGE,
                    slot=TOMORROW.key,
                    due_at=NOW,
                    schedule_id=schedule.id,
                )
            )
        await work.schedules.remove(nudge.id)

        assert await work.schedules.nudges(guild.id) == (kept,)
        assert await work.schedules.next_at(nudge.id) is None
        assert [one[0] for one in await due(work, LATER.at)] == [kept.id]
        claimed = await work.deliveries.claim(["console"], "me", NOW, LATER.at, 10)
        assert [one.schedule_id for one in claimed] == [kept.id]


async def test_what_a_removed_nudge_has_sent_stays_on_record(storage: Storage) -> None:
    async with storage.work() as work:
        town = await found_town(work)
        [prompt] = await work.prompts.pool(town.id, Room.CHANNEL)
        nudge = await add_nudge(work, town)
        sent_id = await send_nudge(work, nudge, prompt.id)
        await work.schedules.remove(nudge.id)

        found = await work.deliveries.posted_by_id(sent_id)
    assert found is not None
    assert found.schedule_id is None


async def test_a_group_is_made_once(storage: Storage) -> None:
    async with storage.work() as work:
        schedule = await work.schedules.reflections((await found_programme(work)).id)
        group_id = await work.schedules.ensure_group(schedule.id, "Asia/Tokyo", 540, TOMORROW)
        again = await work.schedules.ensure_group(schedule.id, "Asia/Tokyo", 540, LATER)
        other = await work.schedules.ensure_group(schedule.id, "Asia/Tokyo", 541, LATER)
        abroad = await work.schedules.ensure_group(schedule.id, "Asia/Seoul", 540, LATER)

        assert again == group_id
        assert len({group_id, other, abroad}) == 3
        assert await due(work, TOMORROW.at) == [(schedule.id, TOMORROW.slot, 540, 0)]


async def test_a_group_without_members_starts_anew_with_the_next_one(storage: Storage) -> None:
    async with storage.work() as work:
        schedule = await work.schedules.reflections((await found_programme(work)).id)
        group_id = await work.schedules.ensure_group(schedule.id, "UTC", 570, TOMORROW)
        [group] = await work.deliveries.due_groups(TOMORROW.at, 10)
        wave = Wave(occurrence=TOMORROW, following=LATER, expires_at=LATER.at, weekday=1, week=0)
        assert await work.deliveries.plan_slice([group], wave, 10) == {group.id: True}
        assert await due(work, LATER.at) == []

        assert await work.schedules.ensure_group(schedule.id, "UTC", 570, LATER) == group_id

        assert await due(work, LATER.at) == [(schedule.id, LATER.slot, 570, 0)]
