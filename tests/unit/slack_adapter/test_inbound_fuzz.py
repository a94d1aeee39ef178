"""Nothing that could come from Slack, or from somebody else, is an error."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.inbound import form_file, to_suggestions, to_told
from adapters.slack.text import storable
from bot.chat.incoming import (
    ActionTaken,
    CommandGiven,
    FormSubmitted,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Reacted,
    Told,
)
from tests.unit.slack_adapter.hostile import TEXTS
from tests.unit.slack_adapter.payloads import (
    AT,
    Json,
    changed,
    command,
    deleted,
    event,
    interaction,
    menu_entry,
    message,
    pressed,
    reaction,
    submitted,
    user_change,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
IDS = st.from_regex(r"[A-Z][A-Z0-9]{1,20}", fullmatch=True)
STAMPS = st.from_regex(r"17[0-9]{8}\.[0-9]{6}", fullmatch=True)


@st.composite
def valid(draw: st.DrawFn) -> tuple[Json, str]:
    """A payload as Slack would send it, and what its text means."""
    text, user = draw(TEXTS.map(storable)), draw(IDS.map(lambda name: f"U{name}"))
    sent = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    channel, ts = draw(IDS.map(lambda name: f"C{name}")), draw(STAMPS)
    where: Json = {"channel": channel, "event_ts": ts}
    button = {"action_id": "cairn:skip:1", "value": json.dumps([text])}
    held = json.dumps({"form": "why", "hidden": {"a": text}})
    typed = {"text": {"text": {"type": "plain_text_input", "value": text}}}
    edited = {"text": f"{sent}.", "user": user, "ts": ts, "edited": {"ts": ts}}
    in_channel: Json = {"channel": {"id": channel, "name": "x"}, "user": {"id": user}}
    body = draw(
        st.sampled_from(
            [
                event(message(sent, user=user, ts=ts, **where)),
                changed(edited, {"text": sent}, **where),
                deleted({"user": user, "ts": ts}, deleted_ts=ts, **where),
                reaction(
                    user=user, item={"type": "message", "channel": channel, "ts": ts}, event_ts=ts
                ),
                command(sent, user_id=user, channel_id=channel),
                pressed(button, **in_channel),
                {**submitted(held, typed), "user": {"id": user}},
                menu_entry(message={"user": user, "ts": ts, "text": sent}, **in_channel),
                user_change(id=user),
                event(message(sent, user=user, ts=ts, thread_ts="1.2", **where)),
                event({"type": "app_home_opened", "user": user, "tab": "home", "event_ts": ts}),
                event({"type": "tokens_revoked", "tokens": {"bot": [user]}, "event_ts": ts}),
                event({"type": "app_uninstalled", "event_ts": ts}),
                interaction("shortcut", callback_id="cairn:tough", user={"id": user}),
                interaction(
                    "block_suggestion",
                    action_id="text",
                    view={"callback_id": "cairn:form", "private_metadata": held},
                ),
            ]
        )
    )
    return body, text


@given(valid())
def test_ids_and_texts_come_through(made: tuple[Json, str]) -> None:
    body, text = made
    told = to_told(body, AT)
    if body.get("type") == "block_suggestion":
        assert to_suggestions(body) is not None
        return
    assert told is not None
    check(told)
    user, channel = told.actor.account.native_id, told.place.native_id
    assert f'"{user.removeprefix("T1/")}"' in json.dumps(body)
    assert f'"{channel.removeprefix("T1/")}"' in json.dumps(body)
    match told:
        case MessageSaid() | MessageDeleted() | Reacted():
            assert f'"{told.message.native_id}"' in json.dumps(body)
    match told:
        case MessageSaid(text=said):
            assert said == text
        case MessageEdited(text=said):
            assert said == f"{text}."
        case CommandGiven(words=said):
            assert said == text
        case ActionTaken(name="skip"):
            assert told.arguments == (text,)
        case ActionTaken(name="pin", target=target):
            assert target is not None
            assert target.text == text
        case FormSubmitted():
            assert (told.values, told.hidden) == ({"text": text}, {"a": text})
        case _:
            pass


@settings(max_examples=400)
@given(valid(), st.data())
def test_nothing_broken_is_an_error(made: tuple[Json, str], data: st.DataObject) -> None:
    body = copy.deepcopy(made[0])
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(list(places(body))))
        if isinstance(container, dict) and data.draw(st.booleans()):
            container.pop(key, None)
        else:
            container[key] = data.draw(ANYTHING)
    look_at(body)


@given(st.dictionaries(st.text(), ANYTHING))
def test_nothing_at_all_is_an_error(body: Json) -> None:
    look_at(body)


@given(
    st.sampled_from(["event_callback", "block_actions", "view_submission", "message_action"]),
    st.dictionaries(
        st.sampled_from(["event", "view", "actions", "user", "team", "authorizations", "command"]),
        ANYTHING,
    ),
)
def test_nothing_under_a_known_name_is_an_error(kind: str, body: Json) -> None:
    look_at({**body, "type": kind, "trigger_id": "1", "event_id": "1", "team_id": "T1"})


def test_huge_and_deep_payloads() -> None:
    deep: object = "x"
    for _ in range(50_000):
        deep = [deep]
    look_at(event({**message("x" * 1_000_000), "blocks": deep}))
    look_at(event(message(ts=deep, user=deep)))
    look_at(command("<" * 300_000))
    while isinstance(deep, list):  # so that it is not taken down in one go
        deep = deep.pop()


def look_at(body: Json) -> None:
    to_suggestions(body)
    form_file(body)
    told = to_told(body, AT)
    if told is not None:
        check(told)


def check(told: Told) -> None:
    """What holds of every event, so that the core can keep it."""
    assert told.platform == "slack"
    assert told.community is not None
    assert told.community.native_id == told.place.community
    assert told.actor.account.native_id.startswith(f"{told.community.native_id}/")
    assert told.place.native_id.startswith(f"{told.community.native_id}/")
    assert 0 < len(told.event_id) <= 255
    assert told.at <= AT
    for text in texts(told):
        text.encode()
        assert "\x00" not in text


def texts(told: Told) -> Iterator[str]:
    yield from (told.event_id, told.actor.name, told.ticket or "")
    match told:
        case MessageSaid() | MessageEdited():
            yield told.text
        case CommandGiven():
            yield told.words
        case ActionTaken():
            yield from (told.name, *told.arguments)
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
