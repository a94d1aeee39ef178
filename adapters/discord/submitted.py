"""What came back of a form: its values, its file, and which form it is."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.discord import items
from adapters.discord.payload import Payload
from adapters.discord.text import plain, storable

FORM = "~form"
"""The name in the custom ids of forms, and of buttons that open one again. No action has it."""

LAST, MORE, AGAIN = ".", "+", "="
"""What sends it in: a form, one with more steps to come, a button to open it with."""

_FILE_UPLOAD = 19
_FURTHER_PART = re.compile(r"(.+)~([0-9])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FileTold:
    """A file that came with an event, not read yet; `size` is in bytes."""

    name: str
    url: str
    size: int


@dataclass(frozen=True, slots=True)
class Held:
    """What a form's custom id holds."""

    form: str
    hidden: Mapping[str, str]
    by: str


def form_id(form: str, hidden: Sequence[tuple[str, str]], by: str) -> str | None:
    """The custom id for a form with these hidden values; None if they are too long for it.

    It is as long whatever the form is sent in by.
    """
    pairs = (part for pair in hidden for part in pair)
    return items.custom_id(FORM, (by, form, *pairs), tail=0)


def held(custom_id: str) -> Held | None:
    """What a custom id holds; None if it is no form's."""
    pressed = items.read(custom_id)
    if pressed is None or pressed.name != FORM or len(pressed.arguments) < 2:
        return None
    by, form, *pairs = pressed.arguments
    if by not in (LAST, MORE, AGAIN) or not form or len(pairs) % 2:
        return None
    return Held(form, dict(zip(pairs[::2], pairs[1::2], strict=True)), by)


def further_part(field: str, number: int) -> str:
    """The name of an input for more of a field's text, which one input can't hold."""
    return f"{field}~{number}"


def form_values(data: Payload) -> Mapping[str, str]:
    """The value of every field but files, by name; a long text's parts are joined."""
    found: dict[str, str] = {}
    for component in _components(data):
        name, read = storable(component["custom_id"].text), _READERS.get(component["type"].number)
        part = _FURTHER_PART.fullmatch(name)
        if name and read and part is None:
            found[name] = read(component)
        elif part and read:
            found[part[1]] = _joined(found.get(part[1], ""), read(component))
    return found


def _joined(text: str, more: str) -> str:
    # they were parted after a space or a line's end, which Discord may have taken away
    is_apart = not text or not more or text[-1].isspace() or more[0].isspace()
    return text + ("" if is_apart else "\n") + more


def _typed(component: Payload) -> str:
    return plain(component["value"].text)


def _chosen(component: Payload) -> str:
    values = (storable(one.text) for one in component["values"].each())
    return ",".join(filter(None, values))


def _named(mark: str) -> Callable[[Payload], str]:
    return lambda component: ", ".join(
        f"{mark}{one.id}" for one in component["values"].each() if one.id
    )


_READERS: Mapping[int, Callable[[Payload], str]] = {
    3: _chosen,
    4: _typed,
    5: _named("@"),
    8: _named("#"),
    21: _typed,
    22: _chosen,
}
"""By the type of a component: menus, inputs, people, channels, radio buttons, check boxes."""


def form_file(data: Payload) -> FileTold | None:
    """The file that came with a form, if one did."""
    for component in _components(data):
        if component["type"].number == _FILE_UPLOAD:
            for one in component["values"].each():
                return file_told(data, one)
    return None


def file_told(data: Payload, attachment: Payload) -> FileTold | None:
    """A file by its id, of those that came with an interaction."""
    told = data["resolved"]["attachments"][attachment.id]
    name, url, size = storable(told["filename"].text), told["url"].text, told["size"].number
    return FileTold(name, url, size) if name and url and attachment.id else None


def _components(data: Payload) -> Iterator[Payload]:
    for outer in data["components"].each():
        yield from outer["components"].each()
        yield outer["component"]
