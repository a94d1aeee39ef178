"""The pace of a platform: what one community and one place get, and when."""

from datetime import timedelta

from bot.chat.identity import CommunityRef
from bot.ports.chat import Pace
from bot.ports.deliveries import MustWait, Ready
from bot.ports.storage import Storage
from tests.cast import NOW, TOWN
from tests.contract.ledger import LEASE, Ledger

SECOND = timedelta(seconds=1)
THREE_A_SECOND = Pace(between=SECOND, per_minute=180)
VILLAGE = CommunityRef("console", "village")
FOUR_IN_ALL = Pace(between=SECOND, per_minute=240, whole_platform=True)


class Paced(Ledger):
    """A ledger that is claimed from at a pace."""

    async def take(
        self,
        after: timedelta = timedelta(),
        pace: Pace = THREE_A_SECOND,
        *,
        owner: str = "me",
        platform: str = "console",
    ) -> list[int]:
        """Claim at a moment, and give the numbers."""
        now = NOW + after
        async with self.storage.work() as work:
            claimed = await work.deliveries.claim(
                (platform,), owner, now, now + LEASE, 100, pace=pace
            )
        return [each.id for each in claimed]


async def test_a_community_gets_a_seconds_worth_and_then_waits(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    numbers = [await ledger.add(await ledger.place(f"p{n}")) for n in range(8)]
    assert await ledger.take() == numbers[:3]
    assert await ledger.take(SECOND / 2) == []
    assert await ledger.take(SECOND) == numbers[3:6]
    assert await ledger.take(2 * SECOND) == numbers[6:]


async def test_one_community_does_not_use_up_the_pace_of_another(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    await ledger.attach(VILLAGE)
    here = [await ledger.add(await ledger.place(f"p{n}")) for n in range(4)]
    there = [await ledger.add(await ledger.place(f"v{n}", VILLAGE)) for n in range(2)]
    assert sorted(await ledger.take()) == [*here[:3], *there]


async def test_who_is_served_a_little_late_keeps_the_pace(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    for n in range(12):
        await ledger.add(await ledger.place(f"p{n}"))
    late = timedelta(seconds=0.1)
    assert len(await ledger.take()) == 3
    assert len(await ledger.take(SECOND + late)) == 3
    assert len(await ledger.take(2 * SECOND)) == 3


async def test_a_place_waits_until_it_is_free(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    place = await ledger.place("here")
    first, second = [await ledger.add(place, slot) for slot in ("one", "two")]
    many = Pace(between=SECOND, per_minute=60_000)
    await ledger.take(pace=many)
    async with storage.work() as work:
        begun = await work.deliveries.begin([Ready(first, None, NOW + SECOND)], "me", NOW)
    assert begun == {first}
    third = await ledger.add(place, "three")
    assert await ledger.take(SECOND / 2, pace=many) == []
    assert await ledger.take(SECOND, pace=many) == [third]
    # the second one is leased
    assert second not in await ledger.take(SECOND, pace=many)


async def test_without_a_pace_nothing_is_held(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    numbers = [await ledger.add(await ledger.place(f"p{n}")) for n in range(8)]
    claimed = await ledger.claim(NOW)
    assert [each.id for each in claimed] == numbers
    assert all(each.community == TOWN for each in claimed)


# a pace of the whole platform


async def test_a_platform_gets_a_seconds_worth_whoever_claims(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    await ledger.attach(VILLAGE)
    for n in range(6):
        await ledger.add(await ledger.place(f"p{n}", (TOWN, VILLAGE)[n % 2]))
    assert len(await ledger.take(pace=FOUR_IN_ALL)) == 4
    assert await ledger.take(SECOND / 2, FOUR_IN_ALL, owner="another") == []
    assert len(await ledger.take(SECOND, FOUR_IN_ALL, owner="another")) == 2


async def test_communities_and_those_outside_share_a_platforms_pace(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    await ledger.attach(VILLAGE)
    crowd = [await ledger.add(await ledger.place(f"p{n}")) for n in range(8)]
    few = [await ledger.add(await ledger.place(f"v{n}", VILLAGE)) for n in range(2)]
    apart = [await ledger.add(await ledger.place(f"d{n}", None)) for n in range(2)]

    first = await ledger.take(pace=FOUR_IN_ALL)
    second = await ledger.take(SECOND, FOUR_IN_ALL)

    for some in (crowd, few, apart):
        assert set(some) & set(first)
        assert set(some) & set(second)


async def test_programmes_share_what_lies_outside_of_communities(storage: Storage) -> None:
    crowded, small = Paced(storage), Paced(storage)
    await crowded.found()
    async with storage.work() as work:
        small.programme_id = (await work.programmes.create("Club", "en")).id
    for n in range(8):
        await crowded.add(await crowded.place(f"d{n}", None))
    few = [await small.add(await small.place(f"s{n}", None)) for n in range(2)]
    taken = await crowded.take(pace=FOUR_IN_ALL)
    assert len(taken) == 4
    assert set(few) <= set(taken)


async def test_one_platforms_pace_is_not_anothers(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    for n in range(5):
        await ledger.add(await ledger.place(f"d{n}", None))
        await ledger.add(await ledger.place(f"o{n}", None, platform="other"))
    assert len(await ledger.take(pace=FOUR_IN_ALL)) == 4
    assert len(await ledger.take(pace=FOUR_IN_ALL, platform="other")) == 4


async def test_a_platform_that_is_served_a_little_late_keeps_its_pace(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    for n in range(12):
        await ledger.add(await ledger.place(f"d{n}", None))
    late = timedelta(seconds=0.1)
    assert len(await ledger.take(pace=FOUR_IN_ALL)) == 4
    assert len(await ledger.take(SECOND + late, FOUR_IN_ALL)) == 4
    assert len(await ledger.take(2 * SECOND, FOUR_IN_ALL)) == 4


async def test_a_platform_that_asks_for_it_waits_as_a_whole(storage: Storage) -> None:
    ledger = Paced(storage)
    await ledger.found()
    direct = await ledger.add(await ledger.place("d", None))
    [taken] = await ledger.take(pace=FOUR_IN_ALL)
    assert taken == direct
    there = await ledger.add(await ledger.place("here"))
    apart = await ledger.add(await ledger.place("e", None))
    other = await ledger.add(await ledger.place("o", None, platform="other"))

    await ledger.record(MustWait(direct, NOW + 20 * SECOND, whole_platform=True))
    # a shorter wait changes nothing
    await ledger.record(MustWait(direct, NOW + 5 * SECOND, whole_platform=True))

    assert await ledger.take(19 * SECOND, FOUR_IN_ALL, owner="another") == []
    assert await ledger.take(19 * SECOND, FOUR_IN_ALL, platform="other") == [other]
    assert {there, apart} <= set(await ledger.take(20 * SECOND, FOUR_IN_ALL))
