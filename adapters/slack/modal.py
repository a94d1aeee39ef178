"""Forms of the vocabulary as Slack's modals, what is wrong with one, and words given back."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from adapters.slack.elements import (
    LONGEST_VALUE,
    MOST_OPTIONS,
    Json,
    fitting,
    in_rows,
    label_of,
    paragraphs,
    plain_text,
    section,
)
from adapters.slack.payload import Payload, to_json
from adapters.slack.submitted import FORM
from adapters.slack.text import (
    CHANNEL,
    PERSON,
    Names,
    calm,
    cut,
    marked,
    one_line,
    pieces,
    readable,
    storable,
    width,
    without_bold,
)
from bot.chat.identity import PlaceRef
from bot.chat.outgoing import FieldKind, Form, FormErrors, FormField, Option

LONGEST_INPUT = 3000
"""The most characters that one input takes."""

_LONGEST_TITLE = 24
_LONGEST_METADATA = 3000
_LONGEST_LABEL = 2000
_LONGEST_ERROR = 2000
"""Slack names no limit for what it shows below an input; this is that of a hint."""

_MOST_CHECKBOXES = 10
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MINUTE = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def to_modal(form: Form, place: PlaceRef, ticket: str | None, names: Names) -> Json:
    """A form as the view of a modal, which holds where and how it is to be answered.

    Raises ValueError for hidden values that no modal can hold.
    """
    intro = [section(marked(one)) for one in paragraphs(readable(form.intro, names))]
    inputs = [block for field in form.fields for block in _inputs(field, names)]
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": _metadata(form, place, ticket),
        "title": plain_text(form.title, _LONGEST_TITLE, otherwise=form.name),
        "submit": plain_text(form.submit, _LONGEST_TITLE),
        "blocks": [*intro, *inputs] or [section(marked(one_line(calm(form.title)) or "-"))],
    }


def _metadata(form: Form, place: PlaceRef, ticket: str | None) -> str:
    held: Json = {"form": form.name, "hidden": dict(form.hidden)}
    where: Json = {"place": place.native_id, "place_kind": place.kind.value}
    # without the ticket it is answered by direct message, without the place as if written there
    for more in ({**where, "ticket": ticket}, where, {}):
        written = storable(to_json({**held, **more}))
        if len(written) <= _LONGEST_METADATA:
            return written
    message = f"the hidden values of the form {form.name} are too long"
    raise ValueError(message)


def _inputs(field: FormField, names: Names) -> list[Json]:
    label = readable(field.label, names)
    made = _ELEMENTS[field.kind](field)
    if made is None:
        return _text_inputs(field, label)
    return [_input(field, field.name, label, made)]


def _input(
    field: FormField, name: str, label: str, element: Json, *, required: bool | None = None
) -> Json:
    block: Json = {
        "type": "input",
        "block_id": name,
        "label": plain_text(label, _LONGEST_LABEL, otherwise=field.name),
        "element": {**element, "action_id": name},
        "optional": not (field.required if required is None else required),
    }
    if one_line(calm(field.hint)):
        block["hint"] = plain_text(field.hint, _LONGEST_LABEL)
    return block


def _text_inputs(field: FormField, label: str) -> list[Json]:
    """One input, or as many as the text in it needs; joined again they are the text."""
    initial, left = storable(field.initial), field.max_length
    is_multiline = field.kind is FieldKind.LONG_TEXT or "\n" in initial
    inputs: list[Json] = []
    for number, part in enumerate(pieces(initial, LONGEST_INPUT) or [""], start=1):
        room = min(LONGEST_INPUT, max(left, width(part), 1))
        left -= room
        element: Json = {
            "type": "plain_text_input",
            "multiline": is_multiline,
            "max_length": room,
        }
        if part:
            element["initial_value"] = part
        if number == 1:
            inputs.append(_input(field, field.name, label, element))
        else:
            name = f"{field.name}~{number}"
            inputs.append(_input(field, name, f"{label} ({number})", element, required=False))
    return inputs


def _choice(field: FormField) -> Json | None:
    options = _options(field)
    if not options:
        return None
    initial = [one for one in options if one["value"] == field.initial]
    chosen: Json = {"initial_option": initial[0]} if initial else {}
    return {"type": "static_select", **_menu(options), **chosen}


def _choices(field: FormField) -> Json | None:
    options = _options(field)
    if not options:
        return None
    by_value = {one["value"]: one for one in options}
    wanted = dict.fromkeys(part.strip() for part in field.initial.split(","))
    initial = [by_value[value] for value in wanted if value in by_value]
    chosen: Json = {"initial_options": initial} if initial else {}
    if len(options) <= _MOST_CHECKBOXES:
        return {"type": "checkboxes", "options": options, **chosen}
    return {"type": "multi_static_select", **_menu(options), **chosen}


def _options(field: FormField) -> list[Json]:
    """All options of a field; none if Slack can't take them all, and they have to be typed."""
    if any(len(option.value) > LONGEST_VALUE for option in field.options):
        return []
    options = fitting(field.options)
    return options if len(options) <= MOST_OPTIONS**2 else []


def _menu(options: list[Json]) -> Json:
    if len(options) <= MOST_OPTIONS:
        return {"options": options}
    groups = [
        {
            "label": plain_text(
                f"{cut(label_of(some[0]), 35)} - {cut(label_of(some[-1]), 35)}", 75
            ),
            "options": list(some),
        }
        for some in in_rows(options, MOST_OPTIONS)
    ]
    return {"option_groups": groups}


def _day(field: FormField) -> Json:
    return {"type": "datepicker", **({"initial_date": field.initial} if _is_day(field) else {})}


def _is_day(field: FormField) -> bool:
    if not _DAY.fullmatch(field.initial):
        return False
    try:
        date.fromisoformat(field.initial)
    except ValueError:
        return False
    return True


def _time(field: FormField) -> Json:
    is_time = _MINUTE.fullmatch(field.initial)
    return {"type": "timepicker", **({"initial_time": field.initial} if is_time else {})}


def _person(field: FormField) -> Json:
    users = _users(field)
    return {"type": "users_select", **({"initial_user": users[0]} if users else {})}


def _people(field: FormField) -> Json:
    users = _users(field)
    return {"type": "multi_users_select", **({"initial_users": users} if users else {})}


def _users(field: FormField) -> list[str]:
    return list(dict.fromkeys(found[2] for found in PERSON.finditer(field.initial)))


def _channel(field: FormField) -> Json:
    found = CHANNEL.fullmatch(field.initial)
    chosen: Json = {"initial_conversation": found[1]} if found else {}
    wanted: Json = {"include": ["public", "private"]}
    return {"type": "conversations_select", "filter": wanted, **chosen}


_ELEMENTS: Mapping[FieldKind, Callable[[FormField], Json | None]] = {
    FieldKind.TEXT: lambda _field: None,
    FieldKind.LONG_TEXT: lambda _field: None,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.DATE: _day,
    FieldKind.TIME: _time,
    FieldKind.FILE: lambda _field: {"type": "file_input", "max_files": 1},
    FieldKind.PERSON: _person,
    FieldKind.PEOPLE: _people,
    FieldKind.CHANNEL: _channel,
}
"""What a field is filled in with; None is text."""


def suggestions(options: Iterable[Option]) -> Json:
    """Values that fit what is being typed, as the answer to a question for them."""
    return {"options": fitting(options)[:MOST_OPTIONS]}


def form_errors(errors: FormErrors, view: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with a view's form, a sentence a block; none if it has no inputs.

    What belongs to no input of it stands below the first.
    """
    blocks = list(Payload(view)["blocks"].each())
    inputs = [block["block_id"].text for block in blocks if block["type"].text == "input"]
    found: dict[str, str] = {}
    for name, sentence in errors.errors:
        block_id = name if name in inputs else next(iter(inputs), None)
        if block_id is not None:
            said = one_line(f"{found.get(block_id, '')} {without_bold(calm(sentence))}")
            found[block_id] = cut(said, _LONGEST_ERROR)
    return found


def kept_back(sentence: str, words: str) -> str:
    """A sentence in Slack's markup that says what could not be kept, and the words given back."""
    quoted = "\n".join(f"> {line}" for line in calm(words).strip().split("\n"))
    return marked(f"{calm(sentence)}\n{quoted}" if words.strip() else calm(sentence))
