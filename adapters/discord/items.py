"""Buttons and menus: what their custom ids hold, and how a press finds its way after a restart.

A custom id is `cairn:NAME` with arguments after it, each after a colon; what follows a `#` belongs
to the message and not to the action.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import unquote

import discord
from discord import ui

from adapters.discord.text import label, storable, width
from bot.chat.outgoing import Option

LONGEST_ID = 100
"""The most characters of a custom id, and of an option's value."""

MOST_IN_ROW = 5
MOST_ROWS = 5
MOST_OPTIONS = 25

PREFIX = "cairn:"

_LONGEST_LABEL = 80
_LONGEST_OPTION = 100
_LONGEST_PLACEHOLDER = 150
_ROOM_FOR_TAIL = 28
"""What the tail may take: `#`, `d` and the delivery's number, part and parts."""

_ROW, _BUTTON, _MENU = 1, 2, 3
_GREY = 2

_TAKEN = re.compile("[%:#]")
_MARK = re.compile(r"d([0-9]{1,19})\.([0-9]{1,3})\.([0-9]{1,3})")

Take = Callable[[discord.Interaction[Any]], Awaitable[None]]
"""What an interaction is handed to."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Which part (from 1) of a delivery that comes in so many parts a message is."""

    delivery_id: int
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a custom id says."""

    name: str
    arguments: tuple[str, ...]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """A button to show."""

    label: str
    custom_id: str


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu to show, which fills a row."""

    placeholder: str
    custom_id: str
    options: tuple[Option, ...]


Row = tuple[Press | Menu, ...]
"""Up to five buttons, or one menu."""


def custom_id(name: str, arguments: Iterable[str], tail: int = _ROOM_FOR_TAIL) -> str | None:
    """The id for an action and its arguments; None if they are too long to come back.

    There is room for a `tail` of so many characters.
    """
    made = PREFIX + ":".join(map(_quoted, (name, *arguments)))
    return made if width(made) <= LONGEST_ID - tail else None


def numbered(made: str, number: int) -> str:
    """The same id once more in a message, which wants each only once."""
    return f"{made}#{number}"


def marked(made: str, mark: Mark) -> str:
    """An id that also says which delivery its message is part of."""
    return f"{made.partition('#')[0]}#d{mark.delivery_id}.{mark.part}.{mark.parts}"


def read(written: str) -> Pressed | None:
    """What a custom id says; None for one that is not Cairn's."""
    if not written.startswith(PREFIX):
        return None
    said, _, tail = written.removeprefix(PREFIX).partition("#")
    name, *arguments = (storable(unquote(part)) for part in said.split(":"))
    found = _MARK.fullmatch(tail)
    mark = Mark(int(found[1]), int(found[2]), int(found[3])) if found else None
    return Pressed(name, tuple(arguments), mark) if name else None


def _quoted(part: str) -> str:
    return _TAKEN.sub(lambda found: f"%{ord(found[0]):02X}", storable(part))


def rows_of(presses: Sequence[Press]) -> list[Row]:
    """Buttons in as few rows as hold them."""
    starts = range(0, len(presses), MOST_IN_ROW)
    return [tuple(presses[start : start + MOST_IN_ROW]) for start in starts]


def menus(placeholder: str, made: str, options: Iterable[Option]) -> list[Menu]:
    """Options in as few menus as hold them, each value once."""
    by_value = {one.value: one for one in reversed(tuple(options)) if is_value(one.value)}
    each = tuple(reversed(by_value.values()))
    starts = range(0, len(each), MOST_OPTIONS)
    return [Menu(placeholder, made, each[start : start + MOST_OPTIONS]) for start in starts]


def is_value(value: str) -> bool:
    """Whether a menu can hold this value and give it back as it is."""
    return 0 < width(value) <= LONGEST_ID and value == storable(value).strip()


def unique(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows of one message, no id twice."""
    seen: dict[str, int] = {}

    def once(made: str) -> str:
        seen[made] = seen.get(made, 0) + 1
        return made if seen[made] == 1 else numbered(made, seen[made])

    return tuple(tuple(_with_id(one, once(one.custom_id)) for one in row) for row in rows)


def mark_first(rows: tuple[Row, ...], mark: Mark) -> tuple[Row, ...]:
    """The rows with this mark on the first button or menu."""
    if not rows:
        return rows
    (first, *others), *below = rows
    return ((_with_id(first, marked(first.custom_id, mark)), *others), *below)


def _with_id(one: Press | Menu, made: str) -> Press | Menu:
    return one if one.custom_id == made else replace(one, custom_id=made)


def components(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows as Discord takes them.

    Not as discord.py's views: a client keeps those, and what is pressed finds its way without, by
    its custom id.
    """
    return [{"type": _ROW, "components": [_component(one) for one in row]} for row in rows]


def _component(one: Press | Menu) -> dict[str, Any]:
    if isinstance(one, Press):
        shown = label(one.label, _LONGEST_LABEL)
        return {"type": _BUTTON, "style": _GREY, "label": shown, "custom_id": one.custom_id}
    menu = {
        "type": _MENU,
        "custom_id": one.custom_id,
        "options": [option.to_dict() for option in select_options(one.options)],
    }
    if one.placeholder:
        menu["placeholder"] = label(one.placeholder, _LONGEST_PLACEHOLDER)
    return menu


def select_options(
    options: Iterable[Option], chosen: Iterable[str] = ()
) -> list[discord.SelectOption]:
    """Options as discord.py takes them, those `chosen` being preset."""
    preset = frozenset(chosen)
    return [
        discord.SelectOption(
            label=label(one.label, _LONGEST_OPTION, otherwise=one.value),
            value=one.value,
            default=one.value in preset,
        )
        for one in options
    ]


def dynamic_item(take: Take) -> type[ui.DynamicItem[ui.Item[Any]]]:
    """What every press of a button or menu of Cairn's comes to, whenever it was sent.

    One class for both: discord.py hands a press to every class whose template fits.
    """

    class Pressable(ui.DynamicItem[ui.Item[Any]], template=re.compile("cairn:.+", re.DOTALL)):
        @classmethod
        async def from_custom_id(
            cls,
            interaction: discord.Interaction[Any],
            item: ui.Item[Any],
            match: re.Match[str],
            /,
        ) -> Self:
            return cls(item)

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await take(interaction)

    return Pressable
