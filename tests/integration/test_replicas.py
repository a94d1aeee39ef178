"""Several replicas on one real database plan and claim the same deliveries at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.identity import CommunityRef, MessageRef
from bot.domain.delivery import DeliveryState, Reason
from bot.ports.chat import Pace
from bot.ports.deliveries import LOOK_AFTER, IsUncertain, Ready, WasRefused, WasSent
from tests.cast import NOW, TOWN
from tests.contract.ledger import LEASE, Ledger, wave

REPLICAS = 4
MEMBERS = 30


@pytest.fixture
async def ledger(storage: SqlStorage) -> Ledger:
    made = Ledger(storage)
    await made.found()
    return made


@asynccontextmanager
async def replica(database: Database, cipher: KeyRingCipher) -> AsyncIterator[SqlStorage]:
    own = Database(database.url.render_as_string(hide_password=False))
    try:
        yield SqlStorage(own, cipher)
    finally:
        await own.close()


async def test_a_wave_is_written_once(
    ledger: Ledger, database: Database, cipher: KeyRingCipher
) -> None:
    for number in range(MEMBERS):
        await ledger.member(f"m{number}")

    async def plan() -> None:
        async with replica(database, cipher) as storage:
            while True:
                async with storage.reading() as work:
                    groups = await work.deliveries.due_groups(NOW, 10)
                if not groups:
                    return
                for group in groups:
                    async with storage.work() as work:
                        await work.deliveries.plan_slice([group], wave(group), 7)

    await asyncio.gather(*[plan() for _ in range(REPLICAS)])

    places = Counter(row.place_id for row in await ledger.written())
    assert (len(places), set(places.values())) == (MEMBERS, {1})


async def test_nothing_is_claimed_begun_or_looked_for_twice(
    ledger: Ledger, database: Database, cipher: KeyRingCipher
) -> None:
    village = CommunityRef("console", "village")
    await ledger.attach(village)
    for number in range(MEMBERS):
        community = (None, village)[number % 2]
        await ledger.add(await ledger.place(f"p{number}", community))
    calls: Counter[int] = Counter()
    looks: Counter[int] = Counter()
    later = NOW + LOOK_AFTER

    async def deliver(owner: str) -> None:
        async with replica(database, cipher) as storage:
            while True:
                async with storage.work() as work:
                    claimed = await work.deliveries.claim(["console"], owner, NOW, NOW + LEASE, 5)
                if not claimed:
                    return
                async with storage.work() as work:
                    ready = [Ready(one.id, None) for one in claimed]
                    calls.update(await work.deliveries.begin(ready, owner, NOW))
                async with storage.work() as work:
                    doubts = [IsUncertain(one.id, later) for one in claimed]
                    await work.deliveries.record(doubts, owner, NOW)

    async def look(owner: str) -> None:
        async with replica(database, cipher) as storage:
            while True:
                async with storage.work() as work:
                    found = await work.deliveries.uncertain(
                        ["console"], owner, later, later + LEASE, 5
                    )
                if not found:
                    return
                looks.update(one.id for one, _ in found)
                async with storage.work() as work:
                    sent = [WasSent(one.id, MessageRef(one.place, "m"), NOW) for one, _ in found]
                    await work.deliveries.record(sent, owner, later)

    await asyncio.gather(*[deliver(f"r{number}") for number in range(REPLICAS)])
    assert (len(calls), set(calls.values())) == (MEMBERS, {1})

    await asyncio.gather(*[look(f"r{number}") for number in range(REPLICAS)])
    assert looks == calls
    assert {row.state for row in await ledger.written()} == {DeliveryState.SENT}


async def test_a_platforms_pace_is_kept_by_all_together(
    ledger: Ledger, database: Database, cipher: KeyRingCipher
) -> None:
    village = CommunityRef("console", "village")
    await ledger.attach(village)
    for number in range(MEMBERS):
        await ledger.add(await ledger.place(f"p{number}", (None, TOWN, village)[number % 3]))
    pace = Pace(between=timedelta(), per_minute=420, whole_platform=True)

    async def claim(owner: str, now: datetime) -> int:
        async with replica(database, cipher) as storage, storage.work() as work:
            return len(
                await work.deliveries.claim(["console"], owner, now, now + LEASE, 100, pace=pace)
            )

    for second in range(3):
        now = NOW + timedelta(seconds=second)
        taken = await asyncio.gather(*[claim(f"r{number}", now) for number in range(REPLICAS)])
        assert 0 < sum(taken) <= 7


async def test_a_slot_asked_for_by_all_is_given_once(
    ledger: Ledger, database: Database, cipher: KeyRingCipher
) -> None:
    place_id = await ledger.place("general")

    async def add() -> int | None:
        async with replica(database, cipher) as storage:
            own = Ledger(storage)
            own.programme_id = ledger.programme_id
            return await own.try_to_add(place_id, "asked")

    added = await asyncio.gather(*[add() for _ in range(REPLICAS)])

    assert len([number for number in added if number is not None]) == 1


async def test_places_are_closed_by_several_at_once(
    ledger: Ledger, database: Database, cipher: KeyRingCipher
) -> None:
    places = [await ledger.place(f"p{number}") for number in range(6)]
    for place_id in places:
        for number in range(REPLICAS):
            await ledger.add(place_id, f"s{number}")

    async def refuse(owner: str) -> None:
        async with replica(database, cipher) as storage:
            async with storage.work() as work:
                claimed = await work.deliveries.claim(["console"], owner, NOW, NOW + LEASE, 6)
            async with storage.work() as work:
                refused = [WasRefused(one.id, Reason.UNREACHABLE, True) for one in claimed]
                await work.deliveries.record(refused, owner, NOW)

    await asyncio.gather(*[refuse(f"r{number}") for number in range(REPLICAS)])

    assert await ledger.claim() == ()
    assert set(await ledger.states()) == {(DeliveryState.FAILED, Reason.UNREACHABLE)}
