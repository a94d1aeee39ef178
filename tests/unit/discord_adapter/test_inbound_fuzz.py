"""Nothing that discord.py can make of what comes from Discord is an error."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import discord
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import events, names
from adapters.discord.inbound import file_of, to_suggestions, to_told
from adapters.discord.text import storable
from bot.chat.identity import PlaceKind
from bot.chat.incoming import (
    ActionTaken,
    CommandGiven,
    FormSubmitted,
    MessageEdited,
    MessageSaid,
    Reacted,
    Told,
    untold,
)
from tests.unit.discord_adapter.hostile import TEXTS
from tests.unit.discord_adapter.payloads import (
    AT,
    CAIRN,
    DIRECT,
    EARLIER,
    ID,
    Json,
    Listener,
    attachment,
    command,
    direct_message,
    in_direct,
    interaction,
    menu_entry,
    message,
    option,
    own_message,
    picked,
    pressed,
    reaction,
    submitted,
    typed,
    user,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
USERS = st.integers(10**17, 10**19)

EVENTS = {
    "MESSAGE_CREATE": "message",
    "MESSAGE_UPDATE": "raw_message_edit",
    "MESSAGE_DELETE": "raw_message_delete",
    "MESSAGE_REACTION_ADD": "raw_reaction_add",
    "MESSAGE_REACTION_REMOVE": "raw_reaction_remove",
    "INTERACTION_CREATE": "interaction",
}


@st.composite
def valid(draw: st.DrawFn) -> tuple[str, Json, str]:
    """A payload as Discord would send it, by the name of its event, and a text that is in it."""
    text, who = draw(TEXTS.map(lambda one: storable(one).replace("<", ""))), str(draw(USERS))
    edited = AT.isoformat()
    target = {"id": str(EARLIER), "content": text, "author": user(id=who)}
    file = option("file", "777000000000000777", 11)
    resolved = {"attachments": {"777000000000000777": attachment(filename=text)}}
    fields = (typed("text", text), picked("who", who, kind=5))
    carried = {"description": f"Text\n```text\n{text}\n```", "type": "rich"}
    between = own_message(flags=64, embeds=[carried])
    return draw(
        st.sampled_from(
            [
                ("MESSAGE_CREATE", message(text, author=user(id=who))),
                ("MESSAGE_CREATE", message(text, channel_id=str(EARLIER))),
                ("MESSAGE_CREATE", direct_message(text, author=user(id=who))),
                ("MESSAGE_UPDATE", direct_message(text, edited_timestamp=edited)),
                ("MESSAGE_DELETE", {"id": str(ID), "channel_id": str(DIRECT)}),
                ("MESSAGE_REACTION_ADD", reaction(user_id=who)),
                ("MESSAGE_REACTION_REMOVE", reaction(user_id=who, member=None)),
                ("INTERACTION_CREATE", command("cairn why", option("text", text))),
                ("INTERACTION_CREATE", command("cairn import", file, resolved=resolved)),
                (
                    "INTERACTION_CREATE",
                    {**command("cairn why", option("text", text, focused=True)), "type": 4},
                ),
                ("INTERACTION_CREATE", in_direct(pressed("cairn:skip:7"))),
                ("INTERACTION_CREATE", pressed("cairn:snooze:7", "2h")),
                ("INTERACTION_CREATE", pressed("cairn:~form:=:why", message=between)),
                ("INTERACTION_CREATE", submitted("cairn:~form:.:why:a:b", *fields)),
                (
                    "INTERACTION_CREATE",
                    submitted("cairn:~form:+:why", *fields, message=between),
                ),
                (
                    "INTERACTION_CREATE",
                    menu_entry(
                        "Pin as stepping stone", 3, EARLIER, messages={str(EARLIER): target}
                    ),
                ),
                ("INTERACTION_CREATE", menu_entry("Ask to mentor me", 2, int(who))),
            ]
        ).map(lambda made: (*made, text))
    )


@given(valid())
def test_ids_and_texts_come_through(made: tuple[str, Json, str]) -> None:
    name, body, text = made
    event = look_at(name, body)
    match event:
        case MessageSaid() | MessageEdited():
            assert event.text == text.strip()
        case CommandGiven(words="why"):
            assert event.options == {"text": text}
        case ActionTaken(name="pin", target=target):
            assert target is not None
            assert target.text == text
        case FormSubmitted(unfinished=False):
            assert event.values["text"] == text
            assert event.hidden == {"a": "b"}
        case _:
            pass


@settings(max_examples=400)
@given(valid(), st.data())
def test_nothing_broken_is_an_error(made: tuple[str, Json, str], data: st.DataObject) -> None:
    body = copy.deepcopy(made[1])
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(list(places(body)) or [(body, "id")]))
        if isinstance(container, dict) and data.draw(st.booleans()):
            container.pop(key, None)
        else:
            container[key] = data.draw(ANYTHING)
    look_at(made[0], body)


@settings(max_examples=400)
@given(
    st.sampled_from([2, 3, 4, 5]),
    st.dictionaries(
        st.sampled_from(
            [
                "name",
                "type",
                "options",
                "resolved",
                "target_id",
                "custom_id",
                "values",
                "components",
            ]
        ),
        ANYTHING,
    ),
)
def test_nothing_in_an_interaction_is_an_error(kind: int, data: Json) -> None:
    told = interaction(kind, {"custom_id": "cairn:skip", "component_type": 2, **data})
    look_at("INTERACTION_CREATE", {**told, "message": own_message()})


def test_huge_and_deep_payloads() -> None:
    deep: object = "x"
    for _ in range(50_000):
        deep = [deep]
    look_at("MESSAGE_CREATE", message("<" * 300_000))
    look_at("INTERACTION_CREATE", command("cairn why", option("text", deep)))
    look_at("INTERACTION_CREATE", submitted("cairn:~form:.:why", typed("text", "<" * 300_000)))
    look_at("INTERACTION_CREATE", pressed("cairn:" + ":" * 100_000))
    while isinstance(deep, list):  # so that it is not taken down in one go
        deep = deep.pop()


def look_at(name: str, body: Json) -> Told | None:
    """Read a payload in every way in which the adapter does, if discord.py can."""
    listener = Listener()
    # what discord.py makes of it is not in question here, and the client is guarded against it
    with contextlib.suppress(Exception):
        listener.hear(name, body, EVENTS[name])
    told = listener.told(EVENTS[name])
    if told is None:
        return None
    event = translated(told)
    if event is not None:
        check(event)
    return event


def translated(told: Any) -> Told | None:
    match told:
        case discord.Interaction():
            to_suggestions(told)
            file_of(told)
            return to_told(told, AT, "ticket")
        case discord.RawMessageUpdateEvent():
            return events.edited(told, AT, CAIRN)
        case discord.RawMessageDeleteEvent():
            return events.deleted(told, AT)
        case discord.RawReactionActionEvent():
            return events.reacted(told, AT, CAIRN)
        case _:
            return events.said(told, AT, CAIRN)


def check(told: Told) -> None:
    """What holds of every event, so that the core can keep it."""
    assert told.platform == "discord"
    community = told.community.native_id if told.community else None
    assert told.place.community == community
    assert (told.place.kind in (PlaceKind.DIRECT, PlaceKind.GROUP)) is (community is None)
    assert told.actor == untold("discord") or names.is_snowflake(told.actor.account.native_id)
    assert names.is_snowflake(told.place.native_id)
    assert 0 < len(told.event_id) <= 255
    assert told.at <= AT
    for text in texts(told):
        text.encode()
        assert "\x00" not in text


def texts(told: Told) -> Iterator[str]:
    yield from (told.event_id, told.actor.name, told.actor.locale or "", told.ticket or "")
    match told:
        case MessageSaid() | MessageEdited():
            yield told.text
        case CommandGiven():
            yield from (told.words, *told.options, *told.options.values())
        case ActionTaken():
            yield from (told.name, *told.arguments)
            yield told.target.text if told.target else ""
        case FormSubmitted():
            yield told.name
            for pairs in (told.values, told.hidden):
                yield from (*pairs, *pairs.values())
        case Reacted():
            yield told.name
        case _:
            pass


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a payload where something stands: its container and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])
