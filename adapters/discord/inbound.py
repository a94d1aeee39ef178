"""Interactions translated into the vocabulary; nothing that Discord sends is an error.

Messages are read in `events`, the values of forms in `submitted`, what steps carry in `steps`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import discord
from discord import InteractionType, app_commands

from adapters.discord import items, names, steps, submitted
from adapters.discord.origin import Common, community_of, of_interaction, person_of
from adapters.discord.payload import Payload
from adapters.discord.submitted import FileTold
from adapters.discord.text import label, plain, storable
from adapters.discord.tree import ADMIN, ADMIN_COMMAND, ROOT, menu_entries
from bot.chat.identity import MessageRef, PlaceKind
from bot.chat.incoming import (
    ActionTaken,
    CommandGiven,
    FormSubmitted,
    SuggestionsAsked,
    TargetMessage,
)
from bot.chat.outgoing import Option

Asked = CommandGiven | ActionTaken | FormSubmitted

_USER_ENTRY, _MESSAGE_ENTRY = 2, 3
_SUBCOMMAND, _GROUP = 1, 2
_MENU = 3
"""The type of a component that is a menu of strings."""

_OF_FILE = 11
_EPHEMERAL = 1 << 6


def to_told(
    interaction: discord.Interaction[Any], at: datetime, ticket: str | None = None
) -> Asked | None:
    """What an interaction received at `at` tells; None for what Cairn does not handle."""
    common = of_interaction(interaction, at, ticket)
    data = Payload(interaction.data)
    if common is None:
        return None
    match interaction.type:
        case InteractionType.application_command if data["type"].number in (
            _USER_ENTRY,
            _MESSAGE_ENTRY,
        ):
            return _menu_entry(common, data)
        case InteractionType.application_command:
            return _command(common, data)
        case InteractionType.component:
            return _pressed(common, data, interaction)
        case InteractionType.modal_submit:
            return _submitted(common, data, interaction)
        case _:
            return None


def to_suggestions(interaction: discord.Interaction[Any]) -> SuggestionsAsked | None:
    """What someone is typing as the value of an option; None for all else."""
    actor = person_of(interaction)
    if interaction.type is not InteractionType.autocomplete or actor is None:
        return None
    words, options = _said(Payload(interaction.data))
    for option in options:
        argument = storable(option["name"].text)
        if option["focused"].is_true and argument:
            return SuggestionsAsked(
                actor=actor,
                community=community_of(interaction.guild_id),
                command=words,
                argument=argument,
                typed=_value(option) or "",
            )
    return None


def choices(options: Iterable[Option]) -> list[app_commands.Choice[str]]:
    """Values that fit what is being typed, as the answer to a question for them."""
    fitting = [option for option in options if items.is_value(option.value)]
    return [
        app_commands.Choice(
            name=label(one.label, items.LONGEST_ID, otherwise=one.value), value=one.value
        )
        for one in fitting[: items.MOST_OPTIONS]
    ]


def file_of(interaction: discord.Interaction[Any]) -> FileTold | None:
    """The file that came with a command or a form, if one did."""
    data = Payload(interaction.data)
    if interaction.type is InteractionType.modal_submit:
        return submitted.form_file(data)
    for option in _said(data)[1]:
        if option["type"].number == _OF_FILE:
            return submitted.file_told(data, option["value"])
    return None


def _command(common: Common, data: Payload) -> CommandGiven | None:
    words, options = _said(data)
    given = {storable(option["name"].text): _value(option) for option in options}
    told = {name: value for name, value in given.items() if name and value is not None}
    return CommandGiven(**common, words=words, options=told) if words else None


def _said(data: Payload) -> tuple[str, list[Payload]]:
    """The words of a command's name as the core has it, and the options given."""
    name = storable(data["name"].text)
    words = [word for word in [{ROOT: "", ADMIN_COMMAND: ADMIN}.get(name, name)] if word]
    options = list(data["options"].each())
    for _ in range(2):
        if options and options[0]["type"].number in (_SUBCOMMAND, _GROUP):
            words.append(storable(options[0]["name"].text))
            options = list(options[0]["options"].each())
    return " ".join(filter(None, words)), options


def _value(option: Payload) -> str | None:
    """What was typed or chosen for an option; None for what is no text, such as a file."""
    value = option["value"]
    match option["type"].number:
        case 6 | 8:
            return f"@{value.id}" if value.id else None
        case 7:
            return f"#{value.id}" if value.id else None
        case 11:
            return None
        case _ if isinstance(value.value, bool):
            return "yes" if value.value else "no"
        case _ if isinstance(value.value, int | float):
            return str(value.value)
        case _:
            return plain(value.text)


def _menu_entry(common: Common, data: Payload) -> ActionTaken | None:
    action = menu_entries().get(data["name"].text)
    target, resolved = data["target_id"].id, data["resolved"]
    if action is None or not target:
        return None
    if data["type"].number == _USER_ENTRY:
        return ActionTaken(**common, name=action, target_person=names.account(target))
    message = resolved["messages"][target]
    author = message["author"]["id"].id
    if not author:
        return None
    told = TargetMessage(
        MessageRef(common["place"], target),
        names.account(author),
        plain(message["content"].text),
    )
    return ActionTaken(**common, name=action, target=told)


def _pressed(
    common: Common, data: Payload, interaction: discord.Interaction[Any]
) -> ActionTaken | FormSubmitted | None:
    custom_id, message = data["custom_id"].text, interaction.message
    form = submitted.held(custom_id)
    if form is not None:
        return FormSubmitted(
            **common,
            name=form.form,
            values=steps.carried(message).values,
            hidden=form.hidden,
            unfinished=True,
        )
    pressed = items.read(custom_id)
    if pressed is None or pressed.name == submitted.FORM:
        return None
    chosen = [storable(one.text) for one in data["values"].each()][:1]
    if data["component_type"].number == _MENU and not chosen:
        return None
    return ActionTaken(
        **common,
        name=pressed.name,
        arguments=(*pressed.arguments, *chosen),
        message=_theirs(common, message),
    )


def _theirs(common: Common, message: discord.Message | None) -> MessageRef | None:
    """The message with the button, where only this person sees it."""
    if message is None:
        return None
    is_ephemeral = Payload(message.flags.value).number & _EPHEMERAL
    is_theirs = common["place"].kind is PlaceKind.DIRECT or is_ephemeral
    return MessageRef(common["place"], str(message.id)) if is_theirs else None


def _submitted(
    common: Common, data: Payload, interaction: discord.Interaction[Any]
) -> FormSubmitted | None:
    form = submitted.held(data["custom_id"].text)
    if form is None:
        return None
    before = steps.carried(interaction.message).values if interaction.message else {}
    return FormSubmitted(
        **common,
        name=form.form,
        values={**before, **submitted.form_values(data)},
        hidden=form.hidden,
        unfinished=form.by == submitted.MORE,
    )
