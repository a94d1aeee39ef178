"""The whole core over fakes, behind the real client of Discord."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import discord

from adapters.discord.app import build_client
from adapters.discord.chat import DiscordChat
from adapters.discord.client import CairnClient
from adapters.discord.people import People
from adapters.discord.tickets import Acknowledgements
from bot.chat.incoming import SuggestionsAsked, Told
from bot.chat.outgoing import Form, FormErrors, Option
from bot.commands.dispatch import Dispatcher
from bot.commands.meaning import Deed
from bot.commands.worker import InboxWorker
from bot.ports.chat import Chat
from bot.ports.deliveries import OpenPrompt
from bot.ports.inbox import InboxUnavailableError
from bot.services.composing import Composer
from scheduler.courier import Courier
from scheduler.planner import Planner
from tests.fakes.calendar import FakeCalendar
from tests.fakes.conversation import LIBRARY
from tests.fakes.inbox import InMemoryInbox
from tests.fakes.installations import InMemoryInstallations, InMemoryWaits
from tests.fakes.storage import InMemoryStorage


@dataclass
class OffsetClock:
    """The machine's clock, which a test can move."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return discord.utils.utcnow() + self.ahead


class House:
    """`Core` for a client; what is kept is handled at once, and what is due is sent by `send`."""

    def __init__(self) -> None:
        self.clock = OffsetClock()
        self.storage = InMemoryStorage()
        self.records = InMemoryInstallations()
        self.waits = InMemoryWaits()
        self.people = People()
        self.acknowledgements = Acknowledgements()
        self.kept: list[Told] = []
        self.keeps_nothing = False
        self.keeping_takes = 0.0
        self._inbox = InMemoryInbox(self.storage, self.clock)
        self._chats: dict[str, Chat] = {}
        calendar = FakeCalendar()
        self._dispatcher = Dispatcher(self.storage, self.clock, calendar, self._chats)
        self._worker = InboxWorker(self._inbox, self._dispatcher, self._chats, self.clock, "house")
        self._planner = Planner(self.storage, self.clock, calendar)
        self._working: set[asyncio.Task[int]] = set()

    async def furnish(self) -> None:
        """Publish the library."""
        async with self.storage.work() as work:
            await work.prompts.publish(LIBRARY, self.clock.now())

    def client(self, *, message_content: bool = False) -> CairnClient:
        """The client that listens, which this house also speaks through."""
        client = build_client(
            self,
            records=self.records,
            clock=self.clock,
            people=self.people,
            acknowledgements=self.acknowledgements,
            message_content=message_content,
            shard_count=1,
        )
        self.speak_through(client)
        return client

    def speak_through(self, client: discord.Client) -> DiscordChat:
        """Send by this client from now on."""
        chat = DiscordChat(
            client,
            self.records,
            self.waits,
            self.clock,
            people=self.people,
            acknowledgements=self.acknowledgements,
        )
        self._chats[chat.platform] = chat
        return chat

    @property
    def chats(self) -> Mapping[str, Chat]:
        return self._chats

    async def asked(self, event: Deed) -> Form | FormErrors | None:
        return await self._dispatcher.asked(event)

    async def suggest(self, asked: SuggestionsAsked) -> tuple[Option, ...]:
        return await self._dispatcher.suggest(asked)

    async def keep(self, event: Told) -> bool:
        await asyncio.sleep(self.keeping_takes)
        if self.keeps_nothing:
            raise InboxUnavailableError
        is_new = await self._inbox.keep(event)
        if is_new:
            self.kept.append(event)
            working = asyncio.create_task(self._worker.drain())
            self._working.add(working)
            working.add_done_callback(self._working.discard)
        return is_new

    async def open_prompts(self, platform: str, since: datetime) -> tuple[OpenPrompt, ...]:
        async with self.storage.reading() as work:
            return await work.deliveries.open_prompts(platform, since)

    async def send(self) -> int:
        """Plan and send all that is due."""
        await self._planner.run()
        couriers = [
            Courier(self.storage, self.clock, chat, Composer(), "house")
            for chat in self._chats.values()
        ]
        return sum([await courier.run() for courier in couriers])
