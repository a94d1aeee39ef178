"""What `Prompts` promises."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.practices import Practice
from bot.domain.prompts import LibraryPrompt, Room, Rotation, Verdict
from bot.domain.recurrence import daily_at
from bot.domain.schedule import DEFAULT_GRACE
from bot.ports.storage import Storage, UnitOfWork
from tests.cast import LIBRARY, NOW, channel, direct, found_programme, found_town, occurrence

LATER = NOW + timedelta(days=1)


async def keys(work: UnitOfWork, programme_id: int, room: Room) -> list[str]:
    return [prompt.key for prompt in await work.prompts.pool(programme_id, room)]


async def test_the_pool_of_a_room_is_in_order_of_key(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_town(work)

        assert await keys(work, guild.id, Room.DIRECT) == ["values.b", "vision.a"]
        assert await keys(work, guild.id, Room.CHANNEL) == ["values.c"]
        found = (await work.prompts.pool(guild.id, Room.CHANNEL))[0]

    assert found.practice is Practice.VALUES
    assert found.room is Room.CHANNEL
    assert found.text == "What counts here?"


async def test_pools_of_many_programmes_come_at_once(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_town(work)
        club = await work.programmes.create("Club", "en")
        pools = await work.prompts.pools([guild.id, club.id], Room.DIRECT)
        assert pools == {
            number: await work.prompts.pool(number, Room.DIRECT) for number in (guild.id, club.id)
        }
        assert len(pools[club.id]) == 2


async def test_publishing_again_changes_texts_and_keeps_numbers(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_town(work)
        before = await work.prompts.pool(guild.id, Room.DIRECT)
        await work.prompts.publish(LIBRARY, LATER)
        assert await work.prompts.pool(guild.id, Room.DIRECT) == before

        await work.prompts.publish([replace(one, text="New.") for one in LIBRARY], LATER)

        after = await work.prompts.pool(guild.id, Room.DIRECT)
    assert [prompt.id for prompt in after] == [prompt.id for prompt in before]
    assert {prompt.text for prompt in after} == {"New."}


async def test_what_is_shipped_no_more_is_retired_and_can_come_back(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_town(work)
        retired = (await work.prompts.pool(guild.id, Room.CHANNEL))[0]
        await work.prompts.publish(LIBRARY[:2], LATER)

        assert await keys(work, guild.id, Room.CHANNEL) == []
        assert await work.prompts.many([retired.id]) == {retired.id: retired}

        await work.prompts.publish(LIBRARY, LATER)

        assert await work.prompts.pool(guild.id, Room.CHANNEL) == (retired,)


async def test_new_ones_come_in(storage: Storage) -> None:
    new = LibraryPrompt("mindset.z", Practice.MINDSET, Room.CHANNEL, "Job or career?")
    async with storage.work() as work:
        guild = await found_town(work)
        await work.prompts.publish([*LIBRARY, new], LATER)

        assert await keys(work, guild.id, Room.CHANNEL) == ["mindset.z", "values.c"]


async def test_unknown_numbers_are_left_out(storage: Storage) -> None:
    async with storage.work() as work:
        await found_town(work)
        assert await work.prompts.many([999]) == {}
        assert await work.prompts.many([]) == {}


async def test_every_place_has_a_rotation(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_town(work)
        one = await work.places.ensure(channel("one"))
        two = await work.places.ensure(channel("two"))
        first, second = await work.prompts.pool(guild.id, Room.DIRECT)
        rotation = Rotation().after(first.id).after(second.id)
        await work.prompts.set_rotation(one, rotation)

    async with storage.reading() as work:
        found = await work.prompts.rotations([one, two])
        assert found == {one: Rotation((second.id, first.id)), two: Rotation()}
        assert await work.prompts.rotations([]) == {}


async def test_the_latest_verdict_counts(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_town(work)
        place_id = await work.places.ensure(direct("ana"))
        other_id = await work.places.ensure(direct("bea"))
        first, second = await work.prompts.pool(guild.id, Room.DIRECT)
        await work.prompts.rate(place_id, first.id, Verdict.NOT_FOR_ME)
        await work.prompts.rate(place_id, second.id, Verdict.NOT_FOR_ME)
        await work.prompts.rate(place_id, second.id, Verdict.HELPED)
        await work.prompts.set_rotation(place_id, Rotation((first.id,), frozenset({second.id})))

        found = await work.prompts.rotations([place_id, other_id])

    assert found[place_id] == Rotation((first.id,), frozenset({first.id}))
    assert found[other_id] == Rotation()


async def test_a_queue_is_replaced_and_passes_over_what_was_retired(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        await work.prompts.publish(LIBRARY, NOW)
        nudge = await work.schedules.add_nudge(
            programme_id=guild.id,
            place_id=await work.places.ensure(channel("general")),
            zone="UTC",
            recurrence=daily_at(540),
            words="every day 9:00",
            holidays=None,
            grace=DEFAULT_GRACE,
            first=occurrence(LATER),
        )
        first, second = await work.prompts.pool(guild.id, Room.DIRECT)
        assert await work.prompts.queue(nudge.id) == ()
        await work.prompts.set_queue(nudge.id, [first.id, second.id])
        await work.prompts.set_queue(nudge.id, [second.id, first.id, second.id])
        assert await work.prompts.queue(nudge.id) == (second, first, second)
        await work.prompts.take_from_queue(nudge.id, second.id)
        assert await work.prompts.queue(nudge.id) == (first, second)
        await work.prompts.take_from_queue(nudge.id, second.id)
        await work.prompts.take_from_queue(nudge.id, second.id)
        assert await work.prompts.queue(nudge.id) == (first,)
        await work.prompts.set_queue(nudge.id, [second.id, first.id, second.id])

        await work.prompts.publish([one for one in LIBRARY if one.key != first.key], LATER)
        assert await work.prompts.queue(nudge.id) == (second, second)

        await work.prompts.set_queue(nudge.id, [])
        assert await work.prompts.queue(nudge.id) == ()
