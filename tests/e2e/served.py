"""`cairn run` as a process in front of a local platform, with a clock that can be moved."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import aiohttp
from sqlalchemy import func, or_, select

from adapters.storage.database import Database
from adapters.storage.tables import delivery, inbox, schedule, send_group
from adapters.storage.unit_of_work import SqlStorage
from bot.ports.cipher import Cipher
from tests.e2e import program

PATIENCE = 60.0
NOTICED_AFTER = 1.05
"""Seconds until the program has read its clock's offset again."""

_UNDER_WAY = ("due", "leased", "sending", "unknown")


class Rehearsal:
    """A clock that is ahead of the machine's, or behind it, by what stands in a file."""

    def __init__(self, path: Path, at: datetime) -> None:
        self.path = path
        self._offset = at - datetime.now(UTC)
        self.move_to(at)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move_to(self, at: datetime) -> None:
        self._offset = at - datetime.now(UTC)
        draft = self.path.with_suffix(".new")
        draft.write_text(str(self._offset.total_seconds()), encoding="ascii")
        draft.replace(self.path)


class Served:
    """One process of `cairn run`, on one database."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self._settings = dict(settings)
        self._process: asyncio.subprocess.Process | None = None
        self.log = folder / "run.log"

    async def start(self, *platforms: str) -> None:
        """Start, for these platforms or all that are set, and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                *platforms,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=program.environment(self._settings),
            )
        url = f"http://127.0.0.1:{self._settings['CAIRN_HTTP_PORT']}/readyz"
        async with aiohttp.ClientSession() as web:
            for _ in range(int(PATIENCE / 0.05)):
                assert self._process.returncode is None, self.log.read_text()
                with suppress(aiohttp.ClientError):
                    async with web.get(url) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)
        raise TimeoutError(self.log.read_text())

    async def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to stop."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()


class Nursery:
    """Lets processes be born, as many as are wanted, and die."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder, self._settings = folder, settings
        self._process: asyncio.subprocess.Process | None = None
        self.children: list[int] = []

    async def open(self) -> None:
        """Import all that a child needs, once for all of them."""
        with (self._folder / "run.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.e2e.nursery",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=self._folder,
                env=program.environment(self._settings),
            )
        assert self._process.stdout is not None
        assert await self._process.stdout.readline() == b"ready\n"

    async def bear(self) -> None:
        """Start one more process."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"go\n")
        self.children.append(int(await self._process.stdout.readline()))

    def kill(self, child: int) -> None:
        """End one of them as a power cut would."""
        self.children.remove(child)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)

    def kill_all(self) -> None:
        """End all of them so."""
        for child in list(self.children):
            self.kill(child)

    async def close(self) -> None:
        """End them, and what bore them."""
        self.kill_all()
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


class LocalPlatform(Protocol):
    """What a local Slack and a local Discord have in common."""

    async def quiet(self, patience: float) -> None:
        """Wait until nothing is on its way to the program."""
        ...


class Quiet:
    """Looks into the database whether anything is still to be done."""

    def __init__(self, url: str, cipher: Cipher, now: Callable[[], datetime]) -> None:
        self._database = Database(url)
        self._storage = SqlStorage(self._database, cipher)
        self._now = now

    async def wait(self, platform: LocalPlatform) -> None:
        """Wait until nothing is under way: events, planning, deliveries."""
        for _ in range(int(PATIENCE / 0.05)):
            await platform.quiet(PATIENCE)
            if not await self.unfinished():
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"still under way at {self._now()}: {await self.unfinished()}")

    async def unfinished(self) -> dict[str, int]:
        """How many of what."""
        now = self._now()
        queries = {
            "events": select(func.count()).select_from(inbox).where(inbox.c.state != "done"),
            "deliveries": select(func.count())
            .select_from(delivery)
            .where(
                delivery.c.state.in_(_UNDER_WAY),
                or_(delivery.c.state != "due", delivery.c.act_at <= now),
            ),
            "groups": select(func.count())
            .select_from(send_group.join(schedule))
            .where(send_group.c.next_at <= now, ~schedule.c.paused),
        }
        async with self._database.reading() as connection:
            counts = {
                name: (await connection.execute(query)).scalar_one()
                for name, query in queries.items()
            }
        return {name: number for name, number in counts.items() if number}

    async def next_at(self) -> datetime | None:
        """When something falls due next."""
        async with self._storage.reading() as work:
            return await work.deliveries.next_at(self._now())

    async def close(self) -> None:
        await self._database.close()
