"""What Cairn and people say, as lines of text that are safe to show in a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from unicodedata import category

from adapters.console import sentences
from adapters.console.memory import Entry, place_name
from bot.chat.identity import PlaceKind, PlaceRef
from bot.chat.outgoing import (
    Block,
    Buttons,
    Divider,
    FieldKind,
    Form,
    FormErrors,
    FormField,
    Message,
    Picture,
    Select,
    plain_lines,
)

EARLIER = "  "
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something in a message that can be pressed: a button, or an option of a select."""

    number: int
    label: str
    action: str
    arguments: tuple[str, ...]


def clean(text: str) -> str:
    """One line that can't move the cursor, colour the screen or turn the text round."""
    return "".join(map(_safe, text))


def _safe(character: str) -> str:
    if character == "\t":
        return " "
    if character in _BIDI or category(character) in _UNSAFE:
        return _REPLACEMENT
    return character


def prefix(at: datetime, place: PlaceRef) -> str:
    """What every line that Cairn says begins with."""
    return f"{at:%Y-%m-%d %H:%M} {clean(place_name(place))} | "


def echo(at: datetime, place: PlaceRef, who: str, typed: str) -> str:
    """A line that a person typed."""
    where = place_name(place)
    speaker = where if place.kind is PlaceKind.DIRECT else f"{where} {who}"
    return f"{at:%Y-%m-%d %H:%M} {clean(speaker)}> {clean(typed)}"


def note(sentence: str) -> str:
    """A sentence of the console itself."""
    return f"-- {clean(sentence)}"


def choices(message: Message) -> tuple[Choice, ...]:
    """All that can be pressed: buttons first, then the options of selects."""
    number = count(1)
    buttons = [
        Choice(next(number), button.label, button.action, button.arguments)
        for block in message.blocks
        if isinstance(block, Buttons)
        for button in block.buttons
    ]
    options = [
        Choice(next(number), option.label, block.action, (*block.arguments, option.value))
        for block in message.blocks
        if isinstance(block, Select)
        for option in block.options
    ]
    return (*buttons, *options)


def message_lines(message: Message, files: Iterable[str] = ()) -> list[str]:
    """A message without its prefix, a line an item; `files` say where its files are."""
    numbered = choices(message)
    count_of_buttons = sum(len(b.buttons) for b in message.blocks if isinstance(b, Buttons))
    buttons, options = iter(numbered[:count_of_buttons]), iter(numbered[count_of_buttons:])
    lines = [clean(line) for b in message.blocks for line in _block_lines(b, buttons, options)]
    return [*lines, *map(clean, files)]


def _block_lines(block: Block, buttons: Iterator[Choice], options: Iterator[Choice]) -> list[str]:
    match block:
        case Buttons(buttons=row):
            return [_numbered(next(buttons) for _ in row)] if row else []
        case Select(placeholder=placeholder, options=row):
            return [f"{placeholder}: {_numbered(next(options) for _ in row)}"]
        case Picture(alt=alt):
            return [f"[picture] {alt}"]
        case Divider():
            return ["---"]
        case _:
            return plain_lines(block)


def _numbered(row: Iterable[Choice]) -> str:
    return "  ".join(f"[{choice.number}] {choice.label}" for choice in row)


def form_lines(form: Form, values: Mapping[str, str]) -> list[str]:
    """A form without its prefix, with the values that stand in it now."""
    lines = [form.title, *form.intro.splitlines()]
    for field in form.fields:
        lines += _field_lines(field, values.get(field.name, ""))
    lines.append(_how_to(form))
    return [clean(line) for line in lines]


def _how_to(form: Form) -> str:
    if not form.fields:
        return sentences.HOW_TO_SUBMIT.format(label=form.submit)
    typed = [field.name for field in form.fields if field.kind is not FieldKind.FILE]
    if not typed:
        return sentences.HOW_TO_ATTACH.format(label=form.submit)
    return sentences.HOW_TO_FILL.format(field=typed[0], label=form.submit)


def _field_lines(field: FormField, value: str) -> list[str]:
    hints = "; ".join(filter(None, ["needed" if field.required else "", field.hint]))
    line = f"  field {field.name}: {field.label}"
    if hints:
        line += f" ({hints})"
    if field.kind is FieldKind.FILE:
        return [f"{line}  = :attach FILE"]
    line += f"  = {' / '.join(value.splitlines())}"
    return [line.rstrip(), *_option_lines(field)]


def _option_lines(field: FormField) -> list[str]:
    if not field.options:
        return []
    intro = "any of, with commas" if field.kind is FieldKind.CHOICES else "one of"
    shown = [
        option.value
        if option.value.casefold() == option.label.casefold()
        else f"{option.value} ({option.label})"
        for option in field.options
    ]
    return [f"    {intro}: {', '.join(shown)}"]


def error_lines(errors: FormErrors) -> list[str]:
    """What a form can't be taken with, and what to do."""
    lines = [f"{name}: {sentence}" for name, sentence in errors.errors]
    return [clean(line) for line in [*lines, sentences.STILL_OPEN]]


def entry_lines(entry: Entry) -> list[str]:
    """A message that was shown before, with its prefix and marked as earlier."""
    place = entry.ref.place
    if entry.message is not None:
        start = prefix(entry.at, place)
        return [f"{start}{EARLIER}{line}" for line in message_lines(entry.message, entry.files)]
    lines = entry.text.splitlines() or [""]
    return [echo(entry.at, place, entry.author or "", f"{EARLIER}{line}") for line in lines]
