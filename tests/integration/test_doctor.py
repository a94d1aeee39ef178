"""What `cairn doctor` says of clocks, deliveries and the inbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage.database import Database
from adapters.storage.inbox import SqlInbox
from adapters.storage.unit_of_work import SqlStorage
from adapters.web.remote_clock import date_of
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.doctor import Finding, examine
from bot.chat.incoming import CommandGiven
from bot.settings import Settings
from tests.cast import direct, person
from tests.contract.ledger import Ledger

HOUR = timedelta(hours=1)


class PastClock:
    """An hour ago."""

    def now(self) -> datetime:
        return datetime.now(UTC) - HOUR


async def findings(url: str, key: str, **more: object) -> list[Finding]:
    settings = Settings(CAIRN_KEYS=key, CAIRN_DATABASE_URL=url, **more)  # type: ignore[arg-type]
    return [each async for each in examine(settings)]


def saying(found: list[Finding], words: str) -> Finding:
    [one] = [each for each in found if words in each.line]
    return one


async def test_nothing_waits_and_all_clocks_agree(database_url: str) -> None:
    found = await findings(database_url, new_ring_key())
    assert all(each.is_well for each in found)
    assert saying(found, "done with").is_well
    if database_url.startswith("postgresql"):
        assert saying(found, "The database and this machine agree on the time").is_well


async def test_what_waits_too_long_is_told(database_url: str) -> None:
    key = new_ring_key()
    database, cipher = Database(database_url), KeyRingCipher.from_keys([key])
    ledger = Ledger(SqlStorage(database, cipher))
    await ledger.found()
    long_ago = datetime.now(UTC) - HOUR
    sent = await ledger.add(await ledger.place("a"), due_at=long_ago)
    await ledger.send(sent, at=long_ago)
    await ledger.add(await ledger.place("b"), due_at=long_ago)
    inbox = SqlInbox(database, cipher, PastClock())
    event = CommandGiven(
        event_id="1", at=long_ago, actor=person("ana"), place=direct("ana"), words="status"
    )
    assert await inbox.keep(event)
    await inbox.close()
    await database.close()

    found = await findings(database_url, key)

    due = saying(found, "console: 1 due, the oldest for 60 min; the last message went out at")
    assert not due.is_well
    assert not saying(found, "1 came in and wait, the oldest for 60 min").is_well


@asynccontextmanager
async def saying_it_is(moment: datetime) -> AsyncIterator[str]:
    """A server that answers every request with a refusal and a date."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = format_datetime(moment, usegmt=True)
        writer.write(
            f"HTTP/1.1 404 Not Found\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(
    ("ahead", "words", "is_well"),
    [
        (timedelta(), "agree on the time", True),
        (timedelta(seconds=90), "ahead of this machine's", False),
        (timedelta(seconds=-90), "behind this machine's", False),
    ],
)
async def test_a_platforms_clock_is_compared(
    sqlite_url: str, ahead: timedelta, words: str, is_well: bool
) -> None:
    moment = SystemClock().now() + ahead
    async with saying_it_is(moment) as url:
        assert await date_of(url) == moment.replace(microsecond=0)
        found = await findings(
            sqlite_url,
            new_ring_key(),
            SLACK_BOT_TOKEN="xoxb-1",
            SLACK_SIGNING_SECRET="s",
            SLACK_API_URL=url,
        )
    assert saying(found, words).is_well is is_well


async def test_a_clock_that_can_not_be_asked_is_not_known() -> None:
    assert await date_of("http://127.0.0.1:9/") is None
