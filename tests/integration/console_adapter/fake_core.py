"""A small core that keeps events, answers commands and has things fall due."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from adapters.console.app import ConsoleApp
from adapters.console.clock import DemoClock
from adapters.console.core import Asked, Outcome
from adapters.console.memory import TEAM
from adapters.console.platform import ConsoleChat, ConsolePlatform
from adapters.crypto.ring import KeyRingCipher, new_ring_key
from bot.chat.identity import PlaceRef
from bot.chat.incoming import CommandGiven, FormSubmitted, SuggestionsAsked, Told
from bot.chat.outgoing import (
    Button,
    Buttons,
    FieldKind,
    File,
    Form,
    FormErrors,
    FormField,
    Message,
    Option,
    Text,
)
from bot.ports.chat import Chat
from bot.ports.clock import Clock
from bot.ports.inbox import InboxUnavailableError

FORM = Form(
    name="reflect",
    title="Reflect",
    intro="Only you can read this.",
    fields=(
        FormField(name="text", label="Your words", kind=FieldKind.LONG_TEXT, required=True),
        FormField(
            name="mood",
            label="Mood",
            kind=FieldKind.CHOICE,
            initial="calm",
            options=(Option("Calm", "calm"), Option("Wide awake", "awake")),
        ),
        FormField(name="paper", label="A file", kind=FieldKind.FILE),
    ),
    submit="Keep",
    hidden=(("delivery", "7"),),
)
PROMPT = Message(
    (
        Text("Who had an easier day because of you?"),
        Buttons((Button("Answer", "answer", ("1",)), Button("Skip", "skip", ("1",)))),
    )
)


@dataclass(frozen=True, slots=True)
class Due:
    """A message that falls due."""

    at: datetime
    delivery_id: int
    place: PlaceRef = TEAM
    message: Message = PROMPT


@dataclass
class FakeCore:
    """Outlives a restart of the console, as the database does."""

    due: list[Due] = field(default_factory=list[Due])
    kept: list[Told] = field(default_factory=list[Told])
    keeps: list[str] = field(default_factory=list[str])
    submitted: list[FormSubmitted] = field(default_factory=list[FormSubmitted])
    settled_at: list[datetime] = field(default_factory=list[datetime])
    unavailable: bool = False
    dies_on_keep: int | None = None
    chat: Chat | None = None
    clock: Clock | None = None
    _handled: int = 0

    async def asked(self, event: Asked) -> Outcome | None:
        if isinstance(event, FormSubmitted):
            self.submitted.append(event)
            if event.values["text"] == "bad":
                return FormErrors((("text", "Say a little more."),))
            return Message((Text("Thanks."),)) if event.values["text"] == "now" else None
        if isinstance(event, CommandGiven) and event.words.startswith("reflect"):
            return FORM
        return None

    async def suggest(self, asked: SuggestionsAsked) -> tuple[Option, ...]:
        return (Option("Berlin", "Europe/Berlin"), Option("Old town", "old town"))

    async def keep(self, event: Told) -> bool:
        if self.unavailable:
            raise InboxUnavailableError
        self.keeps.append(event.event_id)
        if event.event_id in {known.event_id for known in self.kept}:
            return False
        self.kept.append(event)
        if len(self.kept) == self.dies_on_keep:
            raise PowerCutError
        return True

    async def settle(self) -> None:
        assert self.chat is not None
        assert self.clock is not None
        self.settled_at.append(self.clock.now())
        while self._handled < len(self.kept):
            event = self.kept[self._handled]
            self._handled += 1
            if isinstance(event, CommandGiven):
                await self.chat.answer(event.actor.account, event.place, None, _answer(event))
        for due in [due for due in self.due if due.at <= self.clock.now()]:
            self.due.remove(due)
            await self.chat.send(due.place, due.message, due.delivery_id)

    async def next_at(self, after: datetime) -> datetime | None:
        return min((due.at for due in self.due if due.at > after), default=None)


class PowerCutError(Exception):
    """The process ends here."""


def _answer(event: CommandGiven) -> Message:
    button = Buttons((Button("More", "more", (event.words,)),))
    files = (File("export.zip", b"PK"),) if event.words == "export" else ()
    return Message((Text(f"You said: {event.words}"), button), files)


CIPHER = KeyRingCipher.from_keys([new_ring_key()])


@dataclass
class Console:
    """A console over a log, with what it showed."""

    log: Path
    core: FakeCore
    shown: list[str] = field(default_factory=list[str])
    progress: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        out = self.log.parent / "out"
        self.platform = ConsolePlatform(self.log, out, self.shown.append, CIPHER)
        self.clock = DemoClock(self.platform)
        self.chat = ConsoleChat(self.platform)
        self.core.chat, self.core.clock = self.chat, self.clock
        self.app = ConsoleApp(
            self.platform, self.clock, self.core, echoes=True, progress=self.progress.append
        )

    async def play(self, *lines: str) -> list[str]:
        """What is shown for these lines, without the first screen."""
        await self.app.begin()
        return await self.go_on(*lines)

    async def go_on(self, *lines: str) -> list[str]:
        self.shown.clear()
        for line in lines:
            await self.app.act(line)
        return list(self.shown)

    def close(self) -> None:
        self.platform.close()


async def typed(lines: Iterable[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line
