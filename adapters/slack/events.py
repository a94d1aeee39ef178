"""Slack's events: what is said, edited, deleted, reacted to, and what becomes of people."""

from collections.abc import Callable, Mapping
from datetime import datetime

from adapters.slack import names
from adapters.slack.origin import SLACKBOT, Common, Origin, origin
from adapters.slack.payload import Payload
from adapters.slack.text import one_line, plain, storable
from bot.chat.identity import MessageRef, PlaceRef
from bot.chat.incoming import (
    HomeOpened,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Person,
    PersonLeft,
    PersonSeen,
    Reacted,
    Removed,
    Told,
)

_SAID = (None, "thread_broadcast", "file_share", "me_message")
"""The subtypes of a message that is somebody's words."""

_LONGEST_TAG = 100


def to_event(body: Payload, at: datetime) -> Told | None:
    """An event that Slack tells of; None for one that does not matter to Cairn."""
    read = _READERS.get(body["event"]["type"].text)
    told = origin(body, body["event_id"].text, at)
    return read(told, body["event"]) if read and told else None


def _message(told: Origin, event: Payload) -> Told | None:
    channel = event["channel"].id
    if not channel:
        return None
    place = names.place(told.team, channel, names.channel_kind(channel, event["channel_type"].text))
    match event["subtype"].value:
        case "message_changed":
            return _changed(told, event, place)
        case "message_deleted":
            return _deleted(told, event, place, event["deleted_ts"].ts)
        case _:
            return _said(told, event, place)


def _said(told: Origin, event: Payload, place: PlaceRef) -> MessageSaid | None:
    ts, text = event["ts"].ts, event["text"]
    if not ts or not _is_words(told, event) or event["hidden"].is_true:
        return None
    common = told.common(event["user"].id, place, _when(event))
    if common is None or not isinstance(text.value, str):
        return None
    # a message is said once, whether Slack tells of it or it is read in the history
    common["event_id"] = f"said:{place.native_id}:{ts}"
    return MessageSaid(
        **common,
        message=MessageRef(place, ts),
        text=plain(text.text, told.team),
        thread=_thread(place, event, ts),
    )


def _changed(
    told: Origin, event: Payload, place: PlaceRef
) -> MessageEdited | MessageDeleted | None:
    message, before = event["message"], event["previous_message"]
    ts = message["ts"].ts
    if message["subtype"].value == "tombstone":
        # a deleted message that has replies
        return _deleted(told, event, place, ts)
    if not ts or not _is_words(told, message) or not _is_edited(message, before):
        return None
    common = told.common(message["user"].id, place, _when(event))
    if common is None:
        return None
    text = plain(message["text"].text, told.team)
    return MessageEdited(**common, message=MessageRef(place, ts), text=text)


def _is_edited(message: Payload, before: Payload) -> bool:
    # a message also "changes" when its language is recognised or a link in it is shown
    if not isinstance(message["text"].value, str):
        return False
    edited, was_edited = message["edited"]["ts"].text, before["edited"]["ts"].text
    if not before["text"].is_told:
        return bool(edited)
    is_same_edit = bool(edited) and edited == was_edited
    return message["text"].value != before["text"].value and not is_same_edit


def _deleted(told: Origin, event: Payload, place: PlaceRef, ts: str) -> MessageDeleted | None:
    before = event["previous_message"]
    if not ts or not _is_words(told, before):
        return None
    common = told.common(before["user"].id, place, _when(event))
    if common is None:
        return None
    thread = _thread(place, before, ts)
    return MessageDeleted(**common, message=MessageRef(place, ts), thread=thread)


def _is_words(told: Origin, message: Payload) -> bool:
    is_a_bot = message["bot_id"].is_told or message["bot_profile"].is_told
    return message["subtype"].value in _SAID and not is_a_bot and not _is_own(told, message["user"])


def _is_own(told: Origin, user: Payload) -> bool:
    return any(
        one["is_bot"].is_true and one["user_id"].id == user.id
        for one in told.body["authorizations"].each()
    )


def _thread(place: PlaceRef, message: Payload, ts: str) -> MessageRef | None:
    parent = message["thread_ts"].ts
    return MessageRef(place, parent) if parent and parent != ts else None


def _when(event: Payload) -> str:
    return event["event_ts"].ts or event["ts"].ts


def _reaction(told: Origin, event: Payload) -> Reacted | None:
    item, name = event["item"], storable(event["reaction"].text).partition("::")[0]
    channel, ts = item["channel"].id, item["ts"].ts
    if item["type"].text != "message" or not (channel and ts and name):
        return None
    place = names.place(told.team, channel, names.channel_kind(channel))
    common = told.common(event["user"].id, place, _when(event))
    if common is None or _is_own(told, event["user"]):
        return None
    added = event["type"].text == "reaction_added"
    return Reacted(**common, message=MessageRef(place, ts), name=name, added=added)


def _person(told: Origin, event: Payload) -> PersonSeen | PersonLeft | None:
    user = event["user"]
    if user["is_bot"].is_true or user["id"].id in ("", SLACKBOT):
        return None
    common = told.by(to_person(told.team, user), happened=_when(event))
    return PersonLeft(**common) if user["deleted"].is_true else PersonSeen(**common)


def to_person(team: str, user: Payload) -> Person:
    """Someone as a user object describes them, which has an id."""
    profile = user["profile"]
    named = (profile["display_name"], profile["real_name"], user["real_name"])
    told = (one_line(storable(name.text)) for name in named)
    return Person(
        names.account(team, user["id"].id),
        next(filter(None, told), ""),
        zone=_tag(user["tz"]),
        locale=_tag(user["locale"]),
        runs_community=user["is_admin"].is_true or user["is_owner"].is_true,
    )


def _tag(told: Payload) -> str | None:
    tag = told.text.strip()
    return tag if tag.isascii() and tag.isprintable() and 0 < len(tag) <= _LONGEST_TAG else None


def _home(told: Origin, event: Payload) -> HomeOpened | None:
    common = told.common(event["user"].id, happened=_when(event))
    return HomeOpened(**common) if common and event["tab"].text == "home" else None


def _tokens_revoked(told: Origin, event: Payload) -> Removed | None:
    is_for_bot = any(event["tokens"]["bot"].each())
    return _removed(told, event) if is_for_bot else None


def _removed(told: Origin, event: Payload) -> Removed | None:
    common: Common | None = told.common(told.body["api_app_id"].id, happened=_when(event))
    return Removed(**common) if common else None


_READERS: Mapping[str, Callable[[Origin, Payload], Told | None]] = {
    "message": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "user_change": _person,
    "team_join": _person,
    "app_home_opened": _home,
    "tokens_revoked": _tokens_revoked,
    "app_uninstalled": _removed,
}
