"""Discord, for the benchmark of kills: a local one in this process that people talk on."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from adapters.discord import names
from benchmarks._programme import POSTS_PER_MINUTE, found, make_due
from bot.bootstrap.core import grounded
from bot.chat.identity import AccountRef
from tests.e2e.discord_settings import settings_for
from tests.e2e.served import Rehearsal
from tests.servers.discord.hands import PersonHands
from tests.servers.discord.permissions import Permission
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.world import Channel

PATIENCE = 30.0


class DiscordSide:
    """One guild, with the message content intent."""

    name = "Discord"

    def __init__(self, clock: Rehearsal, people: int) -> None:
        self._clock = clock
        self._discord = DiscordServer(now=clock.now, intents={"message_content"})
        # a call that reads a long thread back holds all of its words
        self._discord.calls = deque(maxlen=0)  # type: ignore[assignment]
        self._guild = self._discord.add_guild("Bench")
        self._team = self._guild.add_channel("team")
        self._people = [self._person(number) for number in range(people)]
        self._thread: Channel | None = None

    def _person(self, number: int) -> PersonHands:
        may = int(Permission.MANAGE_GUILD) if number == 0 else 0
        return self._discord.add_person(self._guild, f"m{number}", permissions=may)

    async def __aenter__(self) -> Self:
        await self._discord.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._discord.__aexit__(*error)

    def settings(self, folder: Path, key: str) -> Mapping[str, str]:
        """What a host sets for it."""
        given = settings_for(self._discord, folder, key, 0)
        return {**given, "DISCORD_POSTS_PER_MINUTE": POSTS_PER_MINUTE}

    async def join(self, url: str, key: str) -> None:
        """Everybody is a member, with nothing due."""
        members = [(names.account(one.id), names.direct(one.direct.id)) for one in self._people]
        async with grounded(url, (key,), self._clock) as ground:
            await found(ground, names.community(self._guild.id), members)

    async def fall_due(self, url: str, key: str, part: int, parts: int) -> None:
        """A question for everybody of one part of several."""
        if part * 2 == parts:
            # a thousand kills take more than a day, and Discord counts sessions by the day
            self._discord.gateway.identifies = 0
        async with grounded(url, (key,), self._clock) as ground:
            await make_due(ground, self._clock.now(), part, parts)

    async def ask_in_channel(self) -> None:
        """A question that people can answer in its thread; the next one is far away."""
        await self._discord.gateway.wait()
        coordinator = self._people[0]
        options = {"channel": self._team, "when": "last Friday of the month 07:00"}
        await coordinator.command("cairn-admin nudge add", options, self._team)
        await coordinator.command("cairn-admin nudge now", channel=self._team)
        async with asyncio.timeout(PATIENCE):
            while self._thread is None:
                await asyncio.sleep(0.05)
                self._thread = next(
                    (each for each in self._guild.channels.values() if each.is_thread), None
                )

    async def say(self, moments: random.Random, text: str) -> AccountRef:
        """Somebody answers in the thread."""
        assert self._thread is not None
        hands = moments.choice(self._people)
        await hands.say(text, self._thread)
        return names.account(hands.id)

    async def quiet(self, patience: float) -> None:
        """Wait until every event was handed over to whoever listens."""
        await self._discord.quiet(patience)

    def copies(self) -> Counter[int]:
        """How many messages carry each delivery; of one in parts, the part that came most often."""
        parts = Counter(
            str(message.nonce)
            for place in (self._team, *(one.direct for one in self._people))
            for message in place.standing()
            if message.nonce is not None
        )
        copies: Counter[int] = Counter()
        for nonce, number in parts.items():
            delivery = int(nonce.partition(".")[0])
            copies[delivery] = max(copies[delivery], number)
        return copies

    def complaints(self) -> list[str]:
        """What the platform objected to."""
        return self._discord.violations
