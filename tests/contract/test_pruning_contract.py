"""Old rows go, what they are needed for stays."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.inbox import SqlInbox
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.incoming import CommandGiven
from bot.domain.delivery import Reason
from bot.domain.reflection import Via
from bot.ports.deliveries import WasRefused
from bot.ports.inbox import Inbox
from bot.ports.storage import Storage
from tests.cast import NOW, direct, person
from tests.contract.ledger import Ledger
from tests.fakes.clock import FakeClock
from tests.fakes.inbox import InMemoryInbox
from tests.fakes.storage import InMemoryStorage

DAY = timedelta(days=1)
LATER = NOW + 100 * DAY


@dataclass
class Events:
    """An inbox on the storage of this test."""

    inbox: Inbox
    clock: FakeClock
    count: int = 0

    async def keep(self, event_id: str) -> bool:
        return await self.inbox.keep(
            CommandGiven(
                event_id=event_id,
                at=self.clock.now(),
                actor=person("ana"),
                place=direct("ana"),
                words="help",
            )
        )

    async def handle_all(self, storage: Storage) -> None:
        while kept := await self.inbox.claim(["console"], "me", self.clock.now(), DAY, 10):
            for each in kept:
                async with storage.work() as work:
                    await work.inbox.handled(each.id, ())


@pytest.fixture
def events(storage: Storage, cipher: KeyRingCipher) -> Events:
    clock = FakeClock(NOW)
    if isinstance(storage, InMemoryStorage):
        return Events(InMemoryInbox(storage, clock), clock)
    assert isinstance(storage, SqlStorage)
    return Events(SqlInbox(storage._database, cipher, clock), clock)


async def test_events_that_were_handled_long_ago_go(storage: Storage, events: Events) -> None:
    for number in range(3):
        await events.keep(f"old {number}")
    await events.handle_all(storage)
    await events.keep("old and open")
    events.clock.at = LATER
    await events.keep("young")
    async with storage.work() as work:
        reached = await work.pruning.events(0, LATER - DAY, 2)
        assert reached == 2
        assert await work.pruning.events(reached, LATER - DAY, 100) is None
    # what is gone would be taken again, what is there is known
    assert not await events.keep("old and open")
    assert not await events.keep("young")
    assert await events.keep("old 0")


async def test_deliveries_without_answers_go(storage: Storage) -> None:
    ledger = Ledger(storage)
    await ledger.found()
    ana = await ledger.member("ana")
    kinds = ("plain", "answered", "reacted", "counted", "refused")
    numbers = {}
    for kind in kinds:
        numbers[kind] = await ledger.add(await ledger.place(kind))
        if kind != "refused":
            await ledger.send(numbers[kind])
    assert await ledger.claim()
    await ledger.record(WasRefused(numbers["refused"], Reason.REFUSED))
    waiting = await ledger.add(await ledger.place("waiting"), due_at=LATER)
    young = await ledger.add(await ledger.place("young"), "young", due_at=LATER)
    await ledger.send(young, at=LATER)
    async with storage.work() as work:
        await work.reflections.add(
            ana.account_id,
            via=Via.FORM,
            text="kept",
            at=NOW,
            delivery_id=numbers["answered"],
        )
        await work.reflections.react(ana.account_id, numbers["reacted"], "heart", NOW)
        await work.deliveries.count_others(numbers["counted"], replies=1)
    async with storage.work() as work:
        assert await work.pruning.deliveries(0, LATER - DAY, 100) is None
    left = [numbers["answered"], numbers["reacted"], numbers["counted"], waiting, young]
    assert [row.id for row in await ledger.written()] == left


async def test_slices_go_on_where_the_last_one_ended(storage: Storage) -> None:
    ledger = Ledger(storage)
    await ledger.found()
    for number in range(5):
        await ledger.send(await ledger.add(await ledger.place(f"p{number}")))
    async with storage.work() as work:
        first = await work.pruning.deliveries(0, LATER, 2)
        assert first is not None
        second = await work.pruning.deliveries(first, LATER, 2)
        assert second is not None
        assert second > first
        assert await work.pruning.deliveries(second, LATER, 2) is None
    assert await ledger.written() == []
