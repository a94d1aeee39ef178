"""Commands a second from the gateway, and how long acknowledgements take, beside a bare client.

The baseline keeps a row of each command before it acknowledges, as Cairn does; a second one keeps
nothing.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import func, select

from adapters.crypto.ring import new_ring_key
from adapters.storage.database import Database
from adapters.storage.tables import inbox
from benchmarks._discord import LocalDiscord, found, local_discord
from benchmarks._postgres import databases, postgresql
from benchmarks._report import is_full, progress, report
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.core import grounded
from tests.ports import free_port

PEOPLE = 200
IN_FLIGHT = 100
STEADY = 100
"""Commands a second."""

PATIENCE = 120.0


@dataclass(frozen=True)
class Taken:
    """How fast commands were acknowledged; times in milliseconds."""

    rate: float
    p50: float
    p99: float


def main() -> None:
    asyncio.run(_measure(*((10_000, 20.0) if is_full(str(__doc__)) else (2_000, 5.0))))


async def _measure(commands: int, seconds: float) -> None:
    alone = await _bare(None, commands)
    bare: dict[str, Taken] = {}
    with tempfile.TemporaryDirectory() as folder:
        bare["SQLite"] = await _bare(f"sqlite:///{Path(folder) / 'bare.db'}", commands)
    with postgresql() as database:
        bare["PostgreSQL"] = await _bare(database, commands)
    with databases() as urls:
        for kind, database in urls.items():
            case = f"{kind}, {IN_FLIGHT} in flight"
            _tell(f"bare client, only acknowledging, {case}", alone, bare[kind])
            async with local_discord(PEOPLE) as discord, _cairn(discord, database):
                taken = await _burst(discord, commands)
                _tell(f"Cairn, {case}", taken, bare[kind])
                beside = f"Cairn beside a bare client that keeps nothing, {case}"
                report("discord_events", beside, taken.rate, "commands/s", alone.rate)
                began = time.perf_counter()
                await _until_handled(database)
                after = time.perf_counter() - began
                report("discord_events", f"all handled after, {kind}", after, "s", 1)
                steady = _taken(await discord.ask("steady", STEADY, seconds))
                report("discord_events", f"p99 at {STEADY}/s, {kind}", steady.p99, "ms", 300)
                await _until_handled(database)


def _tell(case: str, taken: Taken, bare: Taken) -> None:
    report("discord_events", case, taken.rate, "commands/s", bare.rate)
    report("discord_events", f"{case}, p50", taken.p50, "ms", bare.p50)
    report("discord_events", f"{case}, p99", taken.p99, "ms", bare.p99)


async def _burst(discord: LocalDiscord, commands: int) -> Taken:
    """As many as are acknowledged, never more than so many at a time."""
    await discord.ask("burst", IN_FLIGHT, IN_FLIGHT)
    taken = _taken(await discord.ask("burst", commands, IN_FLIGHT))
    progress(f"{commands} commands: {taken.rate:.0f} a second")
    return taken


def _taken(told: dict[str, Any]) -> Taken:
    parts = quantiles(told["times"], n=100)
    rate = len(told["times"]) / told["seconds"]
    return Taken(rate, parts[49] * 1000, parts[98] * 1000)


async def _bare(database: str | None, commands: int) -> Taken:
    words = ["benchmarks._bare_discord", *([database] if database else [])]
    async with local_discord(PEOPLE) as discord, _process(words, discord, discord.environment):
        return await _burst(discord, commands)


@asynccontextmanager
async def _cairn(discord: LocalDiscord, database: str) -> AsyncIterator[None]:
    key = new_ring_key()
    async with grounded(database, (key,), SystemClock()) as ground:
        await found(ground, discord)
    settings = {
        "CAIRN_KEYS": key,
        "CAIRN_DATABASE_URL": database,
        "CAIRN_HTTP_PORT": str(free_port()),
    }
    async with _process(["bot", "run"], discord, {**discord.environment, **settings}):
        yield


@asynccontextmanager
async def _process(
    words: list[str], discord: LocalDiscord, env: Mapping[str, str]
) -> AsyncIterator[None]:
    """A program that connects to a local Discord, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, env=env, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await discord.connected()
        yield
    finally:
        process.terminate()
        await process.wait()


async def _until_handled(url: str) -> None:
    """Wait until the inbox is empty."""
    database = Database(url)
    open_ones = select(func.count()).select_from(inbox).where(inbox.c.state != "done")
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.reading() as connection:
                if not (await connection.execute(open_ones)).scalar_one():
                    break
            await asyncio.sleep(0.2)
    await database.close()


if __name__ == "__main__":
    main()
