"""The servers that Cairn is in, and those that it was in when it last looked."""

import asyncio
from collections.abc import Collection
from uuid import uuid4

import structlog

from adapters.discord import names
from adapters.discord.core import Core
from adapters.discord.names import PLATFORM
from bot.chat.incoming import Installed, Person, Removed
from bot.domain.failures import outline
from bot.ports.clock import Clock
from bot.ports.installations import Installations

_PATIENCE = 1.0
"""Seconds; who gave a command waits three at most."""

_log = structlog.get_logger(__name__)


class Guilds:
    """Tells the core of servers that are new or gone, each once; kept in records.

    Discord doesn't tell of a removal while nobody listens, so that the lists are compared at the
    start of every session. A server that is out of order is in the list and is not gone.
    """

    def __init__(self, core: Core, records: Installations | None, clock: Clock) -> None:
        """Tell this core; without records every server is new."""
        self._core = core
        self._records = records
        self._clock = clock
        self._known: set[int] | None = None
        self._has_come = asyncio.Event()

    async def here(self, guild: int, name: str, application: int) -> None:
        """Cairn is in this server."""
        try:
            if guild in await self._all():
                return
            await self._core.keep(
                Installed(
                    event_id=f"installed:{guild}:{uuid4().hex}",
                    at=self._clock.now(),
                    actor=Person(names.account(application)),
                    place=names.direct(application),
                    community=names.community(guild),
                    community_name=name,
                    by_host=True,
                )
            )
            if self._records is not None:
                await self._records.save(PLATFORM, str(guild), b"{}")
            (await self._all()).add(guild)
            self._has_come.set()
            self._has_come = asyncio.Event()
        # The next session compares again.
        except Exception as error:  # noqa: BLE001
            _log.error("server_not_noted", **outline(error))

    async def known(self, guild: int) -> None:
        """Wait a moment for a server that is about to be told of.

        What somebody does there can come first, and needs the server's programme.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                while guild not in await self._all():
                    await self._has_come.wait()
        # It is a server without the bot, or one that can't be noted now.
        except Exception as error:  # noqa: BLE001
            _log.warning("server_not_known", server=str(guild), **outline(error))

    async def gone(self, guild: int, application: int) -> None:
        """Cairn was removed from this server."""
        now = self._clock.now()
        try:
            await self._core.keep(
                Removed(
                    event_id=f"removed:{guild}:{now:%Y-%m-%dT%H:%M}",
                    at=now,
                    actor=Person(names.account(application)),
                    place=names.direct(application),
                    community=names.community(guild),
                )
            )
            if self._records is not None:
                await self._records.delete(PLATFORM, str(guild))
            (await self._all()).discard(guild)
            _log.info("removed_from_server", server=str(guild))
        # The next session compares again.
        except Exception as error:  # noqa: BLE001
            _log.error("removal_not_noted", **outline(error))

    async def compare(
        self, listed: Collection[int], shard: int, shards: int, application: int
    ) -> None:
        """Note what is missing from the list that a shard's session began with."""
        try:
            known = sorted(await self._all())
        except Exception as error:  # noqa: BLE001
            _log.error("servers_not_compared", **outline(error))
            return
        for guild in known:
            if (guild >> 22) % shards == shard and guild not in listed:
                await self.gone(guild, application)

    async def _all(self) -> set[int]:
        if self._known is None:
            stored = () if self._records is None else await self._records.communities(PLATFORM)
            self._known = {int(one) for one in stored if names.is_snowflake(one)}
        return self._known
