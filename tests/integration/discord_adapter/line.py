"""Replicas of Cairn's Discord side on one house, and the local Discord at the other end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from adapters.discord.app import DiscordPlatform, sending_client
from adapters.discord.leading import Pulse
from tests.fakes.installations import InMemoryLeadership, InMemoryPresence
from tests.integration.discord_adapter.house import House
from tests.servers.discord.hands import PersonHands
from tests.servers.discord.permissions import Permission
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.world import Channel, Guild, StoredMessage

PATIENCE = 15.0
PULSE = Pulse(
    lease=timedelta(seconds=1),
    renewed_every=timedelta(seconds=0.2),
    first_pause=timedelta(seconds=0.2),
    patience=timedelta(seconds=5),
)


@dataclass
class Line:
    """A server with a channel, `cora` who runs it and `ben`, and what Cairn has kept."""

    discord: DiscordServer
    house: House
    guild: Guild
    team: Channel
    cora: PersonHands
    ben: PersonHands
    presence: InMemoryPresence = field(default_factory=InMemoryPresence)
    leadership: InMemoryLeadership = field(default_factory=InMemoryLeadership)

    def platform(self, **options: Any) -> DiscordPlatform:
        """One more replica, not started."""
        chat = self.house.speak_through(sending_client())
        return DiscordPlatform(
            options.pop("token", self.discord.token),
            chat,
            records=self.house.records,
            presence=self.presence,
            leadership=self.leadership,
            clock=self.house.clock,
            acknowledgements=self.house.acknowledgements,
            gateway_url=self.discord.gateway_url,
            pulse=PULSE,
            **options,
        )

    @asynccontextmanager
    async def served(self, **options: Any) -> AsyncIterator[DiscordPlatform]:
        """One more replica, started."""
        platform = self.platform(**options)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(platform.close)
            stack.push_async_callback(platform.stop)
            await platform.start(self.core)
            yield platform

    @property
    def core(self) -> Any:
        """The house, where the whole core is asked for."""
        return self.house

    def kept(self, kind: type) -> list[Any]:
        """What was kept of one kind."""
        return [one for one in self.house.kept if isinstance(one, kind)]

    async def ben_joined(self) -> StoredMessage:
        """Ben joins; gives his first question."""
        given = await self.ben.command("cairn start", {"zone": "Europe/Berlin"}, channel=self.team)
        await self.ben.answered(given)
        await self.house.send()
        return self.ben.latest(self.ben.direct)


async def until(is_so: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(patience):
        while not is_so():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.02)


def new_line(discord: DiscordServer, house: House) -> Line:
    """A line to a Discord that has just been made."""
    guild = discord.add_guild("Acme")
    team = guild.add_channel("team")
    cora = discord.add_person(guild, "cora", permissions=int(Permission.MANAGE_GUILD))
    return Line(discord, house, guild, team, cora, discord.add_person(guild, "ben"))
