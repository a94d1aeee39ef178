"""Two ways to a Discord that is not Discord: in memory, and over a line on this machine."""

from collections.abc import AsyncIterator

import pytest
import simcord

from adapters.discord.app import point_at
from adapters.discord.client import CairnClient
from tests.integration.discord_adapter.house import House
from tests.integration.discord_adapter.line import Line, new_line
from tests.servers.discord.server import DiscordServer


@pytest.fixture
async def house() -> House:
    house = House()
    await house.furnish()
    return house


@pytest.fixture
def simcord_bot(house: House) -> CairnClient:
    return house.client()


@pytest.fixture
def env(simcord_env: simcord.Env) -> simcord.Env:
    """Discord in memory, with the real client logged in and ready."""
    return simcord_env


@pytest.fixture
async def line(house: House) -> AsyncIterator[Line]:
    """The local Discord; it must have had nothing to complain of in the end."""
    async with DiscordServer(intents={"message_content"}) as discord:
        point_at(discord.api_url, discord.gateway_url)
        yield new_line(discord, house)
        point_at("", "")
        assert discord.violations == []
