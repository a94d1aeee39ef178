"""Slash commands a second by HTTP, and how long acknowledgements take, beside a bare bolt app."""

import asyncio
import hashlib
import hmac
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

import aiohttp
from sqlalchemy import func, select

from adapters.crypto.ring import new_ring_key
from adapters.storage.database import Database
from adapters.storage.tables import inbox
from benchmarks._postgres import databases, postgresql
from benchmarks._report import is_full, progress, report
from benchmarks._slack import LocalSlack, found, local_slack
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.core import grounded
from tests.ports import free_port

PEOPLE = 200
IN_FLIGHT = 100
STEADY = 200
"""Commands a second."""

PATIENCE = 120.0
SECRET = b"signing-secret"
_numbers = count(1)


@dataclass(frozen=True)
class Taken:
    """How fast commands were acknowledged; times in milliseconds."""

    rate: float
    p50: float
    p99: float


def main() -> None:
    asyncio.run(_measure(*((10_000, 20.0) if is_full(str(__doc__)) else (2_000, 5.0))))


async def _measure(commands: int, seconds: float) -> None:
    async with _bare(None) as url:
        alone = await _burst(url, commands)
    bare: dict[str, Taken] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with _bare(f"sqlite:///{Path(folder) / 'bare.db'}") as url:
            bare["SQLite"] = await _burst(url, commands)
    with postgresql() as database:
        async with _bare(database) as url:
            bare["PostgreSQL"] = await _burst(url, commands)
    with databases() as urls:
        for kind, database in urls.items():
            case = f"{kind}, {IN_FLIGHT} in flight"
            _tell(f"bare bolt, only acknowledging, {case}", alone, bare[kind])
            async with local_slack(PEOPLE) as slack, _cairn(slack, database) as url:
                taken = await _burst(url, commands)
                _tell(f"Cairn, {case}", taken, bare[kind])
                began = time.perf_counter()
                await _until_handled(database)
                after = time.perf_counter() - began
                report("slack_events", f"all handled after, {kind}", after, "s", 1)
                steady = await _steadily(url, seconds)
                report("slack_events", f"p99 at {STEADY}/s, {kind}", steady.p99, "ms", 300)
                await _until_handled(database)


def _tell(case: str, taken: Taken, bare: Taken) -> None:
    report("slack_events", case, taken.rate, "commands/s", bare.rate)
    report("slack_events", f"{case}, p50", taken.p50, "ms", bare.p50)
    report("slack_events", f"{case}, p99", taken.p99, "ms", bare.p99)


async def _burst(url: str, commands: int) -> Taken:
    """As many as are acknowledged, never more than so many at a time."""
    async with _session() as web:
        await asyncio.gather(*(_command(web, url) for _ in range(IN_FLIGHT)))
        times: list[float] = []
        left = iter(range(commands))

        async def work() -> None:
            for _ in left:
                times.append(await _command(web, url))

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        taken = _taken(commands / (time.perf_counter() - began), times)
    progress(f"{commands} commands: {taken.rate:.0f} a second")
    return taken


async def _steadily(url: str, seconds: float) -> Taken:
    """A command every five milliseconds, whatever became of those before."""
    async with _session() as web:
        began, tasks = time.perf_counter(), []
        for number in range(int(STEADY * seconds)):
            await asyncio.sleep(max(0.0, began + number / STEADY - time.perf_counter()))
            tasks.append(asyncio.create_task(_command(web, url)))
        times = await asyncio.gather(*tasks)
    return _taken(STEADY, times)


def _taken(rate: float, times: list[float]) -> Taken:
    parts = quantiles(times, n=100)
    return Taken(rate, parts[49] * 1000, parts[98] * 1000)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _command(web: aiohttp.ClientSession, url: str) -> float:
    """Send a signed command; the seconds until it was acknowledged."""
    number = next(_numbers)
    body = urlencode(
        {
            "command": "/cairn",
            "text": f'stone "Benchmark {number}" kind=proof',
            "team_id": "T1",
            "user_id": f"U{number % PEOPLE}",
            "user_name": "m",
            "channel_id": f"DU{number % PEOPLE}",
            "channel_name": "directmessage",
            "api_app_id": "A0CAIRN",
            "trigger_id": f"t{number}",
            "response_url": "http://127.0.0.1:9/nobody",
        }
    )
    stamp = str(int(time.time()))
    signed = hmac.new(SECRET, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signed}",
    }
    began = time.perf_counter()
    async with web.post(url, data=body, headers=headers) as answer:
        text = await answer.text()
        if answer.status != 200 or text:
            raise RuntimeError(f"{answer.status}: {text}")
    return time.perf_counter() - began


@asynccontextmanager
async def _bare(database: str | None) -> AsyncIterator[str]:
    port = free_port()
    words = ["benchmarks._bare_bolt", str(port), *([database] if database else [])]
    async with _process(words, port, os.environ) as url:
        yield url


@asynccontextmanager
async def _cairn(slack: LocalSlack, database: str) -> AsyncIterator[str]:
    key, port = new_ring_key(), free_port()
    async with grounded(database, (key,), SystemClock()) as ground:
        await found(ground, PEOPLE)
    settings = {
        "CAIRN_KEYS": key,
        "CAIRN_DATABASE_URL": database,
        "CAIRN_HTTP_PORT": str(port),
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": SECRET.decode(),
        "SLACK_POSTS_PER_MINUTE": "60000",
    }
    async with _process(["bot", "run"], port, {**os.environ, **settings}) as url:
        yield url


@asynccontextmanager
async def _process(words: list[str], port: int, env: Mapping[str, str]) -> AsyncIterator[str]:
    """A program that listens on a port, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, env=env, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with _session() as web, asyncio.timeout(PATIENCE):
            while True:
                with suppress(aiohttp.ClientError):
                    async with web.get(f"http://127.0.0.1:{port}/readyz") as answer:
                        if answer.status == 200:
                            break
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}/slack/events"
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
