"""Direct conversations, opened one after another: Discord takes offence at many."""

import asyncio
from collections import OrderedDict
from datetime import timedelta

import discord

from adapters.discord import names
from adapters.discord.calls import OPENING, Calls
from adapters.discord.refusals import as_unsent
from bot.chat.identity import AccountRef, PlaceRef
from bot.ports.chat import ChatBusyError, ChatError

BETWEEN = timedelta(seconds=0.5)
"""Between two conversations that this process opens; people open them by joining, one by one."""

MOST_AHEAD = 10
"""How many may wait for their turn; whoever comes later hears that it takes a while."""

_MOST = 20_000


class Conversations:
    """The direct conversations of all people; each method raises `ChatError`."""

    def __init__(self, calls: Calls, *, between: timedelta = BETWEEN) -> None:
        """Open through these calls, with this pause between two."""
        self._calls = calls
        self._between = between
        self._known: OrderedDict[str, int] = OrderedDict()
        self._turn = asyncio.Lock()
        self._ahead = 0
        self._opened_at = float("-inf")

    async def open(self, actor: AccountRef) -> PlaceRef:
        """Someone's own conversation; opening one that is open changes nothing."""
        known = self._known.get(actor.native_id)
        if known is None:
            known = await self._open(actor)
            self._known[actor.native_id] = known
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return names.direct(known)

    async def _open(self, actor: AccountRef) -> int:
        await self._calls.check(OPENING)
        if self._ahead >= MOST_AHEAD:
            raise ChatBusyError(self._between * MOST_AHEAD)
        self._ahead += 1
        try:
            async with self._turn:
                await self._pause()
                user = discord.Object(names.snowflake(actor.native_id))
                try:
                    opened = await self._calls.make(lambda: self._calls.client.create_dm(user))
                except ChatError as error:
                    raise as_unsent(error) from error
        finally:
            self._ahead -= 1
        return opened.id

    async def _pause(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._opened_at + self._between.total_seconds() - loop.time()
        if left > 0:
            await asyncio.sleep(left)
        self._opened_at = loop.time()
