"""The console as a platform of its own: its log, its state and its screen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from adapters.console.files import Outbox
from adapters.console.journal import CairnSaid, Journal, JournalError, Record
from adapters.console.memory import PLATFORM, Memory, direct
from adapters.console.render import message_lines, prefix
from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceRef
from bot.chat.incoming import Person
from bot.chat.outgoing import Message, Picture
from bot.domain.delivery import Reason
from bot.ports.chat import ChatRefusedError, ChatUncertainError, Pace
from bot.ports.cipher import Cipher


class ConsolePlatform:
    """One community in one terminal.

    `log` is the file that it remembers by, sealed by the `cipher` (None: nothing is remembered),
    `out` the folder that files are written to, `screen` takes one line at a time. Raises
    JournalError for a log that can't be used.
    """

    def __init__(
        self, log: Path | None, out: Path, screen: Callable[[str], None], cipher: Cipher
    ) -> None:
        """Rebuild the state from the log."""
        self._screen = screen
        self._outbox = Outbox(out)
        self._journal = Journal(log, cipher)
        self.memory = Memory()
        self.is_silent = False
        try:
            for record in self._journal.read():
                self.memory.apply(record)
        except JournalError:
            self.close()
            raise

    def record(self, record: Record) -> None:
        """Write down what happened, then let it be so. Raises JournalError."""
        self._journal.append(record)
        self.memory.apply(record)

    def show(self, line: str) -> None:
        """Show one line, which must have no control characters."""
        if not self.is_silent:
            self._screen(line)

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Keep everything, show nothing."""
        self.is_silent = True
        try:
            yield
        finally:
            self.is_silent = False

    def show_lines(self, place: PlaceRef, lines: list[str]) -> None:
        """Show lines that Cairn says in a place."""
        for line in lines:
            self.show(prefix(self.memory.now, place) + line)

    def say(
        self,
        place: PlaceRef,
        message: Message,
        *,
        delivery_id: int | None = None,
        private_to: str | None = None,
        asked_in: PlaceRef | None = None,
    ) -> MessageRef:
        """Let Cairn say something: files first, then the log, then the screen.

        Raises JournalError when it could not be written down; then nothing was shown.
        """
        said = CairnSaid(
            id=self.memory.next_message_id(),
            at=self.memory.now,
            place=place,
            message=_without_content(message),
            delivery_id=delivery_id,
            private_to=private_to,
            asked_in=asked_in,
            files=tuple(self._outbox.save(message)),
        )
        self.record(said)
        self.show_lines(place, message_lines(message, said.files))
        return MessageRef(place, said.id)

    def close(self) -> None:
        """Let go of the log."""
        self._journal.close()


def _without_content(message: Message) -> Message:
    blocks = tuple(
        replace(block, png=b"") if isinstance(block, Picture) else block for block in message.blocks
    )
    return Message(blocks)


class ConsoleChat:
    """Port `Chat` over the console."""

    def __init__(self, platform: ConsolePlatform) -> None:
        """Speak on this platform."""
        self._platform = platform

    @property
    def platform(self) -> str:
        """The platform's name."""
        return PLATFORM

    @property
    def pace(self) -> Pace | None:
        """A terminal sets no limits."""
        return None

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        """Say it in a place that exists."""
        if not self._platform.memory.has(place):
            raise ChatRefusedError(Reason.PLACE_GONE, place.native_id, closes_place=True)
        try:
            return self._platform.say(place, message, delivery_id=delivery_id)
        except JournalError as error:
            raise ChatUncertainError(str(error)) from error

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        """Look in the log."""
        return self._platform.memory.delivered(place, delivery_id, since)

    async def answer(
        self,
        actor: AccountRef,
        place: PlaceRef,
        ticket: str | None,
        message: Message,
        *,
        instead_of: MessageRef | None = None,
    ) -> None:
        """Say it in the person's own conversation, so that nothing private stands in a channel.

        Lines that are on a screen stay there: nothing is replaced.
        """
        own = await self.open_direct(actor, None)
        name = actor.native_id
        try:
            self._platform.say(own, message, private_to=name, asked_in=place)
        except JournalError as error:
            raise ChatUncertainError(str(error)) from error

    async def show_home(
        self, actor: AccountRef, community: CommunityRef | None, message: Message
    ) -> None:
        """A terminal has no such page: it is said like an answer."""
        await self.answer(actor, direct(actor.native_id), None, message)

    async def person(self, actor: Person, community: CommunityRef | None) -> Person:
        """Every event of the console tells all."""
        return actor

    def room(
        self,
        people: tuple[AccountRef, ...],
        community: CommunityRef | None,
        under: PlaceRef | None,
    ) -> PlaceRef | None:
        """There are no rooms."""
        return None

    async def open_direct(
        self,
        actor: AccountRef,
        community: CommunityRef | None,
    ) -> PlaceRef:
        """The person's own conversation."""
        place = direct(actor.native_id)
        if actor.platform != PLATFORM or not self._platform.memory.has(place):
            raise ChatRefusedError(Reason.UNREACHABLE, actor.native_id, closes_place=True)
        return place
