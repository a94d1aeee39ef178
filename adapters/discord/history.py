"""What people answered while nobody listened: the gateway tells nothing twice to a new session."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import discord
import structlog

from adapters.discord import events, names
from adapters.discord.calls import Calls
from adapters.discord.refusals import UNKNOWN_CHANNEL, DiscordRefusedError
from bot.chat.identity import MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import MessageSaid
from bot.domain.failures import outline
from bot.ports.chat import ChatBusyError, ChatError
from bot.ports.deliveries import OpenPrompt

LOOKS_BACK = timedelta(days=14)

NOT_SURE = timedelta(minutes=2)
"""So much is read before the last moment of listening: a line may have been dead by then."""

PAUSE = timedelta(seconds=0.2)
"""Between two readings; all that the bot does together may be fifty calls a second."""

PORTION = 1000
"""Messages read at a time, in calls of a hundred."""

_MOST_WAITS = 20

_log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Something to read, and the message that a thread hangs on."""

    channel: int
    place: PlaceRef
    thread_of: MessageRef | None = None


class Missed:
    """Reads back what was said where prompts were open."""

    def __init__(
        self,
        calls: Calls,
        *,
        portion: int = PORTION,
        pause: timedelta = PAUSE,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Read through these calls, so many messages at a time, with this pause in between."""
        self._calls = calls
        self._portion = portion
        self._pause = pause.total_seconds()
        self._sleep = sleep

    async def read(
        self, prompts: Iterable[OpenPrompt], last: datetime
    ) -> AsyncIterator[MessageSaid]:
        """What people said since `last`, where they were asked and after they were.

        In each place in the order in which it was said. A place that can't be read is logged and
        left out.
        """
        for conversation, since in _conversations(prompts, last - NOT_SURE).items():
            try:
                async for said in self._all_said(conversation, since):
                    yield said
            except ChatError as error:
                if isinstance(error, DiscordRefusedError) and error.code == UNKNOWN_CHANNEL:
                    continue  # nobody has opened a thread there
                kind = conversation.place.kind.value
                _log.warning("missed_not_read", kind=kind, why=str(error), **outline(error))

    async def _all_said(self, conversation: Conversation, since: int) -> AsyncIterator[MessageSaid]:
        while True:
            found = await self._patiently(conversation, since)
            for message in found:
                said = events.said(message, message.created_at, self._own)
                if said is not None:
                    yield _in(conversation, said)
            if len(found) < self._portion:
                return
            since = found[-1].id

    @property
    def _own(self) -> int | None:
        user = self._calls.client.user
        return user.id if user else None

    async def _patiently(self, conversation: Conversation, since: int) -> list[discord.Message]:
        """Read, a moment after the last call, and again for as long as Discord wants it later."""
        for _ in range(_MOST_WAITS):
            await self._sleep(self._pause)
            try:
                return await self._read(conversation, since)
            except ChatBusyError as error:
                await self._sleep(error.retry_after.total_seconds())
        await self._sleep(self._pause)
        return await self._read(conversation, since)

    async def _read(self, conversation: Conversation, since: int) -> list[discord.Message]:
        guild = conversation.place.community
        channel = self._calls.client.get_partial_messageable(
            conversation.channel,
            guild_id=int(guild) if guild else None,
            type=_TYPES.get(conversation.place.kind),
        )
        async with self._calls.calling():
            read = channel.history(
                limit=self._portion, after=discord.Object(since), oldest_first=True
            )
            return [message async for message in read]


_TYPES = {
    PlaceKind.THREAD: discord.ChannelType.public_thread,
    PlaceKind.CHANNEL: discord.ChannelType.text,
    PlaceKind.DIRECT: discord.ChannelType.private,
}


def _in(conversation: Conversation, said: MessageSaid) -> MessageSaid:
    """A message as the gateway would have told it: it knows what a thread hangs on."""
    return replace(said, thread=conversation.thread_of) if conversation.thread_of else said


def _conversations(prompts: Iterable[OpenPrompt], last: datetime) -> dict[Conversation, int]:
    """What to read, and after which id: each conversation once, and the thread under each nudge."""
    found: dict[Conversation, int] = {}
    for prompt in prompts:
        message, place = prompt.message, prompt.message.place
        # by ids, for their time is Discord's and not ours
        since = max(names.snowflake(message.native_id), discord.utils.time_snowflake(last))
        whole = Conversation(names.snowflake(place.native_id), place)
        found[whole] = min(since, found.get(whole, since))
        if place.kind is PlaceKind.CHANNEL and place.community is not None:
            number = names.snowflake(message.native_id)
            found[Conversation(number, names.thread(place.community, number), message)] = since
    # what many can see first: there may be very many direct conversations
    return dict(sorted(found.items(), key=lambda each: each[0].place.kind is PlaceKind.DIRECT))
