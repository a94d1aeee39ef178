"""What a host wants to know of deliveries: what is due, since when, and what was last sent."""

from datetime import timedelta

from bot.ports.deliveries import Standing
from bot.ports.storage import Storage
from tests.cast import NOW
from tests.contract.ledger import Ledger

MINUTE = timedelta(minutes=1)


async def test_each_platform_stands_for_itself(storage: Storage) -> None:
    ledger = Ledger(storage)
    await ledger.found()
    here, there = await ledger.place("here"), await ledger.place("there")
    away = await ledger.place("away", None, platform="other")
    sent = await ledger.add(here, "one")
    await ledger.send(sent)
    await ledger.add(there, "two", due_at=NOW + MINUTE)
    await ledger.add(there, "three", due_at=NOW + 2 * MINUTE)
    await ledger.add(there, "four", due_at=NOW + 9 * MINUTE)
    assert away
    async with storage.reading() as work:
        standing = await work.deliveries.standing(NOW + 5 * MINUTE)
    assert standing == (
        Standing("console", 2, NOW + MINUTE, NOW),
        Standing("other", 0, None, None),
    )


async def test_nothing_stands_where_nothing_is(storage: Storage) -> None:
    async with storage.reading() as work:
        assert await work.deliveries.standing(NOW) == ()
