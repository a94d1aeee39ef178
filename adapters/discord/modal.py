"""Forms of the vocabulary as Discord's modals.

A modal has five parts: the words above the fields are one, each field one more. Limits:
github.com/discord/discord-api-docs, `components/reference.mdx`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from adapters.discord import items, names, submitted
from adapters.discord.steps import Carried
from adapters.discord.submitted import LAST, MORE
from adapters.discord.text import (
    Names,
    atoms,
    beginning,
    calm,
    cut,
    label,
    one_line,
    pieces,
    readable,
    storable,
    width,
    words,
)
from bot.chat.outgoing import FieldKind, Form, FormField

MOST_PARTS = 5
LONGEST_INPUT = 4000
"""The most characters that one input takes."""

_LONGEST_TITLE = 45
_LONGEST_LABEL = 45
_LONGEST_HINT = 100
_LONGEST_INTRO = 4000
_MOST_RADIOS = 10

Part = ui.Label[Any] | ui.TextDisplay[Any]


def to_modal(form: Form, names_of: Names, before: Carried | None = None) -> ui.Modal:
    """A form as a modal: what of it is still to be filled in, or was wrong, as far as it fits.

    The modal is stopped already, so that the client does not keep it in its memory for ever: what
    is sent in finds its way by its custom id. Raises ValueError for a form that no modal can hold.
    """
    before = before or Carried()
    wanted = [_labels(one, names_of) for one in _wanted(form.fields, before)]
    intro = [] if before.values else _intro(form, names_of)
    taken = _how_many([len(labels) for labels in wanted], MOST_PARTS - len(intro))
    custom_id = submitted.form_id(form.name, form.hidden, LAST if taken == len(wanted) else MORE)
    if custom_id is None or (wanted and not taken):
        message = f"the form {form.name} has more than a modal can hold"
        raise ValueError(message)
    modal = ui.Modal(
        title=label(form.title, _LONGEST_TITLE, otherwise=form.name), custom_id=custom_id
    )
    parts = [*intro, *(one for labels in wanted[:taken] for one in labels)]
    if not parts:
        parts.append(ui.TextDisplay("".join(atoms(modal.title, own=False))))
    for part in parts:
        modal.add_item(part)
    modal.stop()
    return modal


def _wanted(fields: Sequence[FormField], before: Carried) -> list[FormField]:
    """The fields to ask for now; a file, which nothing can carry, always in the end."""
    wanted = [one for one in fields if one.name in before.wrong or one.name not in before.values]
    return sorted(wanted or fields, key=lambda one: one.kind is FieldKind.FILE)


def _how_many(sizes: Sequence[int], room: int) -> int:
    """How many of the fields come now, so that no modal is much longer than the others."""
    if sum(sizes) <= room:
        return len(sizes)
    modals = 1 + math.ceil((sum(sizes) - room) / MOST_PARTS)
    share = min(room, math.ceil(sum(sizes) / modals))
    taken = 0
    while taken < len(sizes) and sum(sizes[: taken + 1]) <= share:
        taken += 1
    # a long text may need more than its share
    return taken or int(sizes[0] <= room)


def _intro(form: Form, names_of: Names) -> list[Part]:
    shown = atoms(readable(form.intro, names_of).strip(), own=True)
    content = beginning(shown, _LONGEST_INTRO)
    return [ui.TextDisplay(content)] if content else []


def _labels(field: FormField, names_of: Names) -> list[Part]:
    name = one_line(readable(field.label, names_of))
    made = _COMPONENTS[field.kind](field)
    if made is not None:
        return [_label(field, name, made)]
    inputs = _inputs(field)
    if len(inputs) == 1:
        return [_label(field, name, inputs[0])]
    return [_label(field, f"{name} ({number})", one) for number, one in enumerate(inputs, 1)]


def _label(field: FormField, name: str, component: ui.Item[Any]) -> Part:
    hint = one_line(calm(field.hint))
    return ui.Label(
        text=label(name, _LONGEST_LABEL, otherwise=field.name),
        description=cut(hint, _LONGEST_HINT) or None,
        component=component,
    )


def _inputs(field: FormField) -> list[ui.Item[Any]]:
    """One input, or as many as the text in it needs; joined again they are the text."""
    initial, left = storable(field.initial), field.max_length
    is_long = field.kind is FieldKind.LONG_TEXT or "\n" in initial
    inputs: list[ui.Item[Any]] = []
    for number, part in enumerate(pieces(words(initial), LONGEST_INPUT) or [""], start=1):
        room = min(LONGEST_INPUT, max(left, width(part), 1))
        left -= room
        inputs.append(
            ui.TextInput(
                custom_id=field.name if number == 1 else submitted.further_part(field.name, number),
                style=discord.TextStyle.paragraph if is_long else discord.TextStyle.short,
                default=part or None,
                required=field.required and number == 1,
                max_length=room,
            )
        )
    return inputs


def _choice(field: FormField) -> ui.Item[Any] | None:
    if not _are_options(field, items.MOST_OPTIONS):
        return None
    if field.required and 2 <= len(field.options) <= _MOST_RADIOS:
        radios = [
            discord.RadioGroupOption(label=one.label, value=one.value, default=one.default)
            for one in items.select_options(field.options, (field.initial,))
        ]
        return ui.RadioGroup(custom_id=field.name, options=radios, required=True)
    return ui.Select(
        custom_id=field.name,
        options=items.select_options(field.options, (field.initial,)),
        min_values=int(field.required),
        required=field.required,
    )


def _choices(field: FormField) -> ui.Item[Any] | None:
    if not _are_options(field, items.MOST_OPTIONS):
        return None
    chosen = [part.strip() for part in field.initial.split(",")]
    options = items.select_options(field.options, chosen)
    if len(options) <= _MOST_RADIOS:
        boxes = [
            discord.CheckboxGroupOption(label=one.label, value=one.value, default=one.default)
            for one in options
        ]
        return ui.CheckboxGroup(
            custom_id=field.name,
            options=boxes,
            min_values=int(field.required),
            max_values=len(boxes),
            required=field.required,
        )
    return ui.Select(
        custom_id=field.name,
        options=options,
        min_values=int(field.required),
        max_values=len(options),
        required=field.required,
    )


def _are_options(field: FormField, most: int) -> bool:
    """Whether Discord can show all options of a field; else its value has to be typed."""
    values = [one.value for one in field.options]
    is_clear = len(set(values)) == len(values) and all(map(items.is_value, values))
    return is_clear and 0 < len(values) <= most


def _people(most: int) -> Callable[[FormField], ui.Item[Any]]:
    def made(field: FormField) -> ui.Item[Any]:
        marked = [part.strip() for part in field.initial.split(",")]
        found = [one[1:] for one in marked if one.startswith("@") and names.is_snowflake(one[1:])]
        preset = [
            discord.SelectDefaultValue(id=int(one), type=discord.SelectDefaultValueType.user)
            for one in dict.fromkeys(found)
        ]
        return ui.UserSelect(
            custom_id=field.name,
            default_values=preset[:most],
            min_values=int(field.required),
            max_values=most,
            required=field.required,
        )

    return made


def _channel(field: FormField) -> ui.Item[Any]:
    written = field.initial.removeprefix("#")
    preset = [
        discord.SelectDefaultValue(id=int(one), type=discord.SelectDefaultValueType.channel)
        for one in [written]
        if field.initial.startswith("#") and names.is_snowflake(one)
    ]
    return ui.ChannelSelect(
        custom_id=field.name,
        channel_types=[discord.ChannelType.text, discord.ChannelType.news],
        default_values=preset,
        min_values=int(field.required),
        required=field.required,
    )


def _file(field: FormField) -> ui.Item[Any]:
    return ui.FileUpload(
        custom_id=field.name,
        min_values=int(field.required),
        max_values=1,
        required=field.required,
    )


_COMPONENTS: Mapping[FieldKind, Callable[[FormField], ui.Item[Any] | None]] = {
    FieldKind.TEXT: lambda _field: None,
    FieldKind.LONG_TEXT: lambda _field: None,
    FieldKind.DATE: lambda _field: None,
    FieldKind.TIME: lambda _field: None,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.FILE: _file,
    FieldKind.PERSON: _people(1),
    FieldKind.PEOPLE: _people(25),
    FieldKind.CHANNEL: _channel,
}
"""What a field is filled in with; None is text, as dates and times are: Discord picks neither."""
