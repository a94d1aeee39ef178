"""Directives into the events of the vocabulary, given what the console remembers."""

from datetime import datetime
from typing import TypedDict

from adapters.console import sentences
from adapters.console.directives import (
    Command,
    Delete,
    Edit,
    Fill,
    Menu,
    Press,
    React,
    Reply,
    Say,
    Submit,
    Unreadable,
)
from adapters.console.journal import FieldFilled
from adapters.console.memory import COMMUNITY, Entry, Memory, account
from adapters.console.render import choices
from bot.chat.identity import CommunityRef, MessageRef, PlaceRef
from bot.chat.incoming import (
    ActionTaken,
    Attachment,
    CommandGiven,
    FormSubmitted,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Person,
    Reacted,
    TargetMessage,
    Told,
)
from bot.chat.outgoing import Buttons, FieldKind, FormField

Act = Say | Command | Press | Submit | Reply | React | Menu | Edit | Delete
"""Directives that a platform tells the core of."""

PROMPT_ACTION = "answer"
"""The button that makes a delivered message a prompt."""


class _Common(TypedDict):
    event_id: str
    at: datetime
    actor: Person
    place: PlaceRef
    community: CommunityRef


def to_event(act: Act, memory: Memory, attachment: Attachment | None = None) -> Told | Unreadable:
    """What the person at the keyboard just did, or why it can't be done."""
    common = _common(memory)
    match act:
        case Say(text):
            return MessageSaid(**common, message=_next_message(memory), text=text)
        case Command(words):
            return CommandGiven(**common, words=words, attachment=attachment)
        case Press(number):
            return _press(number, memory)
        case Submit():
            return _submit(memory, attachment)
        case Reply(text):
            return _reply(text, memory)
        case React(name):
            return _react(name, memory)
        case Menu(name):
            return _menu(name, memory)
        case Edit(text):
            own = _own_last(memory)
            if own is None:
                return Unreadable(sentences.NO_OWN_MESSAGE)
            return MessageEdited(**common, message=own.ref, text=text)
        case Delete():
            own = _own_last(memory)
            if own is None:
                return Unreadable(sentences.NO_OWN_MESSAGE)
            return MessageDeleted(**common, message=own.ref, thread=own.thread)


def _common(memory: Memory) -> _Common:
    return _Common(
        event_id=memory.next_event_id(),
        at=memory.now,
        actor=memory.person(memory.who),
        place=memory.where,
        community=COMMUNITY,
    )


def _next_message(memory: Memory) -> MessageRef:
    return MessageRef(memory.where, memory.next_message_id())


def _own_last(memory: Memory) -> Entry | None:
    here = memory.standing_in(memory.where)
    return next((entry for entry in reversed(here) if entry.author == memory.who), None)


def _press(number: int, memory: Memory) -> ActionTaken | Unreadable:
    for entry in memory.latest_seen(memory.who, memory.where):
        if entry.message is None or not (pressable := choices(entry.message)):
            continue
        if not 1 <= number <= len(pressable):
            return Unreadable(sentences.out_of_range(len(pressable)))
        chosen = pressable[number - 1]
        return ActionTaken(**_common(memory), name=chosen.action, arguments=chosen.arguments)
    return Unreadable(sentences.NO_BUTTONS)


def _react(name: str, memory: Memory) -> Reacted | Unreadable:
    others = [e for e in memory.standing_in(memory.where) if e.author != memory.who]
    liked = _last_prompt(memory) or (others[-1] if others else None)
    if liked is None:
        return Unreadable(sentences.NO_MESSAGE)
    return Reacted(**_common(memory), message=liked.ref, name=name)


def _last_prompt(memory: Memory) -> Entry | None:
    return next(filter(_is_prompt, reversed(memory.standing_in(memory.where))), None)


def _reply(text: str, memory: Memory) -> MessageSaid | Unreadable:
    prompt = _last_prompt(memory)
    if prompt is None:
        return Unreadable(sentences.NO_PROMPT)
    message = _next_message(memory)
    return MessageSaid(**_common(memory), message=message, text=text, thread=prompt.ref)


def _is_prompt(entry: Entry) -> bool:
    return (
        entry.delivery_id is not None
        and entry.message is not None
        and any(
            button.action == PROMPT_ACTION
            for block in entry.message.blocks
            if isinstance(block, Buttons)
            for button in block.buttons
        )
    )


def _menu(name: str, memory: Memory) -> ActionTaken | Unreadable:
    for entry in reversed(memory.standing_in(memory.where)):
        if entry.author is not None:
            target = TargetMessage(entry.ref, account(entry.author), entry.text)
            return ActionTaken(**_common(memory), name=name, target=target)
    return Unreadable(sentences.NO_HUMAN_MESSAGE)


def _submit(memory: Memory, attachment: Attachment | None) -> FormSubmitted | Unreadable:
    opened = memory.forms.get(memory.who)
    if opened is None:
        return Unreadable(sentences.NO_FORM)
    values = opened.values()
    for field in opened.form.fields:
        is_file = field.kind is FieldKind.FILE
        if field.required and is_file and attachment is None:
            return Unreadable(sentences.file_needed(field.name))
        if field.required and not is_file and not values[field.name].strip():
            return Unreadable(sentences.needed(field.name))
    files = {field.name for field in opened.form.fields if field.kind is FieldKind.FILE}
    return FormSubmitted(
        **_common(memory),
        name=opened.form.name,
        values={name: value for name, value in values.items() if name not in files},
        hidden=dict(opened.form.hidden),
        attachment=attachment,
    )


def to_filled(fill: Fill, memory: Memory) -> FieldFilled | Unreadable:
    """What is written into the open form, or why it can't be."""
    opened = memory.forms.get(memory.who)
    if opened is None:
        return Unreadable(sentences.NO_FORM)
    fields = {field.name: field for field in opened.form.fields}
    field = fields.get(fill.field) or fields.get(fill.field.lower())
    if field is None:
        return Unreadable(sentences.unknown_field(fill.field, fields))
    value = _fitting(field, fill.value)
    if isinstance(value, Unreadable):
        return value
    return FieldFilled(who=memory.who, name=field.name, value=value)


def _fitting(field: FormField, value: str) -> str | Unreadable:
    if field.kind is FieldKind.FILE:
        return Unreadable(sentences.attach_instead(field.name))
    if len(value) > field.max_length:
        return Unreadable(sentences.value_too_long(field.name, len(value), field.max_length))
    if not value or not field.options:
        return value
    if field.kind is FieldKind.CHOICES:
        parts = [_option(field, part.strip()) for part in value.split(",") if part.strip()]
        return next(
            (part for part in parts if isinstance(part, Unreadable)), ",".join(map(str, parts))
        )
    return _option(field, value)


def _option(field: FormField, written: str) -> str | Unreadable:
    for option in field.options:
        if written.casefold() in (option.value.casefold(), option.label.casefold()):
            return option.value
    return Unreadable(sentences.not_an_option(written, [o.value for o in field.options]))
