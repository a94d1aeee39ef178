"""Whatever Slack sends, translated into the vocabulary; nothing that it sends is an error.

Events are read in `events`, the values of forms in `submitted`; commands, buttons, menu entries
and forms here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from adapters.slack import names, submitted
from adapters.slack.events import to_event
from adapters.slack.origin import Origin, origin, team_of
from adapters.slack.payload import Payload, from_json
from adapters.slack.text import plain, storable
from bot.chat.identity import AccountRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import (
    ActionTaken,
    CommandGiven,
    FormSubmitted,
    Person,
    SuggestionsAsked,
    TargetMessage,
    Told,
)

_BUTTON = re.compile(r"cairn:(.+):[0-9]+", re.DOTALL)
_MENU_ENTRY = re.compile(r"cairn:(.+)", re.DOTALL)


def to_told(body: Mapping[str, object], at: datetime) -> Told | None:
    """What a payload received at `at` tells; None for what Cairn does not handle."""
    payload = Payload(body)
    kind = payload["type"].text
    if kind == "event_callback":
        return to_event(payload, at)
    if payload["command"].text:
        return _command(payload, at)
    read = _INTERACTIONS.get(kind)
    return read(payload, at) if read else None


def to_suggestions(body: Mapping[str, object]) -> SuggestionsAsked | None:
    """What someone is typing into a field of a form that suggests values; None for all else."""
    payload = Payload(body)
    if payload["type"].text != "block_suggestion":
        return None
    team, user = team_of(payload), payload["user"]["id"].id
    form = submitted.held(payload["view"], team)
    argument = storable(payload["action_id"].text)
    if not (team and user and form and argument):
        return None
    return SuggestionsAsked(
        actor=Person(names.account(team, user)),
        community=names.community(team),
        command=form.form,
        argument=argument,
        typed=storable(payload["value"].text),
    )


def form_file(body: Mapping[str, object]) -> tuple[str, str, int] | None:
    """The name, address and size in bytes of the file that came with a form, if one did."""
    return submitted.first_file(Payload(body)["view"])


def _command(body: Payload, at: datetime) -> CommandGiven | None:
    told = _interaction(body, "command", (body["trigger_id"].text,), at)
    if told is None:
        return None
    place = _place(told, body["channel_id"], body["channel_name"])
    common = told.common(body["user_id"].id, place)
    if common is None:
        return None
    return CommandGiven(**common, words=plain(body["text"].text, told.team))


def _button(body: Payload, at: datetime) -> ActionTaken | None:
    action, container = body["actions"][0], body["container"]
    action_id = action["action_id"].text
    told = _interaction(body, "action", (body["trigger_id"].text, action_id), at)
    name, arguments = _BUTTON.fullmatch(action_id), _arguments(action)
    if told is None or name is None or arguments is None:
        return None
    channel = body["channel"]["id"] if body["channel"].is_told else container["channel_id"]
    place = _place(told, channel, body["channel"]["name"])
    common = told.common(body["user"]["id"].id, place, action["action_ts"].ts)
    if common is None:
        return None
    ts = container["message_ts"].ts
    is_theirs = container["is_ephemeral"].is_true or (place and place.kind is PlaceKind.DIRECT)
    return ActionTaken(
        **common,
        name=storable(name[1]),
        arguments=arguments,
        message=MessageRef(place, ts) if place and ts and is_theirs else None,
    )


def _arguments(action: Payload) -> tuple[str, ...] | None:
    """What a button or a chosen option holds; None for what Cairn did not put there."""
    held = from_json(action["value"].text or action["selected_option"]["value"].text)
    if not isinstance(held.value, list) or not all(isinstance(one, str) for one in held.value):
        return None
    return tuple(storable(one.text) for one in held.each())


def _form(body: Payload, at: datetime) -> FormSubmitted | None:
    view = body["view"]
    held = submitted.held(view, team_of(body))
    if held is None:
        return None
    told = _interaction(body, "view", (view["id"].text, view["hash"].text), at, held.ticket)
    common = told.common(body["user"]["id"].id, held.place) if told else None
    if told is None or common is None:
        return None
    values = submitted.form_values(view, told.team)
    return FormSubmitted(**common, name=held.form, values=values, hidden=held.hidden)


def _menu_entry(body: Payload, at: datetime) -> ActionTaken | None:
    name = _MENU_ENTRY.fullmatch(body["callback_id"].text)
    told = _interaction(body, "shortcut", (body["trigger_id"].text,), at)
    if told is None or name is None:
        return None
    place = _place(told, body["channel"]["id"], body["channel"]["name"])
    common = told.common(body["user"]["id"].id, place, body["action_ts"].ts)
    if common is None:
        return None
    if body["type"].text == "shortcut":
        return ActionTaken(**common, name=storable(name[1]))
    target = _target(told, body, place) if place else None
    return ActionTaken(**common, name=storable(name[1]), target=target) if target else None


def _target(told: Origin, body: Payload, place: PlaceRef) -> TargetMessage | None:
    message = body["message"]
    ts, author = message["ts"].ts or body["message_ts"].ts, _author(told, message)
    if not ts or author is None:
        return None
    text = plain(message["text"].text, told.team)
    return TargetMessage(MessageRef(place, ts), author, text)


def _author(told: Origin, message: Payload) -> AccountRef | None:
    author = message["user"].id or message["bot_id"].id
    return names.account(told.team, author) if author else None


def _interaction(
    body: Payload, kind: str, parts: tuple[str, ...], at: datetime, ticket: str = ""
) -> Origin | None:
    # a trigger or a view has its id once, so a redelivery has the same
    event_id = ":".join((kind, *parts)) if parts[0] else ""
    return origin(body, event_id, at, ticket or body["response_url"].text)


def _place(told: Origin, channel: Payload, name: Payload) -> PlaceRef | None:
    # only its name tells a group conversation from a private channel
    if not channel.id:
        return None
    kind = names.channel_kind(channel.id)
    if name.text.startswith("mpdm-"):
        kind = PlaceKind.GROUP
    elif name.text == "directmessage":
        kind = PlaceKind.DIRECT
    return names.place(told.team, channel.id, kind)


_INTERACTIONS: Mapping[str, Callable[[Payload, datetime], Told | None]] = {
    "block_actions": _button,
    "view_submission": _form,
    "shortcut": _menu_entry,
    "message_action": _menu_entry,
}
