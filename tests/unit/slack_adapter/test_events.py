"""Slack's events into the vocabulary."""

from datetime import timedelta

import pytest

from adapters.slack.inbound import to_told
from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
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
)
from tests.unit.slack_adapter.payloads import (
    AT,
    EARLIER,
    TS,
    Json,
    changed,
    deleted,
    event,
    happened,
    message,
    reaction,
    user_change,
)

ANA = AccountRef("slack", "T1/U1")
TOWN = CommunityRef("slack", "T1")
TEAM = PlaceRef("slack", "T1/C1", PlaceKind.CHANNEL, "T1")
OWN = PlaceRef("slack", "T1/D1", PlaceKind.DIRECT, "T1")


def test_a_message_said_in_a_channel() -> None:
    assert to_told(event(message("tea &amp; <@U2>")), AT) == MessageSaid(
        event_id=f"said:T1/C1:{TS}",
        at=happened(),
        actor=Person(ANA),
        place=TEAM,
        community=TOWN,
        message=MessageRef(TEAM, TS),
        text="tea & @T1/U2",
    )


@pytest.mark.parametrize(
    ("channel", "told", "kind"),
    [
        ("D1", "im", PlaceKind.DIRECT),
        ("C1", "mpim", PlaceKind.GROUP),
        ("C1", "group", PlaceKind.CHANNEL),
        ("D1", 5, PlaceKind.DIRECT),
    ],
)
def test_where_it_is_said(channel: str, told: object, kind: PlaceKind) -> None:
    said = to_told(event(message(channel=channel, channel_type=told)), AT)
    assert said is not None
    assert said.place == PlaceRef("slack", f"T1/{channel}", kind, "T1")


@pytest.mark.parametrize("subtype", [{}, {"subtype": "thread_broadcast"}])
def test_a_reply_names_what_it_answers(subtype: Json) -> None:
    said = to_told(event(message(thread_ts=EARLIER, **subtype)), AT)
    assert isinstance(said, MessageSaid)
    assert said.thread == MessageRef(TEAM, EARLIER)


def test_the_message_that_a_thread_hangs_on_is_no_reply() -> None:
    said = to_told(event(message(thread_ts=TS)), AT)
    assert isinstance(said, MessageSaid)
    assert said.thread is None


@pytest.mark.parametrize("subtype", ["file_share", "me_message"])
def test_words_with_a_file_are_words(subtype: str) -> None:
    said = to_told(event(message("look", subtype=subtype, files=[{"id": "F1"}])), AT)
    assert isinstance(said, MessageSaid)
    assert said.text == "look"


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"bot_profile": {"id": "B1"}},
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"user": "U 1/"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": ["thread_broadcast"]},
        {"hidden": True},
        {"ts": "now"},
        {"channel": ""},
        {"text": None},
    ],
    ids=str,
)
def test_what_is_not_somebodys_words(more: Json) -> None:
    assert to_told(event(message(**more)), AT) is None


def test_an_edit() -> None:
    edit = {"text": "b &gt; a", "edited": {"user": "U1", "ts": TS}}
    assert to_told(changed(edit, {"text": "a"}), AT) == MessageEdited(
        event_id="Ev1",
        at=happened(),
        actor=Person(ANA),
        place=OWN,
        community=TOWN,
        message=MessageRef(OWN, EARLIER),
        text="b > a",
    )


def test_an_edit_of_what_was_not_told_is_known_by_its_mark() -> None:
    assert isinstance(
        to_told(changed({"text": "b", "edited": {"ts": TS}}, None), AT), MessageEdited
    )
    assert to_told(changed({"text": "b"}, None), AT) is None


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"text": "a", "edited": {"ts": TS}}, {"text": "a"}),
        ({"text": "a", "language": {"locale": "de"}}, {"text": "a"}),
        ({"text": "b", "edited": {"ts": EARLIER}}, {"text": "a", "edited": {"ts": EARLIER}}),
        ({"text": "b", "bot_id": "B1"}, {"text": "a"}),
        ({"text": "b", "subtype": "bot_message"}, {"text": "a"}),
        ({"text": "b", "user": "UBOT"}, {"text": "a"}),
        ({"text": 5}, {"text": "a"}),
        ({"text": "b", "ts": None}, {"text": "a"}),
        ({"text": "b", "user": ""}, {"text": "a"}),
    ],
    ids=str,
)
def test_what_is_no_edit(new: Json, old: Json) -> None:
    assert to_told(changed(new, old), AT) is None


def test_a_deletion() -> None:
    assert to_told(deleted({"text": "a", "thread_ts": "1.5"}), AT) == MessageDeleted(
        event_id="Ev1",
        at=happened(),
        actor=Person(ANA),
        place=TEAM,
        community=TOWN,
        message=MessageRef(TEAM, EARLIER),
        thread=MessageRef(TEAM, "1.5"),
    )


def test_a_message_with_replies_leaves_a_stone_when_it_is_deleted() -> None:
    stone = {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}
    gone = to_told(changed(stone, {"text": "a", "thread_ts": EARLIER}), AT)
    assert isinstance(gone, MessageDeleted)
    assert (gone.actor.account, gone.thread) == (ANA, None)
    assert gone.message == MessageRef(OWN, EARLIER)
    # and the stone goes when the last reply does: the message was deleted before that
    assert to_told(deleted(stone), AT) is None


@pytest.mark.parametrize(
    "old", [{"bot_id": "B1"}, {"user": None}, {"user": "USLACKBOT"}, {"subtype": "channel_join"}]
)
def test_a_deletion_of_what_was_nobodys(old: Json) -> None:
    assert to_told(deleted(old), AT) is None
    assert to_told(deleted({}, deleted_ts=None), AT) is None


def test_a_reaction_comes_and_goes() -> None:
    assert to_told(reaction("wave::skin-tone-3"), AT) == Reacted(
        event_id="Ev1",
        at=happened(),
        actor=Person(ANA),
        place=TEAM,
        community=TOWN,
        message=MessageRef(TEAM, EARLIER),
        name="wave",
    )
    gone = to_told(reaction(kind="reaction_removed"), AT)
    assert isinstance(gone, Reacted)
    assert not gone.added


@pytest.mark.parametrize(
    "more",
    [
        {"item": {"type": "file", "file": "F1"}},
        {"item": None},
        {"item": {"type": "message", "channel": "C1"}},
        {"user": "UBOT"},
        {"user": 5},
        {"reaction": ""},
        {"reaction": "::skin-tone-2"},
    ],
    ids=str,
)
def test_what_is_no_reaction_to_a_message(more: Json) -> None:
    assert to_told(reaction(**more), AT) is None


def test_a_reaction_in_a_direct_conversation() -> None:
    told = to_told(reaction(item={"type": "message", "channel": "D1", "ts": EARLIER}), AT)
    assert told is not None
    assert told.place == OWN


def test_a_profile() -> None:
    assert to_told(user_change(), AT) == PersonSeen(
        event_id="Ev1",
        at=happened(),
        actor=Person(ANA, "Ana", "Europe/Lisbon", "pt-BR"),
        place=PlaceRef("slack", "T1/U1", PlaceKind.DIRECT, "T1"),
        community=TOWN,
    )


@pytest.mark.parametrize(
    ("more", "person"),
    [
        (
            {"profile": {"display_name": " ", "real_name": "Ana  Lima"}},
            Person(ANA, "Ana Lima", "Europe/Lisbon", "pt-BR"),
        ),
        ({"profile": None, "tz": None, "locale": 5}, Person(ANA, "Ana Lima")),
        (
            {"profile": [], "real_name": {}, "tz": "x" * 101, "locale": "\x00"},
            Person(ANA),
        ),
        ({"is_admin": True}, Person(ANA, "Ana", "Europe/Lisbon", "pt-BR", runs_community=True)),
        ({"is_owner": True}, Person(ANA, "Ana", "Europe/Lisbon", "pt-BR", runs_community=True)),
        ({"is_owner": "true"}, Person(ANA, "Ana", "Europe/Lisbon", "pt-BR")),
        ({"name": "T1/U9", "team_id": "T9"}, Person(ANA, "Ana", "Europe/Lisbon", "pt-BR")),
    ],
    ids=str,
)
def test_what_a_profile_tells(more: Json, person: Person) -> None:
    seen = to_told(user_change(**more), AT)
    assert isinstance(seen, PersonSeen)
    assert seen.actor == person


def test_someone_new() -> None:
    joined = user_change()
    joined["event"] = {**event_of(joined), "type": "team_join"}
    assert isinstance(to_told(joined, AT), PersonSeen)


def event_of(body: Json) -> Json:
    inner = body["event"]
    assert isinstance(inner, dict)
    return inner


def test_someone_leaves() -> None:
    left = to_told(user_change(deleted=True), AT)
    assert isinstance(left, PersonLeft)
    assert left.actor.account == ANA


@pytest.mark.parametrize("more", [{"is_bot": True}, {"id": "USLACKBOT"}, {"id": None}], ids=str)
def test_a_profile_that_is_nobodys(more: Json) -> None:
    assert to_told(user_change(**more), AT) is None


def test_home() -> None:
    opened = {"type": "app_home_opened", "user": "U1", "channel": "D1", "event_ts": TS}
    home = to_told(event({**opened, "tab": "home"}), AT)
    assert isinstance(home, HomeOpened)
    assert home.place == PlaceRef("slack", "T1/U1", PlaceKind.DIRECT, "T1")
    assert to_told(event({**opened, "tab": "messages"}), AT) is None
    assert to_told(event({**opened, "tab": "home", "user": None}), AT) is None


@pytest.mark.parametrize(
    "inner",
    [
        {"type": "app_uninstalled"},
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UBOT"]}},
    ],
    ids=str,
)
def test_cairn_is_removed(inner: Json) -> None:
    removed = to_told(event(inner, authorizations=[]), AT)
    assert isinstance(removed, Removed)
    assert removed.actor == Person(AccountRef("slack", "T1/A1"))
    assert removed.community == TOWN
    assert removed.at == AT


@pytest.mark.parametrize(
    "tokens", [{"oauth": ["U1"]}, {"oauth": ["U1"], "bot": []}, None, {"bot": "UBOT"}]
)
def test_a_persons_own_tokens_are_not_cairns(tokens: object) -> None:
    assert to_told(event({"type": "tokens_revoked", "tokens": tokens}), AT) is None


@pytest.mark.parametrize(
    "inner",
    [
        {"type": "member_left_channel", "user": "U1", "channel": "C1"},
        {"type": "app_mention", "user": "U1", "text": "hi", "channel": "C1", "ts": TS},
        {"type": ["message"]},
        {},
    ],
    ids=str,
)
def test_events_of_other_kinds(inner: Json) -> None:
    assert to_told(event(inner), AT) is None


# what all events tell


def test_a_stranger_from_another_workspace_belongs_to_where_the_event_came_by() -> None:
    shared = event(
        message(user="U9", user_team="T9", source_team="T9", team="T9"),
        team_id="T9",
        is_ext_shared_channel=True,
    )
    said = to_told(shared, AT)
    assert said is not None
    assert said.actor.account == AccountRef("slack", "T1/U9")
    assert said.community == TOWN


@pytest.mark.parametrize("authorizations", [None, [], [{"team_id": None}], ["T9"]])
def test_without_an_authorization_the_event_names_the_workspace(authorizations: object) -> None:
    said = to_told(event(message(), authorizations=authorizations, team_id="T2"), AT)
    assert said is not None
    assert said.community == CommunityRef("slack", "T2")


def test_no_workspace_or_no_id_no_event() -> None:
    assert to_told(event(message(), authorizations=[], team_id=None), AT) is None
    assert to_told(event(message(), event_id=None), AT) is None


def test_a_long_id_is_shortened_and_still_the_same() -> None:
    first = to_told({**reaction(), "event_id": "x" * 300}, AT)
    again = to_told({**reaction("heart"), "event_id": "x" * 300}, AT)
    other = to_told({**reaction(), "event_id": "x" * 301}, AT)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.event_id == again.event_id != other.event_id
    assert len(first.event_id) <= 255


def test_a_message_is_one_event_however_often_it_is_told_of() -> None:
    first, again = (to_told(event(message(), event_id=name), AT) for name in ("Ev1", "Ev2"))
    assert first == again


@pytest.mark.parametrize(
    "stamp", ["0.0", "1.5", "9" * 16, f"{AT.timestamp() + 1:.6f}", "yesterday", "nan", "-1", "1_0"]
)
def test_a_time_that_can_not_be_is_not_believed(stamp: str) -> None:
    said = to_told(event(message(event_ts=stamp)), AT)
    assert said is not None
    assert said.at in (AT, happened())
    assert AT - timedelta(days=2) <= said.at <= AT
