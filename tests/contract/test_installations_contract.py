"""What adapters keep of communities: records, locks, waits, and who listens to them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.installations import SqlInstallations, SqlLeadership, SqlPresence, SqlWaits
from bot.ports.installations import Installations, Leadership, Presence, Waits
from tests.cast import NOW
from tests.fakes.installations import (
    InMemoryInstallations,
    InMemoryLeadership,
    InMemoryPresence,
    InMemoryWaits,
)

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Kept:
    """All of them."""

    installations: Installations
    waits: Waits
    presence: Presence
    leadership: Leadership


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
async def kept(request: pytest.FixtureRequest, cipher: KeyRingCipher) -> AsyncIterator[Kept]:
    if request.param == "fake":
        yield Kept(
            InMemoryInstallations(), InMemoryWaits(), InMemoryPresence(), InMemoryLeadership()
        )
        return
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    yield Kept(
        SqlInstallations(database, cipher),
        SqlWaits(database),
        SqlPresence(database),
        SqlLeadership(database),
    )
    await database.close()


async def test_a_record_is_kept_replaced_and_forgotten(kept: Kept) -> None:
    records = kept.installations
    await records.save("slack", "T2", b"two")
    await records.save("slack", "T1", b"one")
    await records.save("discord", "G1", b"other")
    await records.save("slack", "T1", b"one, renewed")
    assert await records.find("slack", "T1") == b"one, renewed"
    assert await records.communities("slack") == ("T1", "T2")
    await records.delete("slack", "T1")
    await records.delete("slack", "T9")
    assert await records.find("slack", "T1") is None
    assert await records.communities("slack") == ("T2",)


async def test_one_at_a_time_holds_the_lock(kept: Kept) -> None:
    records = kept.installations
    await records.save("slack", "T1", b"one")
    assert await records.lock("slack", "T1", NOW, NOW + MINUTE)
    assert not await records.lock("slack", "T1", NOW, NOW + MINUTE)
    assert await records.lock("slack", "T1", NOW + MINUTE, NOW + 2 * MINUTE)
    await records.save("slack", "T1", b"renewed")
    assert await records.lock("slack", "T1", NOW + MINUTE, NOW + 2 * MINUTE)
    assert not await records.lock("slack", "T2", NOW, NOW + MINUTE)


async def test_the_longest_wait_counts_until_it_is_over(kept: Kept) -> None:
    waits = kept.waits
    await waits.set("slack", "T1", "chat.postMessage", NOW + 2 * MINUTE)
    await waits.set("slack", "T1", "chat.postMessage", NOW + MINUTE)
    await waits.set("slack", "T1", "users.info", NOW + MINUTE)
    await waits.set("discord", "T1", "users.info", NOW + MINUTE)
    assert await waits.running("slack", NOW) == {
        ("T1", "chat.postMessage"): NOW + 2 * MINUTE,
        ("T1", "users.info"): NOW + MINUTE,
    }
    assert await waits.running("slack", NOW + MINUTE) == {
        ("T1", "chat.postMessage"): NOW + 2 * MINUTE
    }


async def test_the_last_moment_of_listening_only_moves_on(kept: Kept) -> None:
    presence = kept.presence
    assert await presence.last("slack") is None
    await presence.listening("slack", NOW)
    await presence.listening("slack", NOW - MINUTE)
    assert await presence.last("slack") == NOW
    await presence.listening("slack", NOW + MINUTE)
    assert await presence.last("slack") == NOW + MINUTE
    assert await presence.last("discord") is None


async def test_one_process_leads_until_it_resigns_or_is_silent(kept: Kept) -> None:
    leadership = kept.leadership
    assert await leadership.lead("discord", "one", NOW, NOW + MINUTE)
    assert not await leadership.lead("discord", "two", NOW, NOW + MINUTE)
    assert await leadership.lead("slack", "two", NOW, NOW + MINUTE)
    assert await leadership.lead("discord", "one", NOW, NOW + 2 * MINUTE)
    assert not await leadership.lead("discord", "two", NOW + MINUTE, NOW + 2 * MINUTE)
    assert await leadership.lead("discord", "two", NOW + 2 * MINUTE, NOW + 3 * MINUTE)
    assert not await leadership.lead("discord", "one", NOW + 2 * MINUTE, NOW + 3 * MINUTE)
    await leadership.resign("discord", "one")
    assert not await leadership.lead("discord", "one", NOW + 2 * MINUTE, NOW + 3 * MINUTE)
    await leadership.resign("discord", "two")
    assert await leadership.lead("discord", "one", NOW + 2 * MINUTE, NOW + 3 * MINUTE)


async def test_tokens_do_not_stand_in_the_database(
    database: Database, cipher: KeyRingCipher
) -> None:
    await SqlInstallations(database, cipher).save("slack", "T1", b'{"token": "xoxb-secret"}')
    async with database.reading() as connection:
        sealed = (
            await connection.execute(text("SELECT content_sealed FROM installation"))
        ).scalar()
    assert b"xoxb" not in bytes(sealed or b"")
    assert sealed
