"""People who have joined a programme already, before the program starts."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from adapters.storage.database import Database
from adapters.storage.tables import delivery
from bot.bootstrap.core import build, grounded
from bot.chat.identity import CommunityRef, PlaceRef
from bot.chat.incoming import Person
from bot.services.installing import install
from bot.services.joining import Wishes, join
from tests.fakes.clock import FakeClock

FIRST_MINUTE, MINUTES = 8 * 60, 700


async def joined(
    url: str,
    key: str,
    at: datetime,
    *,
    community: CommunityRef,
    coordinator: Person,
    people: Sequence[tuple[Person, PlaceRef]],
    minutes_apart: int = 1,
) -> None:
    """Everybody is a member since `at`, each asked so many minutes after the one before.

    `people` are given with their own conversations; `url` is a SQLite file's.
    """
    Path(url.removeprefix("sqlite:///")).parent.mkdir()
    clock = FakeClock(at)
    async with grounded(url, (key,), clock) as ground:
        cairn = build(ground, {})
        async with cairn.storage.work() as work:
            programme = await install(work, community, "Acme", coordinator, "en")
            for number, (person, direct) in enumerate(people):
                minute = FIRST_MINUTE + number * minutes_apart % MINUTES
                wishes = Wishes(zone="UTC", minute=minute)
                await join(work, person, programme, direct, wishes=wishes, now=at)
    database = Database(url)
    async with database.writing() as connection:
        # the first questions, which came days ago
        await connection.execute(delivery.delete())
    await database.close()
