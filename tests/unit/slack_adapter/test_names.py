"""Slack's ids made into references and taken apart again."""

import pytest

from adapters.slack import names
from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef


def test_references_carry_the_team() -> None:
    assert names.community("T1") == CommunityRef("slack", "T1")
    assert names.account("T1", "U1") == AccountRef("slack", "T1/U1")
    assert names.place("T1", "C1", PlaceKind.CHANNEL) == PlaceRef(
        "slack", "T1/C1", PlaceKind.CHANNEL, "T1"
    )
    assert names.direct("T1", "U1") == PlaceRef("slack", "T1/U1", PlaceKind.DIRECT, "T1")


@pytest.mark.parametrize("native_id", ["T1/U1", "T1/C1"])
def test_references_are_taken_apart(native_id: str) -> None:
    assert names.team_of(native_id) == "T1"
    assert names.slack_id(native_id) == native_id[3:]
    assert names.team_of("T1") == names.slack_id("T1") == "T1"


@pytest.mark.parametrize(
    ("channel", "told", "kind"),
    [
        ("C1", "channel", PlaceKind.CHANNEL),
        ("C1", "group", PlaceKind.CHANNEL),
        ("C1", "mpim", PlaceKind.GROUP),
        ("G1", "mpim", PlaceKind.GROUP),
        ("D1", "im", PlaceKind.DIRECT),
        ("D1", "app_home", PlaceKind.DIRECT),
        ("D1", None, PlaceKind.DIRECT),
        ("D1", "news", PlaceKind.DIRECT),
        ("C1", None, PlaceKind.CHANNEL),
        ("G1", "", PlaceKind.CHANNEL),
    ],
)
def test_kinds_of_channels(channel: str, told: str | None, kind: PlaceKind) -> None:
    assert names.channel_kind(channel, told) is kind


def test_a_room_is_the_same_whoever_is_named_first() -> None:
    room = names.room("T1", ("W2", "U1"))
    assert room == names.room("T1", ("U1", "W2"))
    assert room == PlaceRef("slack", "T1/U1+W2", PlaceKind.GROUP, "T1")
    assert names.users_of_room(room) == ("U1", "W2")
    assert names.users_of_room(names.room("T1", ("U1",))) == ("U1",)


def test_a_conversation_is_no_room() -> None:
    assert names.users_of_room(names.place("T1", "G1", PlaceKind.GROUP)) == ()
    assert names.users_of_room(names.direct("T1", "U1")) == ()
