"""What is looked after at a start: keys that fit, and what a killed process was at work on."""

from datetime import timedelta

import pytest

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage.database import Database
from adapters.storage.database_errors import WrongKeysError
from adapters.storage.inbox import SqlInbox
from adapters.storage.keys import require_keys
from adapters.storage.leases import end_leases
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.incoming import CommandGiven
from tests.cast import NOW, direct, person
from tests.contract.ledger import Ledger
from tests.fakes.clock import FakeClock

HOUR = timedelta(hours=1)


async def test_the_keys_that_a_database_was_written_with_are_taken(
    storage: SqlStorage, database: Database, cipher: KeyRingCipher
) -> None:
    await require_keys(database, cipher)
    async with storage.work() as work:
        await work.accounts.seen(person("ana"))
    await require_keys(database, cipher)


async def test_other_keys_are_refused(storage: SqlStorage, database: Database) -> None:
    async with storage.work() as work:
        await work.accounts.seen(person("ana"))
    with pytest.raises(WrongKeysError, match="written with other keys"):
        await require_keys(database, KeyRingCipher.from_keys([new_ring_key()]))


async def test_a_process_that_is_alone_takes_up_what_was_cut(
    storage: SqlStorage, database: Database, cipher: KeyRingCipher
) -> None:
    ledger = Ledger(storage)
    await ledger.found()
    leased = await ledger.add(await ledger.place("here"))
    sending = await ledger.add(await ledger.place("there"))
    await ledger.claim(NOW)
    await ledger.begin(sending)
    inbox = SqlInbox(database, cipher, FakeClock(NOW))
    event = CommandGiven(
        event_id="1", at=NOW, actor=person("ana"), place=direct("ana"), words="help"
    )
    await inbox.keep(event)
    await inbox.claim(["console"], "killed", NOW, HOUR, 10)
    assert await inbox.claim(["console"], "next", NOW, HOUR, 10) == ()

    await end_leases(database, NOW)

    assert [kept.event for kept in await inbox.claim(["console"], "next", NOW, HOUR, 10)] == [event]
    assert [claimed.id for claimed in await ledger.claim(NOW)] == [leased]
    assert [claimed.id for claimed, _ in await ledger.uncertain(NOW)] == [sending]
    await inbox.close()
