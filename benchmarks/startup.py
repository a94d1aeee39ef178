"""From command to ready on an existing database, beside importing what is imported then.

The program serves a local Slack over HTTP. The baseline is an interpreter that imports the
libraries that this takes, and does nothing with them.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import aiohttp

from adapters.crypto.ring import new_ring_key
from benchmarks._postgres import databases
from benchmarks._report import is_full, progress, report
from benchmarks._slack import LocalSlack, local_slack
from bot.bootstrap.databases import upgrade_database
from tests.ports import free_port

_LIBRARIES = (
    "aiohttp, apscheduler.schedulers.asyncio, cronsim, cryptography.fernet, dateutil.rrule, "
    "holidays, pydantic_settings, slack_bolt.app.async_app, slack_sdk.web.async_client, "
    "sqlalchemy.ext.asyncio, starlette.applications, structlog, typer, uvicorn, babel.dates"
)
_DRIVERS = {"SQLite": "aiosqlite", "PostgreSQL": "psycopg"}


def main() -> None:
    asyncio.run(_measure(9 if is_full(str(__doc__)) else 3))


async def _measure(times: int) -> None:
    async with local_slack(1) as slack:
        with databases() as urls, tempfile.TemporaryDirectory() as folder:
            for kind, url in urls.items():
                await upgrade_database(url)
                settings = _settings(slack, url, Path(folder))
                await _until_ready(settings)
                ours = [await _until_ready(settings) for _ in range(times)]
                bare = [await _until_imported(_DRIVERS[kind]) for _ in range(times)]
                progress(f"{kind}: {ours}, bare: {bare}")
                report(
                    "startup",
                    f"{kind}: command to ready, median of {times}",
                    statistics.median(ours),
                    "s",
                    statistics.median(bare),
                )


def _settings(slack: LocalSlack, url: str, folder: Path) -> dict[str, str]:
    return {
        "CAIRN_KEYS": new_ring_key(),
        "CAIRN_DATABASE_URL": url,
        "CAIRN_DATA_DIR": str(folder),
        "CAIRN_HTTP_PORT": str(free_port()),
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": "signing-secret",
    }


async def _until_ready(settings: Mapping[str, str]) -> float:
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env=os.environ | settings,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with aiohttp.ClientSession() as web:
            url = f"http://127.0.0.1:{settings['CAIRN_HTTP_PORT']}/readyz"
            while not await _is_ready(web, url):
                if process.returncode is not None and process.stderr is not None:
                    raise RuntimeError((await process.stderr.read()).decode())
                await asyncio.sleep(0.005)
        return time.perf_counter() - start
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def _is_ready(web: aiohttp.ClientSession, url: str) -> bool:
    with suppress(aiohttp.ClientError):
        async with web.get(url) as answer:
            return answer.status == 200
    return False


async def _until_imported(driver: str) -> float:
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"import {_LIBRARIES}, {driver}"
    )
    if await process.wait():
        message = "a library can't be imported"
        raise RuntimeError(message)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
