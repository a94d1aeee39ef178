"""What stands in the way of serving, line by line, with what to do about it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.keys import require_keys
from adapters.storage.unit_of_work import SqlStorage
from adapters.storage.upgrade import check
from bot.bootstrap.clock import RehearsalClock, clock_of
from bot.domain.errors import CairnError
from bot.ports.deliveries import Standing
from bot.settings import Settings

LATE = timedelta(minutes=10)
"""Something that has been due for longer than this is not on its way."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, and what to say of it."""

    is_well: bool
    line: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at clock, database, keys, deliveries and platforms, one after another."""
    clock = clock_of(settings.clock_offset_file)
    if isinstance(clock, RehearsalClock):
        yield Finding(
            is_well=False,
            line=f"This is a rehearsal: the clock is moved by {clock.offset()}. Unset "
            "CAIRN_CLOCK_OFFSET_FILE for a real community.",
        )
    async for finding in _of_database(settings, clock.now()):
        yield finding
    if settings.has_slack:
        from bot.bootstrap.slack import examine_slack

        for is_well, line in await examine_slack(settings):
            yield Finding(is_well, line)
    else:
        yield Finding(is_well=True, line="Slack is off: SLACK_BOT_TOKEN is not set.")
    if settings.has_discord:
        from bot.bootstrap.discord import examine_discord

        for is_well, line in await examine_discord(settings):
            yield Finding(is_well, line)
    else:
        yield Finding(is_well=True, line="Discord is off: DISCORD_TOKEN is not set.")


async def _of_database(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    database = Database(settings.database)
    try:
        try:
            yield Finding(is_well=True, line=await check(database))
            cipher = KeyRingCipher.from_keys(settings.keys)
            await require_keys(database, cipher)
        except CairnError as error:
            yield Finding(is_well=False, line=str(error))
            return
        yield Finding(is_well=True, line="The keys open what is in the database.")
        async with SqlStorage(database, cipher).reading() as work:
            standing = await work.deliveries.standing(now)
        for each in standing:
            yield _of_deliveries(each, now)
    finally:
        await database.close()


def _of_deliveries(standing: Standing, now: datetime) -> Finding:
    last = "nothing was sent yet"
    if standing.last_sent_at is not None:
        last = f"the last message went out at {standing.last_sent_at:%Y-%m-%d %H:%M} UTC"
    if standing.oldest_due_at is None:
        return Finding(is_well=True, line=f"{standing.platform}: nothing is waiting; {last}.")
    waits = now - standing.oldest_due_at
    line = (
        f"{standing.platform}: {standing.due} due, the oldest for "
        f"{int(waits.total_seconds() // 60)} min; {last}."
    )
    if waits > LATE:
        line += " Is `cairn run` running?"
    return Finding(waits <= LATE, line)
