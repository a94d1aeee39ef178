"""Calls of Discord's API: never during a wait that it asked for, each outcome a `ChatError`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

import discord
import structlog

from adapters.discord.names import PLATFORM
from adapters.discord.refusals import OpenedTooFastError, RateLimitedError, of_exception
from bot.domain.failures import outline
from bot.ports.chat import ChatBusyError
from bot.ports.clock import Clock
from bot.ports.installations import Waits

EVERYTHING = "everything"
"""What waits when Discord counts all that the bot does."""

OPENING = "open_direct"
"""What waits when Discord counts the direct conversations that were opened."""

READ_AGAIN = timedelta(seconds=5)

_ALL = ""
"""The community of a wait that holds everywhere."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Calls:
    """Every call of Discord's API for the core; each method raises `ChatError`.

    Waits that hold for the whole bot are shared with the other replicas.
    """

    def __init__(self, client: discord.Client, waits: Waits, clock: Clock) -> None:
        """Call through this client, which is logged in or will be."""
        self.client = client
        self._waits = waits
        self._clock = clock
        self._until: dict[str, datetime] = {}
        self._read_at = float("-inf")

    @property
    def http(self) -> discord.http.HTTPClient:
        """Discord's routes."""
        return self.client.http

    async def check(self, what: str, *, whole_platform: bool = False) -> None:
        """Raises `ChatBusyError` if such calls wait."""
        if asyncio.get_running_loop().time() - self._read_at > READ_AGAIN.total_seconds():
            await self._read()
        left = self._until.get(what, self._clock.now()) - self._clock.now()
        if left > timedelta():
            raise ChatBusyError(left, whole_platform=whole_platform)

    async def wait(self, what: str, length: timedelta) -> None:
        """Let such calls wait, here and in every replica."""
        until = self._clock.now() + length
        self._until[what] = max(until, self._until.get(what, until))
        try:
            await self._waits.set(PLATFORM, _ALL, what, until)
        # This process has it in memory; the others will be told to wait by Discord.
        except Exception as error:  # noqa: BLE001
            _log.warning("wait_not_stored", what=what, **outline(error))

    async def make(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call."""
        async with self.calling():
            return await call()

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """A call, or several, in this block."""
        await self.check(EVERYTHING, whole_platform=True)
        try:
            yield
        # discord.py and aiohttp let through whatever went wrong on the way
        except Exception as error:
            failed = of_exception(error)
            await self._note(failed)
            raise failed from error

    async def _note(self, failed: Exception) -> None:
        match failed:
            case RateLimitedError(retry_after=length, is_global=is_global):
                _log.info("discord_rate_limited", wait=length.total_seconds(), all=is_global)
                if is_global:
                    await self.wait(EVERYTHING, length)
            case OpenedTooFastError(retry_after=length):
                _log.warning("discord_opened_too_fast", wait=length.total_seconds())
                await self.wait(OPENING, length)

    async def _read(self) -> None:
        # noted before the reading, so that calls at the same time don't all read
        self._read_at = asyncio.get_running_loop().time()
        now = self._clock.now()
        try:
            stored = await self._waits.running(PLATFORM, now)
        # Without the others' waits, Discord itself still says when to wait.
        except Exception as error:  # noqa: BLE001
            _log.warning("waits_not_read", **outline(error))
            return
        self._until = {what: until for what, until in self._until.items() if until > now}
        for (_, what), until in stored.items():
            self._until[what] = max(until, self._until.get(what, until))
