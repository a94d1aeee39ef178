"""A bare discord.py client and the local Discord server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.servers.discord.server import DiscordServer


class BareClient(discord.AutoShardedClient):
    """Notes what it hears; `asked` and `wanted` are what it does with interactions."""

    def __init__(self, intents: discord.Intents, **options: Any) -> None:
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[tuple[str, Any]] = []
        self.news = asyncio.Event()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify again without the library's pause of five seconds."""

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        self.heard.append((event, args[0] if args else None))
        self.news.set()

    async def until(self, event: str, times: int = 1) -> Any:
        """Wait until an event has come so often; its subject."""
        async with asyncio.timeout(5):
            while len(found := [what for name, what in self.heard if name == event]) < times:
                self.news.clear()
                await self.news.wait()
        return found[times - 1]


@asynccontextmanager
async def connected(
    server: DiscordServer, intents: discord.Intents | None = None, **options: Any
) -> AsyncIterator[BareClient]:
    """A client that is logged in and ready."""
    client = BareClient(intents or discord.Intents.default(), **options)
    async with client:
        await client.login(server.token)
        running = asyncio.create_task(client.connect())
        await client.until("ready")
        yield client
        await client.close()
        await running


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as running:
        point_at(running, monkeypatch)
        yield running


def point_at(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let discord.py talk to a local server."""
    monkeypatch.setattr(Route, "BASE", server.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))


@pytest.fixture(autouse=True)
def nothing_wrong(server: DiscordServer) -> Iterator[None]:
    """Whatever a test does, its requests keep Discord's limits unless it says otherwise."""
    yield
    assert server.violations == []
