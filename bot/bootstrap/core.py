"""The core with everything plugged in, on a database that is up to date."""

import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from adapters.calendar.public_holidays import PublicHolidays
from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.inbox import SqlInbox
from adapters.storage.installations import (
    SqlInstallations,
    SqlLeadership,
    SqlPresence,
    SqlWaits,
)
from adapters.storage.keys import require_keys
from adapters.storage.leases import end_leases
from adapters.storage.unit_of_work import SqlStorage
from adapters.storage.upgrade import upgrade
from bot.chat.incoming import SuggestionsAsked, Told
from bot.chat.outgoing import Form, FormErrors, Option
from bot.commands.dispatch import Dispatcher
from bot.commands.meaning import Deed
from bot.commands.worker import InboxWorker
from bot.ports.chat import Chat
from bot.ports.cipher import Cipher
from bot.ports.clock import Clock
from bot.ports.deliveries import OpenPrompt
from bot.ports.meter import Meter
from bot.ports.storage import Storage
from bot.services import library
from bot.services.composing import Composer
from bot.services.housekeeping import Housekeeping
from scheduler.courier import Courier
from scheduler.planner import Planner


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on: the database, behind its ports, and time."""

    clock: Clock
    cipher: Cipher
    database: Database
    storage: Storage
    inbox: SqlInbox
    installations: SqlInstallations
    waits: SqlWaits
    presence: SqlPresence
    leadership: SqlLeadership


@dataclass(frozen=True, slots=True)
class Cairn:
    """The core with everything plugged in; what a platform's adapter talks to."""

    storage: Storage
    inbox: SqlInbox
    dispatcher: Dispatcher
    worker: InboxWorker
    planner: Planner
    couriers: Mapping[str, Courier]
    housekeeping: Housekeeping

    async def asked(self, event: Deed) -> Form | FormErrors | None:
        """Answer what can be answered now; None means that the event is to be kept."""
        return await self.dispatcher.asked(event)

    async def suggest(self, asked: SuggestionsAsked) -> tuple[Option, ...]:
        """What fits while someone types the value of an argument."""
        return await self.dispatcher.suggest(asked)

    async def keep(self, event: Told) -> bool:
        """Keep an event in the inbox; False if it is known."""
        return await self.inbox.keep(event)

    async def settle(self) -> None:
        """Handle what was kept, then plan and deliver all that is due now, until all is quiet."""
        while await self._settle_once():
            pass
        await self.housekeeping.run()

    async def _settle_once(self) -> int:
        done = await self.worker.drain() + await self.planner.run()
        return done + sum([await courier.run() for courier in self.couriers.values()])

    async def next_at(self, after: datetime) -> datetime | None:
        """When something falls due next, later than `after`."""
        async with self.storage.reading() as work:
            return await work.deliveries.next_at(after)

    async def open_prompts(self, platform: str, since: datetime) -> tuple[OpenPrompt, ...]:
        """Prompts sent to a platform at or after `since` that still take answers."""
        async with self.storage.reading() as work:
            return await work.deliveries.open_prompts(platform, since)


@asynccontextmanager
async def grounded(
    database_url: str, keys: tuple[str, ...], clock: Clock, *, is_alone: bool = False
) -> AsyncIterator[Ground]:
    """A database that is up to date, closed at the end of the block.

    `is_alone` says that no other process uses the database: what a killed one was at work on is
    taken up at once, without waiting for its leases to run out.
    Raises `CairnError` with what to do if the database or the keys can't be used.
    """
    cipher = KeyRingCipher.from_keys(keys)
    database = Database(database_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await upgrade(database)
        await require_keys(database, cipher)
        if is_alone:
            await end_leases(database, clock.now())
        storage, inbox = SqlStorage(database, cipher), SqlInbox(database, cipher, clock)
        stack.push_async_callback(inbox.close)
        await library.publish(storage, clock.now())
        yield Ground(
            clock=clock,
            cipher=cipher,
            database=database,
            storage=storage,
            inbox=inbox,
            installations=SqlInstallations(database, cipher),
            waits=SqlWaits(database),
            presence=SqlPresence(database),
            leadership=SqlLeadership(database),
        )


def build(ground: Ground, chats: Mapping[str, Chat], meter: Meter | None = None) -> Cairn:
    """The core on this ground, speaking through these chats."""
    storage, clock, calendar = ground.storage, ground.clock, PublicHolidays()
    dispatcher, owner = Dispatcher(storage, clock, calendar, chats), _process_name()
    return Cairn(
        storage=storage,
        inbox=ground.inbox,
        dispatcher=dispatcher,
        worker=InboxWorker(ground.inbox, dispatcher, chats, clock, owner),
        planner=Planner(storage, clock, calendar, meter),
        couriers={
            name: Courier(storage, clock, chat, Composer(), owner, meter=meter)
            for name, chat in chats.items()
        },
        housekeeping=Housekeeping(storage, clock),
    )


@asynccontextmanager
async def opened(
    database_url: str,
    keys: tuple[str, ...],
    clock: Clock,
    chats: Mapping[str, Chat],
    *,
    is_alone: bool = False,
) -> AsyncIterator[Cairn]:
    """Cairn on a database that is up to date, as `grounded` gives it."""
    async with grounded(database_url, keys, clock, is_alone=is_alone) as ground:
        yield build(ground, chats)


def _process_name() -> str:
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{uuid4().hex[:8]}"
