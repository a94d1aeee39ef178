"""The demo: the core behind the console."""

import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from bot.bootstrap.core import opened
from bot.commands.declared import COMMANDS
from bot.domain.errors import CairnError


class DemoFolderError(CairnError):
    """The folder of a demo can't be used."""


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where a demo keeps its database, its keys and the console's log."""

    path: Path

    def prepare(self) -> None:
        """Make the folder. Raises `DemoFolderError`."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"{self.path} can't be used as the demo's folder: {error.strerror}"
            raise DemoFolderError(message) from error

    @property
    def database_url(self) -> str:
        """The embedded database."""
        return f"sqlite:///{self.path.absolute() / 'cairn.db'}"

    @property
    def log(self) -> Path:
        """What the console remembers."""
        return self.path / "console.log"

    def keys(self) -> tuple[str, ...]:
        """The key ring, made at the first start and readable by its owner only.

        Raises `DemoFolderError` if it can't be read or made, or is gone while the texts are there.
        """
        path = self.path / "keys"
        try:
            if not path.exists():
                self._make_keys(path)
            return tuple(path.read_text(encoding="ascii").split())
        except OSError as error:
            message = f"the keys in {path} can't be used: {error.strerror}"
            raise DemoFolderError(message) from error
        except UnicodeDecodeError as error:
            message = f"the keys in {path} can't be used: they are damaged"
            raise DemoFolderError(message) from error

    def _make_keys(self, path: Path) -> None:
        if (self.path / "cairn.db").exists():
            message = (
                f"{path} is missing, and without it nothing in this folder can be read. Put it "
                "back, or start in another folder."
            )
            raise DemoFolderError(message)
        draft = path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_ring_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


async def run_demo(folder: DemoFolder, out: Path) -> None:
    """Cairn on the console until the person quits or the input ends.

    Exports are written to `out`. Raises `CairnError` with what to do if it can't start.
    """
    # a server never needs the console
    from adapters.console.app import ConsoleApp
    from adapters.console.clock import DemoClock
    from adapters.console.lines import piped_lines, plain_screen
    from adapters.console.platform import ConsoleChat, ConsolePlatform

    folder.prepare()
    keys = folder.keys()
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    screen = plain_screen(sys.stdout)
    if is_terminal:
        from adapters.console.terminal import show as screen

    platform = ConsolePlatform(folder.log, out, screen, KeyRingCipher.from_keys(keys))
    try:
        clock, chat = DemoClock(platform), ConsoleChat(platform)
        chats = {chat.platform: chat}
        async with opened(folder.database_url, keys, clock, chats, is_alone=True) as cairn:
            app = ConsoleApp(platform, clock, cairn, echoes=not is_terminal)
            if not is_terminal:
                await app.run(piped_lines())
                return
            from adapters.console.terminal import Terminal
            from scheduler.runner import Job, Runner

            terminal = Terminal(platform.memory, cairn, words())
            # at the keyboard time goes on by itself; in a transcript only `:wait` moves it
            minute = Job("minute", timedelta(minutes=1), app.pass_a_minute, at_once=False)
            minutes = Runner([minute])
            await minutes.start()
            try:
                await app.run(terminal.lines())
            finally:
                await minutes.stop()
    finally:
        platform.close()


def words() -> list[str]:
    """What can follow `/cairn`: every command, and every argument as `NAME argument=`."""
    names = [command.name for command in COMMANDS]
    arguments = [
        f"{command.name} {argument.name}="
        for command in COMMANDS
        for argument in command.arguments
        if not argument.hidden
    ]
    return names + arguments
