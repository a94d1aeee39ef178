"""What stands in the way of serving, line by line, with what to do about it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.inbox import SqlInbox
from adapters.storage.keys import require_keys
from adapters.storage.unit_of_work import SqlStorage
from adapters.storage.upgrade import check
from bot.bootstrap.clock import RehearsalClock, SystemClock, clock_of
from bot.domain.errors import CairnError
from bot.ports.clock import Clock
from bot.ports.deliveries import Standing
from bot.ports.inbox import Waiting
from bot.settings import Settings

LATE = timedelta(minutes=10)
"""Something that has been due for longer than this is not on its way."""

SKEW = timedelta(seconds=5)
"""Leases last a minute, so clocks that differ by this do no harm yet."""


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
    async for finding in _of_database(settings, clock):
        yield finding
    if settings.has_slack:
        yield await _of_remote_clock("Slack", settings.slack_api_url)
        from bot.bootstrap.slack import examine_slack

        for is_well, line in await examine_slack(settings):
            yield Finding(is_well, line)
    else:
        yield Finding(is_well=True, line="Slack is off: SLACK_BOT_TOKEN is not set.")
    if settings.has_discord:
        yield await _of_remote_clock("Discord", settings.discord_api_url)
        from bot.bootstrap.discord import examine_discord

        for is_well, line in await examine_discord(settings):
            yield Finding(is_well, line)
    else:
        yield Finding(is_well=True, line="Discord is off: DISCORD_TOKEN is not set.")


async def _of_database(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
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
        if not database.is_sqlite:
            yield _of_clock("The database", await database.now() - SystemClock().now())
        now = clock.now()
        async with SqlStorage(database, cipher).reading() as work:
            standing = await work.deliveries.standing(now)
        for each in standing:
            yield _of_deliveries(each, now)
        yield _of_inbox(await SqlInbox(database, cipher, clock).waiting(), now)
    finally:
        await database.close()


async def _of_remote_clock(name: str, url: str) -> Finding:
    from adapters.web.remote_clock import date_of

    told = await date_of(url)
    if told is None:
        return Finding(is_well=False, line=f"{name} doesn't say what time it is: {url}")
    return _of_clock(name, told - SystemClock().now())


def _of_clock(name: str, ahead: timedelta) -> Finding:
    if abs(ahead) <= SKEW:
        return Finding(is_well=True, line=f"{name} and this machine agree on the time.")
    direction = "ahead of" if ahead > timedelta() else "behind"
    seconds = abs(ahead).total_seconds()
    return Finding(
        is_well=False,
        line=f"{name}'s clock is {seconds:.0f} s {direction} this machine's. Set both by NTP: "
        "replicas go by their machines' clocks.",
    )


def _of_inbox(waiting: Waiting, now: datetime) -> Finding:
    if waiting.oldest_at is None:
        return Finding(is_well=True, line="Everything that came in is done with.")
    age = now - waiting.oldest_at
    line = f"{waiting.events} came in and wait, the oldest for {_minutes(age)}."
    if age > LATE:
        line += " Is `cairn run` running? What it can't handle is in its log."
    return Finding(age <= LATE, line)


def _minutes(length: timedelta) -> str:
    return f"{int(length.total_seconds() // 60)} min"


def _of_deliveries(standing: Standing, now: datetime) -> Finding:
    last = "nothing was sent yet"
    if standing.last_sent_at is not None:
        last = f"the last message went out at {standing.last_sent_at:%Y-%m-%d %H:%M} UTC"
    if standing.oldest_due_at is None:
        return Finding(is_well=True, line=f"{standing.platform}: nothing is waiting; {last}.")
    waits = now - standing.oldest_due_at
    line = f"{standing.platform}: {standing.due} due, the oldest for {_minutes(waits)}; {last}."
    if waits > LATE:
        line += " Is `cairn run` running?"
    return Finding(waits <= LATE, line)
