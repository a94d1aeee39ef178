"""Processes of `cairn run` that are born quickly and can be killed at any moment."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.e2e import program


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
                "tests.e2e.births",
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
