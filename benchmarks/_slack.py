"""What the benchmarks of Slack share: a local Slack, and a community on it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from adapters.slack import names
from benchmarks import _programme
from bot.bootstrap.core import Ground
from bot.chat.identity import PlaceKind

TEAM = "T1"


@dataclass(frozen=True)
class LocalSlack:
    """A local Slack in its own process."""

    api_url: str
    token: str
    app_token: str
    process: asyncio.subprocess.Process

    async def counts(self) -> dict[str, Any]:
        """How many posts it took and refused so far, and when (seconds of its own clock)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"counts\n")
        told: dict[str, Any] = json.loads(await self.process.stdout.readline())
        if told["violations"]:
            raise RuntimeError(str(told["violations"]))
        return told


@asynccontextmanager
async def local_slack(people: int, posts_per_minute: int = 0) -> AsyncIterator[LocalSlack]:
    """A local Slack with so many people; 0 posts a minute means that there are no limits."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.servers.slack",
        f"--people={people}",
        f"--posts-per-minute={posts_per_minute}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    try:
        assert process.stdout is not None
        yield LocalSlack(**json.loads(await process.stdout.readline()), process=process)
    finally:
        process.kill()
        await process.wait()


async def found(ground: Ground, people: int) -> int:
    """A programme that these people have joined, without anything due; gives its number."""
    members = [
        (
            names.account(TEAM, f"U{number}"),
            names.place(TEAM, f"DU{number}", PlaceKind.DIRECT),
        )
        for number in range(people)
    ]
    return await _programme.found(ground, names.community(TEAM), members)
