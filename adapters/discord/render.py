"""Messages of the vocabulary as Discord's.

A message is parted where Discord's limits demand it, and before words that follow a button, because
Discord shows all buttons below the words; no words of it are lost.
Limits: github.com/discord/discord-api-docs, `resources/message.mdx`, `components/reference.mdx`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

import discord

from adapters.discord import items
from adapters.discord.items import Mark, Press, Row
from adapters.discord.text import (
    ELLIPSIS,
    PARTING,
    Names,
    atoms,
    calm,
    cut,
    label,
    one_line,
    pieces,
    readable,
    timed,
    width,
)
from bot.chat.outgoing import (
    Button,
    Buttons,
    Context,
    Divider,
    Fields,
    Message,
    Option,
    Picture,
    Quote,
    Select,
    Text,
)

LONGEST_CONTENT = 2000
MOST_FILES = 10

_LONGEST_ALT = 1024
_LONGEST_NAME = 200
_LONGEST_LABEL = 256
_BITS = (PARTING, "\N{WORD JOINER}")
_MARK_EDGE = "\N{INVISIBLE SEPARATOR}"
_PART_BITS = 12
_ROOM_FOR_MARK = 2 + 64 + 2 * _PART_BITS
_LONGEST_TEXT = LONGEST_CONTENT - _ROOM_FOR_MARK
_LONGEST_LINE = _LONGEST_TEXT - len("-# \n")
_MARK = re.compile(f"{_MARK_EDGE}([{''.join(_BITS)}]+){_MARK_EDGE}$")
_MENTION = re.compile(r"<@([0-9]+)>")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes with a message; `alt` says what a picture shows."""

    name: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message to send; nobody is notified of it but `mentions`."""

    content: str
    rows: tuple[Row, ...] = ()
    files: tuple[Upload, ...] = ()
    mentions: tuple[int, ...] = ()


def to_message(message: Message, names: Names, mentioned: Collection[str] = ()) -> list[Rendered]:
    """A message as those to send for it, in order: at least one, mostly one.

    People are called by their names; the native ids in `mentioned` are mentions where Cairn itself
    names them.
    """
    parts = _Parts(names, mentioned, [(calm(one.words), one.at) for one in message.moments])
    for block in message.blocks:
        match block:
            case Text(text):
                parts.say(parts.lines(text))
            case Context(text):
                parts.say_quietly(f"-# {line}" for line in parts.lines(text) if line.strip())
            case Quote(text):
                parts.say(f"> {line}" for line in parts.lines_of_others(text))
            case Fields(facts):
                parts.say(line for fact in facts for line in parts.fact(*fact))
            case Buttons(buttons):
                parts.offer(buttons)
            case Select():
                parts.offer_choice(block)
            case Picture(name, png, alt):
                parts.enclose(Upload(name, png, cut(one_line(readable(alt, names)), _LONGEST_ALT)))
            case Divider():
                parts.say_quietly([""])
    for file in message.files:
        parts.enclose(Upload(file.name, file.content))
    return parts.all()


@dataclass(slots=True)
class _Parts:
    """The messages that one message is becoming."""

    names: Names
    mentioned: Collection[str]
    moments: Sequence[tuple[str, datetime]] = ()
    done: list[Rendered] = field(default_factory=list[Rendered])
    said: list[str] = field(default_factory=list[str])
    rows: list[Row] = field(default_factory=list[Row])
    uploads: list[Upload] = field(default_factory=list[Upload])
    used: int = 0

    def lines(self, text: str) -> tuple[str, ...]:
        """Cairn's own words in markdown, line by line."""
        shown = timed(readable(text, self.names, self.mentioned), self.moments)
        return _own_lines(shown, tuple(self.mentioned))

    def lines_of_others(self, text: str) -> Iterator[str]:
        """What people wrote in markdown, line by line; none if there is nothing to see."""
        shown = readable(text, self.names).strip("\n")
        for line in shown.split("\n") if shown.strip() else ():
            yield from _fitting(atoms(line, own=False))

    def fact(self, name: str, value: str) -> Iterator[str]:
        """A label and its value."""
        called = "".join(atoms(label(readable(name, self.names), _LONGEST_LABEL), own=False))
        shown = timed(readable(value, self.names, self.mentioned), self.moments)
        head, *more = shown.strip("\n").split("\n")
        marked_head = atoms(head, own=True, mentioned=self.mentioned)
        yield from _fitting((f"**{called}:** ", *marked_head) if name.strip() else marked_head)
        for line in more:
            yield from _fitting(atoms(line, own=True, mentioned=self.mentioned))

    def say(self, lines: Iterable[str]) -> None:
        """Add words, which stand above the buttons that follow and below those before."""
        if self.rows:
            self._part()
        self.say_quietly(lines)

    def say_quietly(self, lines: Iterable[str]) -> None:
        """Add words that may as well stand above the buttons before them."""
        for line in lines:
            taken = width(line) + 1
            if self.used + taken > _LONGEST_TEXT:
                self._part()
            self.said.append(line)
            self.used += taken

    def offer(self, buttons: Iterable[Button]) -> None:
        """Add buttons; one that can't come back with all that it carries can only be read."""
        presses: list[Press] = []
        too_much: list[str] = []
        for button in buttons:
            shown = one_line(readable(button.label, self.names)) or button.action
            made = items.custom_id(button.action, button.arguments)
            if made is None:
                too_much.append(shown)
            else:
                presses.append(Press(shown, made))
        self.say_quietly(f"-# {line}" for one in too_much for line in self.lines(one))
        self._add(items.rows_of(presses))

    def offer_choice(self, select: Select) -> None:
        """Add a menu, or buttons for what no menu can hold."""
        made = items.custom_id(select.action, select.arguments)
        shown = [
            Option(one_line(readable(one.label, self.names)), one.value) for one in select.options
        ]
        if made is None or not all(items.is_value(one.value) for one in shown):
            self.offer(
                Button(one.label or one.value, select.action, (*select.arguments, one.value))
                for one in shown
            )
            return
        placeholder = one_line(readable(select.placeholder, self.names))
        self._add([(menu,) for menu in items.menus(placeholder, made, shown)])

    def enclose(self, upload: Upload) -> None:
        """Add a file."""
        if len(self.uploads) == MOST_FILES:
            self._part()
        self.uploads.append(replace(upload, name=cut(one_line(calm(upload.name)), _LONGEST_NAME)))

    def all(self) -> list[Rendered]:
        """Every message, at least one."""
        if self.said or self.rows or self.uploads or not self.done:
            self._part()
        return self.done

    def _add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if len(self.rows) == items.MOST_ROWS:
                self._part()
            self.rows.append(row)

    def _part(self) -> None:
        content = "\n".join(self.said).strip()
        if not content and not self.uploads:
            # Discord takes no message without words, a file or an embed
            content = ELLIPSIS
        mentions = dict.fromkeys(_MENTION.findall(content)) if self.mentioned else {}
        self.done.append(
            Rendered(
                content,
                items.unique(self.rows),
                tuple(self.uploads),
                tuple(int(one) for one in mentions if one in self.mentioned),
            )
        )
        self.said, self.rows, self.uploads, self.used = [], [], [], 0


@lru_cache(maxsize=64)
def _own_lines(shown: str, mentioned: tuple[str, ...]) -> tuple[str, ...]:
    """A question goes to many people in the same words, so the last ones are remembered."""
    return tuple(
        piece
        for line in shown.strip("\n").split("\n")
        for piece in _fitting(atoms(line, own=True, mentioned=mentioned))
    )


def _fitting(parts: Iterable[str]) -> list[str]:
    return pieces(parts, _LONGEST_LINE) or [""]


def marked(parts: Sequence[Rendered], delivery_id: int) -> list[Rendered]:
    """The same messages, each saying which part of which delivery it is.

    That stands in the custom id of the first button or menu, else, since nothing else of a message
    comes back unseen, in characters without width at the end of what it says.
    """
    return [
        _marked(part, Mark(delivery_id, number, len(parts)))
        for number, part in enumerate(parts, start=1)
    ]


def _marked(part: Rendered, mark: Mark) -> Rendered:
    if part.rows:
        return replace(part, rows=items.mark_first(part.rows, mark))
    packed = (mark.delivery_id << 2 * _PART_BITS) | (mark.part << _PART_BITS) | mark.parts
    unseen = "".join(_BITS[int(bit)] for bit in f"{packed:b}")
    return replace(part, content=f"{part.content}{_MARK_EDGE}{unseen}{_MARK_EDGE}")


def delivery_of(message: discord.Message) -> Mark | None:
    """Which part of a delivery a message of Cairn's is; None if it says none."""
    for row in message.components:
        for one in getattr(row, "children", ()):
            pressed = items.read(getattr(one, "custom_id", None) or "")
            if pressed and pressed.mark:
                return pressed.mark
    unseen = _MARK.search(message.content)
    if unseen is None:
        return None
    packed = int("".join("01"[_BITS.index(bit)] for bit in unseen[1]), 2)
    least = (1 << _PART_BITS) - 1
    return Mark(packed >> 2 * _PART_BITS, packed >> _PART_BITS & least, packed & least)
