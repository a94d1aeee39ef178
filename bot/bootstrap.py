"""The wiring: the only module that knows every concrete class."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from adapters.calendar.public_holidays import PublicHolidays
from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage.database import Database
from adapters.storage.inbox import SqlInbox
from adapters.storage.keys import require_keys
from adapters.storage.leases import end_leases
from adapters.storage.unit_of_work import SqlStorage
from adapters.storage.upgrade import check, upgrade
from bot.chat.incoming import SuggestionsAsked, Told
from bot.chat.outgoing import Form, FormErrors, Option
from bot.commands.declared import COMMANDS
from bot.commands.dispatch import Dispatcher
from bot.commands.meaning import Deed
from bot.commands.worker import InboxWorker
from bot.domain.errors import CairnError
from bot.ports.chat import Chat
from bot.ports.clock import Clock
from bot.ports.storage import Storage
from bot.services import library
from bot.services.composing import Composer
from bot.services.housekeeping import Housekeeping
from scheduler.courier import Courier
from scheduler.planner import Planner


class NoPlatformError(CairnError):
    """There is nothing to serve."""


class SystemClock:
    """Port `Clock` by the machine's clock."""

    def now(self) -> datetime:
        """The time now."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Cairn:
    """The core with everything plugged in; what a platform's adapter talks to."""

    storage: Storage
    inbox: SqlInbox
    dispatcher: Dispatcher
    worker: InboxWorker
    planner: Planner
    courier: Courier
    housekeeping: Housekeeping

    async def asked(self, event: Deed) -> Form | FormErrors | None:
        """Answer what can be answered now; None means that the event is to be kept."""
        return await self.dispatcher.asked(event)

    async def suggest(self, asked: SuggestionsAsked) -> tuple[Option, ...]:
        """What fits while someone types the value of an argument."""
        return await self.dispatcher.suggest(asked)

    async def keep(self, event: Told) -> bool:
        """Keep an event in the inbox; False if it is known."""
        return await self.inbox.keep(event)

    async def settle(self) -> None:
        """Handle what was kept, then plan and deliver all that is due now, until all is quiet."""
        while await self.worker.drain() + await self.planner.run() + await self.courier.run():
            pass
        await self.housekeeping.run()

    async def next_at(self, after: datetime) -> datetime | None:
        """When something falls due next, later than `after`."""
        async with self.storage.reading() as work:
            return await work.deliveries.next_at(after)


@asynccontextmanager
async def opened(
    database_url: str,
    keys: tuple[str, ...],
    clock: Clock,
    chats: Mapping[str, Chat],
    *,
    is_alone: bool = False,
) -> AsyncIterator[Cairn]:
    """Cairn on a database that is up to date, closed at the end of the block.

    `is_alone` says that no other process uses the database: what a killed one was at work on is
    taken up at once, without waiting for its leases to run out.
    Raises `CairnError` with what to do if the database or the keys can't be used.
    """
    cipher = KeyRingCipher.from_keys(keys)
    database = Database(database_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await upgrade(database)
        await require_keys(database, cipher)
        if is_alone:
            await end_leases(database, clock.now())
        storage, inbox = SqlStorage(database, cipher), SqlInbox(database, cipher, clock)
        stack.push_async_callback(inbox.close)
        await library.publish(storage, clock.now())
        calendar, owner = PublicHolidays(), _process_name()
        dispatcher = Dispatcher(storage, clock, calendar, chats)
        yield Cairn(
            storage=storage,
            inbox=inbox,
            dispatcher=dispatcher,
            worker=InboxWorker(inbox, dispatcher, chats, clock, owner),
            planner=Planner(storage, clock, calendar),
            courier=Courier(storage, clock, chats, Composer(), owner),
            housekeeping=Housekeeping(storage, clock),
        )


def _process_name() -> str:
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{uuid4().hex[:8]}"


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


async def serve(database_url: str, keys: tuple[str, ...], chats: Mapping[str, Chat]) -> None:
    """Serve these platforms until the process is asked to stop.

    Raises `CairnError` with what to do if it can't start.
    """
    from scheduler.runner import Runner, standing_jobs

    async with opened(database_url, keys, SystemClock(), chats) as cairn:
        if not chats:
            message = (
                "The database and the keys are in place, but there is no platform to serve: this "
                "release speaks on the console only. Try `cairn demo`."
            )
            raise NoPlatformError(message)
        runner = Runner(
            standing_jobs(cairn.planner, cairn.courier, cairn.worker.drain, cairn.housekeeping.run)
        )
        await runner.start()
        try:
            await _asked_to_stop()
        finally:
            await runner.stop()


async def _asked_to_stop() -> None:
    asked = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, asked.set)
    await asked.wait()


async def upgrade_database(url: str) -> str:
    """Bring a database up to this release, and say how it stands. Raises `CairnError`."""
    database = Database(url)
    try:
        await upgrade(database)
        return await check(database)
    finally:
        await database.close()


async def check_database(url: str) -> str:
    """Say how a database stands. Raises `CairnError`."""
    database = Database(url)
    try:
        return await check(database)
    finally:
        await database.close()
