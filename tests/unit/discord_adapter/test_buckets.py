"""Rate limits of conversations long ago are dropped, and seldom looked for."""

import discord
from discord.http import Ratelimit

from adapters.discord.buckets import FEW, tidied_seldom


class Expired(Ratelimit):
    """One that counts how often it is looked at."""

    looks = 0

    def is_inactive(self) -> bool:
        type(self).looks += 1
        return True


async def test_expired_ones_are_dropped_and_others_stay() -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        http = client.http
        tidied_seldom(http)
        for number in range(FEW - 1):
            http.get_ratelimit(f"live {number}")
        http._buckets["old"] = Expired(1.0)
        http.get_ratelimit("next")
        assert "old" not in http._buckets
        assert len(http._buckets) == FEW


async def test_they_are_looked_for_when_their_number_has_doubled() -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        http = client.http
        tidied_seldom(http)
        for number in range(FEW):
            http.get_ratelimit(f"live {number}")
        http.get_ratelimit("one more")
        http._buckets["old"] = Expired(1.0)
        Expired.looks = 0
        for number in range(FEW - 3):
            http.get_ratelimit(f"new {number}")
        assert Expired.looks == 0
        for number in range(3):
            http.get_ratelimit(f"newer {number}")
        assert Expired.looks == 1
        assert "old" not in http._buckets
