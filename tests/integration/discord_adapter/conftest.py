"""Two ways to a Discord that is not Discord: in memory, and over a line on this machine."""

import pytest
import simcord

from adapters.discord.client import CairnClient
from tests.integration.discord_adapter.house import House


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
