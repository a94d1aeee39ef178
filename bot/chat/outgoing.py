"""What the core says: messages of a few block kinds, forms of a few field kinds, and files.

All text is plain: adapters escape it, and nothing in it can mention anyone or become a link.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Context:
    """A quiet line, such as who will read an answer."""

    text: str
    kind: Literal["context"] = "context"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that a person wrote, set apart from Cairn's own."""

    text: str
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True)
class Fields:
    """Short facts, as (label, value)."""

    items: tuple[tuple[str, str], ...]
    kind: Literal["fields"] = "fields"


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `action` is a name of the action table, `arguments` come back with the press."""

    label: str
    action: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of buttons."""

    buttons: tuple[Button, ...]
    kind: Literal["buttons"] = "buttons"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Select:
    """A choice of one; the chosen value comes back as the last argument of `action`."""

    placeholder: str
    action: str
    options: tuple[Option, ...]
    arguments: tuple[str, ...] = ()
    kind: Literal["select"] = "select"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with words that say what it shows."""

    name: str
    png: bytes
    alt: str
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between parts."""

    kind: Literal["divider"] = "divider"


Block = Text | Context | Quote | Fields | Buttons | Select | Picture | Divider


@dataclass(frozen=True, slots=True)
class File:
    """A file handed to a person."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that a message speaks of in these words, which are right where its reader is."""

    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """Something that Cairn says.

    A platform that shows times by each reader's own clock may do so where its `moments` are told.
    """

    blocks: tuple[Block, ...]
    files: tuple[File, ...] = ()
    moments: tuple[Moment, ...] = ()

    def plain(self) -> str:
        """The whole message as text, for notifications and screen readers."""
        return "\n".join(line for block in self.blocks for line in plain_lines(block))


def plain_lines(block: Block) -> list[str]:
    """A block in plain text, a line an item; a divider has none."""
    match block:
        case Text(text) | Context(text):
            return text.splitlines()
        case Quote(text):
            return [f"> {line}" for line in text.splitlines()]
        case Fields(items):
            return [f"{label}: {value}" for label, value in items]
        case Buttons(buttons):
            return ["  ".join(f"[{button.label}]" for button in buttons)]
        case Select(placeholder=placeholder, options=options):
            return [f"{placeholder}: " + " / ".join(option.label for option in options)]
        case Picture(alt=alt):
            return [alt]
        case Divider():
            return []


class FieldKind(StrEnum):
    """How a form's field is filled.

    A person comes back as `@native_id`, several with commas between, a channel as `#native_id`.
    """

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    TIME = "time"
    FILE = "file"
    PERSON = "person"
    PEOPLE = "people"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form; `max_length` counts characters."""

    name: str
    label: str
    kind: FieldKind
    required: bool = False
    hint: str = ""
    initial: str = ""
    options: tuple[Option, ...] = ()
    max_length: int = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Something to fill in; `intro` stands above the fields, `hidden` comes back unchanged."""

    name: str
    title: str
    intro: str
    fields: tuple[FormField, ...]
    submit: str
    hidden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FormErrors:
    """A form that can't be taken yet: one sentence a field name, and what was typed is kept."""

    errors: tuple[tuple[str, str], ...]
