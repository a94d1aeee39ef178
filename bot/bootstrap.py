"""The wiring: the only module that knows every concrete class."""

import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from adapters.calendar.public_holidays import PublicHolidays
from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage.database import Database
from adapters.storage.inbox import SqlInbox
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
from bot.settings import Settings
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

    async def next_at(self, after: datetime) -> datetime | None:
        """When something falls due next, later than `after`."""
        async with self.storage.reading() as work:
            return await work.deliveries.next_at(after)


@asynccontextmanager
async def opened(
    database_url: str, keys: tuple[str, ...], clock: Clock, chats: Mapping[str, Chat]
) -> AsyncIterator[Cairn]:
    """Cairn on a database that is up to date, closed at the end of the block.

    Raises `CairnError` with what to do if the database or the keys can't be used.
    """
    cipher = KeyRingCipher.from_keys(keys)
    database = Database(database_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await upgrade(database)
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
        )


def _process_name() -> str:
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{uuid4().hex[:8]}"


def demo_keys(folder: Path) -> tuple[str, ...]:
    """The key ring of a demo, made at its first start and readable by its owner only."""
    path = folder / "keys"
    if not path.exists():
        draft = folder / "keys.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_ring_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return tuple(path.read_text(encoding="ascii").split())


async def run_demo(folder: Path, out: Path, *, keeps: bool) -> None:
    """Cairn on the console until the person quits or the input ends.

    `folder` holds the database, the keys and the console's log; `keeps` says whether a person
    named it, and so wants the history of typed lines in it as well.
    """
    from adapters.console.app import ConsoleApp
    from adapters.console.clock import DemoClock
    from adapters.console.lines import piped_lines, plain_screen
    from adapters.console.platform import ConsoleChat, ConsolePlatform

    folder.mkdir(parents=True, exist_ok=True)
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    screen = plain_screen(sys.stdout)
    if is_terminal:
        from adapters.console.terminal import show as screen

    platform = ConsolePlatform(folder / "console.jsonl", out, screen)
    try:
        clock, chat = DemoClock(platform), ConsoleChat(platform)
        url = f"sqlite:///{folder.absolute() / 'cairn.db'}"
        async with opened(url, demo_keys(folder), clock, {chat.platform: chat}) as cairn:
            app = ConsoleApp(platform, clock, cairn, echoes=not is_terminal)
            lines = piped_lines()
            if is_terminal:
                from adapters.console.terminal import Terminal

                history = folder / "history" if keeps else None
                lines = Terminal(platform.memory, cairn, words(), history).lines()
            await app.run(lines)
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


async def serve(settings: Settings) -> None:
    """Serve the platforms whose tokens are set. Raises `CairnError` with what to do."""
    async with opened(settings.database, settings.keys, SystemClock(), {}):
        message = (
            "The database and the keys are in place, but there is no platform to serve: this "
            "release speaks on the console only. Try `cairn demo`."
        )
        raise NoPlatformError(message)


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
