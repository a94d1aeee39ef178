"""The loop of the console: reads a line, acts, lets the core settle, shows."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from adapters.console import inbound, sentences
from adapters.console.clock import DemoClock
from adapters.console.core import Core
from adapters.console.directives import (
    LONGEST_LINE,
    As,
    Attach,
    Command,
    Directive,
    Dm,
    Fill,
    Help,
    History,
    In,
    Quit,
    Submit,
    Unreadable,
    Wait,
    read,
)
from adapters.console.files import FileProblem, read_attachment
from adapters.console.front_door import FrontDoor
from adapters.console.journal import FormLeft, PersonCame, WaitBegun, Went
from adapters.console.memory import channel, direct, place_name
from adapters.console.opening import Opening
from adapters.console.platform import ConsolePlatform
from adapters.console.render import echo, entry_lines, note
from adapters.console.waiting import to_moment, wait_until
from bot.chat.identity import PlaceKind, PlaceRef
from bot.chat.incoming import Attachment
from bot.chat.outgoing import Form, FormErrors

_CUT = 200
"""Characters shown of a line that is too long to be taken."""


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class ConsoleApp:
    """People, channels and time in one terminal, in front of a core.

    `echoes` is for input that is not a terminal: each line is shown once it was kept. `progress`
    takes a line now and then while a long `:wait` runs.
    """

    def __init__(
        self,
        platform: ConsolePlatform,
        clock: DemoClock,
        core: Core,
        *,
        echoes: bool,
        progress: Callable[[str], None] = _to_stderr,
    ) -> None:
        """Put the console together; nothing happens before `run`."""
        self._platform = platform
        self._clock = clock
        self._core = core
        self._echoes = echoes
        self._progress = progress
        self._door = FrontDoor(platform, core, self._was_kept)
        self._attached: dict[str, Attachment] = {}
        self._owed: list[str] = []
        self._acting = asyncio.Lock()

    async def run(self, lines: AsyncIterator[str]) -> None:
        """Begin, then act on each line until there are no more or one says to quit.

        Raises JournalError when the log can't be written.
        """
        async with self._acting:
            await self.begin()
        async for line in lines:
            async with self._acting:
                goes_on = await self.act(line)
            if not goes_on:
                return

    async def pass_a_minute(self) -> None:
        """Let the clock go on by a minute, as time does while nobody types."""
        async with self._acting:
            minute = timedelta(minutes=1)
            until = to_moment(Wait(length=minute), self._clock.now())
            if not isinstance(until, Unreadable):
                await wait_until(until, self._clock, self._core, self._show_progress)

    async def begin(self) -> None:
        """Bring the small community to life at the first start; show the first screen."""
        memory = self._platform.memory
        opening = Opening(self._platform, self._door, self.act)
        is_first = not opening.is_over
        if is_first:
            with self._platform.silently():
                await opening.play()
        now, where = memory.now, place_name(memory.where)
        if is_first:
            self._note(*sentences.welcome(now, memory.who, where))
        else:
            # The opening's own lines were typed by nobody.
            typed = _short(memory.typed) if memory.events > memory.opening.events else ""
            messages = len(memory.entries)
            self._note(*sentences.welcome_back(now, memory.who, where, messages, typed))
        await self._door.hand_over()
        await self._core.settle()
        if memory.until > memory.now:
            # The last run was cut while it waited.
            await self._wait_until(memory.until)

    async def act(self, line: str) -> bool:
        """Do what one line says; False when it says to quit."""
        if not line.strip():
            return True
        memory = self._platform.memory
        if self._echoes:
            self._owed.append(echo(memory.now, memory.where, memory.who, _short(line)))
        if line.startswith("/") and memory.who in memory.forms:
            self._platform.record(FormLeft(who=memory.who))
            self._owed.append(note(sentences.FORM_LEFT))
        if memory.pending and await self._door.hand_over():
            await self._core.settle()
        directive = read(line)
        await self._do(directive, line)
        self._was_kept()
        return not isinstance(directive, Quit)

    async def _do(self, directive: Directive, typed: str) -> None:
        match directive:
            case As(name):
                self._be(name)
            case In(name):
                self._go(channel(name))
            case Dm():
                self._go(direct(self._platform.memory.who))
            case Fill():
                self._fill(directive)
            case Attach(path):
                self._attach(path)
            case Wait():
                await self._wait(directive)
            case History(messages):
                self._history(messages)
            case Help():
                self._note(*sentences.HELP)
            case Unreadable(reason):
                self._note(reason)
            case Quit():
                pass
            case _:
                await self._tell(directive, typed)

    async def _tell(self, act: inbound.Act, typed: str) -> None:
        who = self._platform.memory.who
        takes_file = isinstance(act, Command | Submit)
        file = self._attached.get(who) if takes_file else None
        event = inbound.to_event(act, self._platform.memory, file)
        if isinstance(event, Unreadable):
            self._note(event.reason)
            return
        outcome = await self._door.tell(event, typed)
        # A file given with a command goes on to the form that the command opens.
        if takes_file and not isinstance(outcome, Form | FormErrors):
            self._attached.pop(who, None)

    def _be(self, name: str) -> None:
        memory = self._platform.memory
        is_new = name not in memory.people
        if is_new:
            self._platform.record(PersonCame(name=name))
        is_direct = memory.where.kind is PlaceKind.DIRECT
        where = direct(name) if is_direct else memory.where
        self._platform.record(Went(who=name, where=where))
        self._note(sentences.now_in(name, place_name(where), is_new=is_new))

    def _go(self, where: PlaceRef) -> None:
        memory = self._platform.memory
        is_new = not memory.has(where)
        self._platform.record(Went(who=memory.who, where=where))
        self._note(sentences.now_in(memory.who, place_name(where), is_new=is_new))

    def _fill(self, fill: Fill) -> None:
        filled = inbound.to_filled(fill, self._platform.memory)
        if isinstance(filled, Unreadable):
            self._note(filled.reason)
            return
        self._platform.record(filled)
        self._note(sentences.filled(filled.name, filled.value))

    def _attach(self, path: str) -> None:
        try:
            file = read_attachment(path)
        except FileProblem as problem:
            self._note(str(problem))
            return
        self._attached[self._platform.memory.who] = file
        self._note(sentences.attached(file.name))

    async def _wait(self, wait: Wait) -> None:
        until = to_moment(wait, self._clock.now())
        if isinstance(until, Unreadable):
            self._note(until.reason)
            return
        self._platform.record(WaitBegun(until=until))
        self._was_kept()
        await self._wait_until(until)

    async def _wait_until(self, until: datetime) -> None:
        await wait_until(until, self._clock, self._core, self._show_progress)
        self._note(sentences.now_is(until))

    def _show_progress(self, line: str) -> None:
        if not self._platform.is_silent:
            self._progress(line)

    def _history(self, messages: int) -> None:
        where = self._platform.memory.where
        entries = self._platform.memory.standing_in(where)[-messages:]
        if not entries:
            self._note(sentences.nothing_said(place_name(where)))
        self._was_kept()
        for entry in entries:
            for line in entry_lines(entry):
                self._platform.show(line)

    def _note(self, *lines: str) -> None:
        self._was_kept()
        for line in lines:
            self._platform.show(note(line))

    def _was_kept(self) -> None:
        """Show the typed line, now that it is safe to say that it was taken."""
        owed, self._owed = self._owed, []
        for line in owed:
            self._platform.show(line)


def _short(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:_CUT]}..."
