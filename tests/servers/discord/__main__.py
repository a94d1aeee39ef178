"""A local Discord in a process of its own: `python -m tests.servers.discord --people 100`.

Prints one line of JSON that says how to reach it, and answers each line on its input with another:
`counts` (how many messages it took and refused), `burst COMMANDS IN_FLIGHT` and `steady RATE
SECONDS` (people use `/cairn stone`; seconds until each was acknowledged). The end of its input
ends it.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import deque
from itertools import count
from typing import Any

from tests.servers.discord.hands import PersonHands
from tests.servers.discord.limits import Limits
from tests.servers.discord.server import ApiCall, DiscordServer


class Counts(deque[ApiCall]):
    """Calls, of which only the last is kept, and messages are counted."""

    def __init__(self) -> None:
        super().__init__(maxlen=1)
        self.posts = 0
        self.times: list[float] = []

    def append(self, call: ApiCall, /) -> None:
        if call.operation == "create_message" and call.status == 200:
            self.posts += 1
            self.times.append(call.at)
        super().append(call)


class Crowd:
    """People who use a command as fast as they are let."""

    def __init__(self, people: list[PersonHands]) -> None:
        self._people = people
        self._numbers = count(1)

    async def burst(self, commands: int, in_flight: int) -> dict[str, Any]:
        """So many commands, never more than so many at a time."""
        left, times = iter(range(commands)), list[float]()

        async def work() -> None:
            for _ in left:
                times.append(await self._use())

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(in_flight)))
        return {"seconds": time.perf_counter() - began, "times": times}

    async def steady(self, rate: int, seconds: float) -> dict[str, Any]:
        """So many commands a second, whatever became of those before."""
        began, tasks = time.perf_counter(), []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(self._use()))
        return {"seconds": seconds, "times": await asyncio.gather(*tasks)}

    async def _use(self) -> float:
        number = next(self._numbers)
        person = self._people[number % len(self._people)]
        began = time.perf_counter()
        said = {"text": f"Benchmark {number}", "kind": "proof"}
        used = await person.command("cairn stone", said)
        if not used.acknowledged:
            raise RuntimeError("a command was not acknowledged within three seconds")
        return time.perf_counter() - began


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--limits", action="store_true", help="Discord's own limits")
    options = parser.parse_args()
    limits = Limits.published() if options.limits else Limits.none()
    async with DiscordServer(limits=limits) as discord:
        counts = Counts()
        # counted instead of kept
        discord.calls = counts  # type: ignore[assignment]
        guild = discord.add_guild("Bench")
        team = guild.add_channel("team")
        people = [discord.add_person(guild, f"m{number}") for number in range(options.people)]
        crowd = Crowd(people)
        _say(
            api_url=discord.api_url,
            gateway_url=discord.gateway_url,
            token=discord.token,
            guild=guild.id,
            team=team.id,
            people=[each.id for each in people],
            directs=[each.direct.id for each in people],
        )
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            _say(**await _answer(discord, counts, crowd, line.decode().split()))


async def _answer(
    discord: DiscordServer, counts: Counts, crowd: Crowd, words: list[str]
) -> dict[str, Any]:
    match words:
        case ["burst", commands, in_flight]:
            told = await crowd.burst(int(commands), int(in_flight))
        case ["steady", rate, seconds]:
            told = await crowd.steady(int(rate), float(seconds))
        case _:
            refused = [at for *_, at in discord.rate_limited]
            told = {"posts": counts.posts, "times": counts.times, "refused": refused}
    return told | {
        "violations": discord.violations[:5],
        "commands": len(discord.application.commands.get(None, [])),
        "sessions": discord.gateway.open,
    }


def _say(**told: Any) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
