"""What the benchmarks of Discord share: a local Discord, and a community on it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from adapters.discord import names
from benchmarks import _programme
from bot.bootstrap.core import Ground


@dataclass(frozen=True)
class LocalDiscord:
    """A local Discord in its own process; `people` and `directs` belong together."""

    api_url: str
    gateway_url: str
    token: str
    guild: str
    team: str
    people: list[str]
    directs: list[str]
    process: asyncio.subprocess.Process

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to connect to it."""
        return {
            **os.environ,
            "DISCORD_TOKEN": self.token,
            "DISCORD_API_URL": self.api_url,
            "DISCORD_GATEWAY_URL": self.gateway_url,
        }

    async def ask(self, *words: str | int | float) -> dict[str, Any]:
        """`counts`, `burst COMMANDS IN_FLIGHT` or `steady RATE SECONDS`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(str(word) for word in words).encode() + b"\n")
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError("the local Discord has ended")
        told: dict[str, Any] = json.loads(line)
        if told["violations"]:
            raise RuntimeError(str(told["violations"]))
        return told

    async def connected(self) -> None:
        """Wait until a client is on the gateway and has declared its commands."""
        while True:
            told = await self.ask("counts")
            if told["sessions"] and told["commands"]:
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def local_discord(people: int, *, limits: bool = False) -> AsyncIterator[LocalDiscord]:
    """A local Discord with so many people, with Discord's own limits or none at all."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.servers.discord",
        f"--people={people}",
        *(["--limits"] if limits else []),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    try:
        assert process.stdout is not None
        told = json.loads(await process.stdout.readline())
        yield LocalDiscord(**told, process=process)
    finally:
        process.kill()
        await process.wait()


async def found(ground: Ground, discord: LocalDiscord) -> int:
    """A programme that everybody there has joined, without anything due; gives its number."""
    pairs = zip(discord.people, discord.directs, strict=True)
    members = [(names.account(person), names.direct(place)) for person, place in pairs]
    return await _programme.found(ground, names.community(discord.guild), members)
