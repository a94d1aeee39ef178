"""Commands, buttons, menu entries and forms into the vocabulary."""

import json

import pytest

from adapters.slack.inbound import form_file, to_suggestions, to_told
from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import (
    ActionTaken,
    CommandGiven,
    FormSubmitted,
    Person,
    SuggestionsAsked,
    TargetMessage,
)
from tests.unit.slack_adapter.payloads import (
    AT,
    EARLIER,
    TS,
    Json,
    command,
    happened,
    interaction,
    menu_entry,
    pressed,
    submitted,
)

ANA = AccountRef("slack", "T1/U1")
TOWN = CommunityRef("slack", "T1")
TEAM = PlaceRef("slack", "T1/C1", PlaceKind.CHANNEL, "T1")
CONVERSATION = PlaceRef("slack", "T1/D1", PlaceKind.DIRECT, "T1")
ADDRESS = PlaceRef("slack", "T1/U1", PlaceKind.DIRECT, "T1")


# commands


def test_a_command() -> None:
    words = "mentor request <@U2|ben> note=&quot;a &amp; b&quot; in <#C2|team>"
    assert to_told(command(words), AT) == CommandGiven(
        event_id="command:13.7.x",
        at=AT,
        actor=Person(ANA),
        place=TEAM,
        community=TOWN,
        ticket="https://hooks.slack.com/commands/T1/1/x",
        words="mentor request @T1/U2 note=&quot;a & b&quot; in #T1/C2",
    )


@pytest.mark.parametrize(
    ("channel", "name", "place"),
    [
        ("D1", "directmessage", CONVERSATION),
        ("D1", None, CONVERSATION),
        ("G1", "directmessage", PlaceRef("slack", "T1/G1", PlaceKind.DIRECT, "T1")),
        ("G1", "privategroup", PlaceRef("slack", "T1/G1", PlaceKind.CHANNEL, "T1")),
        ("C1", "mpdm-ana--ben-1", PlaceRef("slack", "T1/C1", PlaceKind.GROUP, "T1")),
        ("C1", "mpdm", TEAM),
        (None, None, ADDRESS),
    ],
)
def test_where_a_command_is_given(channel: object, name: object, place: PlaceRef) -> None:
    given = to_told(command(channel_id=channel, channel_name=name), AT)
    assert given is not None
    assert given.place == place


@pytest.mark.parametrize("key", ["command", "trigger_id", "user_id", "team_id"])
def test_a_command_without_what_it_needs(key: str) -> None:
    assert to_told(command(**{key: None}), AT) is None


def test_a_command_without_words_or_ticket() -> None:
    given = to_told(command(text=None, response_url=None), AT)
    assert isinstance(given, CommandGiven)
    assert (given.words, given.ticket) == ("", None)


# buttons


def test_a_button() -> None:
    body = pressed({"action_id": "cairn:skip:2", "value": '["7", "\\u003c&"]'})
    assert to_told(body, AT) == ActionTaken(
        event_id="action:13.7.x:cairn:skip:2",
        at=happened(),
        actor=Person(ANA),
        place=CONVERSATION,
        community=TOWN,
        ticket="https://hooks.slack.com/actions/T1/1/x",
        name="skip",
        arguments=("7", "<&"),
        message=MessageRef(CONVERSATION, EARLIER),
    )


def test_an_option_chosen() -> None:
    chosen = {"type": "static_select", "selected_option": {"value": '["7","b"]'}}
    taken = to_told(pressed({"action_id": "cairn:stone_kind:1", **chosen}), AT)
    assert isinstance(taken, ActionTaken)
    assert (taken.name, taken.arguments) == ("stone_kind", ("7", "b"))


@pytest.mark.parametrize("name", ["mentor find", "a:b", "a:1"])
def test_names_of_buttons(name: str) -> None:
    taken = to_told(pressed({"action_id": f"cairn:{name}:12", "value": "[]"}), AT)
    assert isinstance(taken, ActionTaken)
    assert (taken.name, taken.arguments) == (name, ())


def _in_channel(*, is_ephemeral: bool) -> Json:
    container = {"type": "message", "message_ts": EARLIER, "is_ephemeral": is_ephemeral}
    return {"container": container, "channel": {"id": "C1", "name": "general"}}


def test_a_button_in_a_channel_stays_for_the_others() -> None:
    button = {"action_id": "cairn:skip:1", "value": "[]"}
    seen_by_all = to_told(pressed(button, **_in_channel(is_ephemeral=False)), AT)
    own = to_told(pressed(button, **_in_channel(is_ephemeral=True)), AT)
    assert isinstance(seen_by_all, ActionTaken)
    assert isinstance(own, ActionTaken)
    assert seen_by_all.place == own.place == TEAM
    assert seen_by_all.message is None
    assert own.message == MessageRef(TEAM, EARLIER)


def test_a_button_on_the_home_tab() -> None:
    home = {"container": {"type": "view", "view_id": "V1"}, "view": {"type": "home"}}
    body = pressed({"action_id": "cairn:why:1", "value": "[]"}, **home)
    del body["channel"]
    del body["response_url"]
    taken = to_told(body, AT)
    assert isinstance(taken, ActionTaken)
    assert (taken.place, taken.ticket, taken.message) == (ADDRESS, None, None)


def test_a_button_whose_channel_is_told_by_its_container_only() -> None:
    body = pressed({"action_id": "cairn:skip:1", "value": "[]"})
    del body["channel"]
    taken = to_told(body, AT)
    assert taken is not None
    assert taken.place == CONVERSATION


@pytest.mark.parametrize(
    "action",
    [
        {"action_id": "cairn:skip:1", "url": "https://a.example"},
        {"action_id": "other:skip:1", "value": "[]"},
        {"action_id": "cairn:skip", "value": "[]"},
        {"action_id": "cairn:skip:1", "value": "7"},
        {"action_id": "cairn:skip:1", "value": "[7]"},
        {"action_id": "cairn:skip:1", "value": '{"a": 1}'},
        {"action_id": "cairn:skip:1", "value": "[" * 9_999},
        {"action_id": "cairn:skip:1", "value": '["' + "x" * 10_000 + '"]'},
        {"action_id": "cairn:skip:1", "value": ["a"]},
        {"action_id": None, "value": "[]"},
    ],
    ids=lambda action: str(action)[:60],
)
def test_what_cairn_did_not_put_there(action: Json) -> None:
    assert to_told(pressed(action), AT) is None


@pytest.mark.parametrize("more", [{"actions": []}, {"trigger_id": ""}, {"user": None}], ids=str)
def test_a_press_of_nothing_or_by_nobody(more: Json) -> None:
    assert to_told(pressed({"action_id": "cairn:skip:1", "value": "[]"}, **more), AT) is None


def test_with_an_installation_for_an_organisation_the_person_names_the_workspace() -> None:
    user = {"id": "U1", "team_id": "T2"}
    body = pressed({"action_id": "cairn:skip:1", "value": "[]"}, team=None, user=user)
    taken = to_told(body, AT)
    assert taken is not None
    assert taken.community == CommunityRef("slack", "T2")


# menu entries


def test_a_menu_entry_on_a_message() -> None:
    assert to_told(menu_entry(), AT) == ActionTaken(
        event_id="shortcut:13.7.x",
        at=happened(),
        actor=Person(ANA),
        place=TEAM,
        community=TOWN,
        ticket="https://hooks.slack.com/app/T1/1/x",
        name="pin",
        target=TargetMessage(MessageRef(TEAM, EARLIER), AccountRef("slack", "T1/U2"), "a & b"),
    )


@pytest.mark.parametrize(
    ("message", "author"),
    [
        ({"user": "UBOT", "bot_id": "B1", "ts": EARLIER}, "T1/UBOT"),
        ({"bot_id": "B1", "ts": EARLIER, "subtype": "bot_message"}, "T1/B1"),
    ],
)
def test_a_bots_message_has_an_author_too(message: Json, author: str) -> None:
    taken = to_told(menu_entry(message=message), AT)
    assert isinstance(taken, ActionTaken)
    assert taken.target is not None
    assert taken.target.author.native_id == author
    assert taken.target.text == ""


@pytest.mark.parametrize(
    "more",
    [
        {"message": None},
        {"message": {"user": "U2"}, "message_ts": None},
        {"message": {"ts": EARLIER}},
        {"channel": None},
        {"callback_id": "other"},
        {"callback_id": "cairn:"},
        {"trigger_id": None},
        {"user": None},
    ],
    ids=str,
)
def test_a_menu_entry_without_what_it_needs(more: Json) -> None:
    assert to_told(menu_entry(**more), AT) is None


def test_a_shortcut_from_anywhere() -> None:
    body = interaction("shortcut", callback_id="cairn:tough", action_ts=TS)
    assert to_told(body, AT) == ActionTaken(
        event_id="shortcut:13.7.x",
        at=happened(),
        actor=Person(ANA),
        place=ADDRESS,
        community=TOWN,
        name="tough",
    )


# forms

HELD: Json = {
    "form": "reflect",
    "hidden": {"delivery": "7"},
    "place": "T1/C1",
    "place_kind": "channel",
    "ticket": "https://hooks.slack.com/commands/T1/1/y",
}


def test_a_form() -> None:
    values = {"text": {"text": {"type": "plain_text_input", "value": "a &amp; b\r\nc"}}}
    assert to_told(submitted(json.dumps(HELD), values), AT) == FormSubmitted(
        event_id="view:V1:156.h",
        at=AT,
        actor=Person(ANA),
        place=TEAM,
        community=TOWN,
        ticket="https://hooks.slack.com/commands/T1/1/y",
        name="reflect",
        values={"text": "a &amp; b\nc"},
        hidden={"delivery": "7"},
    )


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "plain_text_input", "value": None}, ""),
        ({"type": "plain_text_input", "value": "a\x00\ud800"}, "a\N{REPLACEMENT CHARACTER}"),
        ({"type": "static_select", "selected_option": {"value": "a"}}, "a"),
        ({"type": "static_select", "selected_option": None}, ""),
        ({"type": "radio_buttons", "selected_option": {"value": "a"}}, "a"),
        ({"type": "external_select", "selected_option": {"value": "a"}}, "a"),
        ({"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}, "a,b"),
        ({"type": "multi_static_select", "selected_options": [{"value": "a"}, 5]}, "a"),
        ({"type": "multi_static_select", "selected_options": None}, ""),
        ({"type": "datepicker", "selected_date": "2026-03-02"}, "2026-03-02"),
        ({"type": "timepicker", "selected_time": "09:30"}, "09:30"),
        ({"type": "timepicker", "selected_time": None}, ""),
        ({"type": "users_select", "selected_user": "U2"}, "@T1/U2"),
        ({"type": "users_select", "selected_user": None}, ""),
        ({"type": "channels_select", "selected_channel": "C2"}, "#T1/C2"),
        ({"type": "conversations_select", "selected_conversation": "C2"}, "#T1/C2"),
    ],
)
def test_values(element: Json, value: str) -> None:
    form = to_told(submitted(json.dumps(HELD), {"field": {"field": element}}), AT)
    assert isinstance(form, FormSubmitted)
    assert form.values == {"field": value}


@pytest.mark.parametrize(
    "element", [{"type": "file_input", "files": []}, {"type": "new"}, {}, None, "x"]
)
def test_what_is_no_value(element: object) -> None:
    form = to_told(submitted(json.dumps(HELD), {"field": {"field": element}}), AT)
    assert isinstance(form, FormSubmitted)
    assert form.values == {}


def test_the_parts_of_a_long_text_are_joined_in_their_order() -> None:
    parts = [("text~10", "d"), ("text~2", "b"), ("text", "a "), ("text~3", "c"), ("a~b", "x")]
    values = {name: {name: {"type": "plain_text_input", "value": v}} for name, v in parts}
    form = to_told(submitted(json.dumps(HELD), values), AT)
    assert isinstance(form, FormSubmitted)
    assert form.values == {"text": "a bcd", "a~b": "x"}


@pytest.mark.parametrize(
    "change",
    [
        {"place": "T9/C1"},
        {"place": "C1"},
        {"place": 5},
        {"place": "T1/C1\x00"},
        {"place_kind": "cave"},
        {"place_kind": []},
    ],
    ids=str,
)
def test_a_form_from_nowhere_is_answered_directly(change: Json) -> None:
    form = to_told(submitted(json.dumps({**HELD, **change})), AT)
    assert isinstance(form, FormSubmitted)
    assert form.place == ADDRESS


def test_a_form_from_a_room() -> None:
    held = {**HELD, "place": "T1/U1+U2", "place_kind": "group", "ticket": None, "hidden": None}
    form = to_told(submitted(json.dumps(held)), AT)
    assert isinstance(form, FormSubmitted)
    assert form.place == PlaceRef("slack", "T1/U1+U2", PlaceKind.GROUP, "T1")
    assert (form.ticket, form.hidden) == (None, {})


def test_a_form_opened_in_another_workspace_belongs_to_where_cairn_is() -> None:
    body = submitted(json.dumps(HELD), app_installed_team_id="T1")
    body["team"] = {"id": "T9"}
    form = to_told(body, AT)
    assert form is not None
    assert form.community == TOWN


@pytest.mark.parametrize(
    "body",
    [
        submitted("no json"),
        submitted("[]"),
        submitted('{"hidden": {}}'),
        submitted("[" * 3_000),
        submitted(json.dumps(HELD), callback_id="other"),
        submitted(json.dumps(HELD), id=None),
        {**submitted(json.dumps(HELD)), "user": None},
        {**submitted(json.dumps(HELD)), "view": None},
        {**submitted(json.dumps(HELD)), "type": "view_closed"},
    ],
    ids=lambda body: str(body)[-60:],
)
def test_what_is_no_form(body: Json) -> None:
    assert to_told(body, AT) is None


def test_a_form_with_a_file() -> None:
    file = {"name": "my.zip", "url_private_download": "https://files.example/1", "size": 12}
    values = {"file": {"file": {"type": "file_input", "files": [{"id": "F0"}, file]}}}
    assert form_file(submitted(json.dumps(HELD), values)) == (
        "my.zip",
        "https://files.example/1",
        12,
    )


@pytest.mark.parametrize("files", [None, [], [{}], [{"url_private_download": "x"}], "x"])
def test_a_form_without_a_file(files: object) -> None:
    values = {"file": {"file": {"type": "file_input", "files": files}}}
    assert form_file(submitted(json.dumps(HELD), values)) is None
    assert form_file({}) is None


# suggestions


def test_suggestions() -> None:
    view = {"callback_id": "cairn:form", "private_metadata": json.dumps(HELD)}
    body = interaction("block_suggestion", view=view, action_id="practice", value="lea")
    assert to_suggestions(body) == SuggestionsAsked(
        actor=Person(ANA), community=TOWN, command="reflect", argument="practice", typed="lea"
    )
    assert to_told(body, AT) is None


@pytest.mark.parametrize("more", [{"type": "other"}, {"user": 1}, {"view": {}}, {"action_id": 1}])
def test_no_suggestions(more: Json) -> None:
    view = {"callback_id": "cairn:form", "private_metadata": json.dumps(HELD)}
    body = interaction("block_suggestion", view=view, action_id="practice", value="lea")
    assert to_suggestions({**body, **more}) is None


@pytest.mark.parametrize("kind", ["view_closed", "url_verification", "", None, ["shortcut"]])
def test_payloads_of_other_kinds(kind: object) -> None:
    assert to_told({**menu_entry(), "type": kind}, AT) is None
