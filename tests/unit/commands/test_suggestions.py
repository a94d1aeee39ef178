"""While a value is typed, what fits is suggested."""

import pytest

from tests.fakes.conversation import Conversation


async def values(talk: Conversation, command: str, argument: str, typed: str) -> list[str]:
    return [option.value for option in await talk.suggestions(command, argument, typed)]


async def test_zones_that_begin_as_typed_come_first_with_their_time(talk: Conversation) -> None:
    options = await talk.suggestions("start", "zone", "berl")
    assert options[0].value == "Europe/Berlin"
    assert options[0].label == "Europe/Berlin · 10:00"


async def test_a_zone_is_found_with_spaces(talk: Conversation) -> None:
    assert await values(talk, "settings", "zone", "new york") == ["America/New_York"]


@pytest.mark.parametrize("typed", ["", "a", "europe"])
async def test_no_more_are_suggested_than_every_platform_can_show(
    talk: Conversation, typed: str
) -> None:
    assert len(await values(talk, "start", "zone", typed)) == 25


async def test_choices_are_narrowed_by_what_is_typed(talk: Conversation) -> None:
    assert await values(talk, "stone", "kind", "k") == ["knowledge", "skill"]
    assert await values(talk, "stone", "kind", "") == ["skill", "connection", "knowledge", "proof"]


async def test_topics_that_mentors_offer_are_suggested(talk: Conversation) -> None:
    await talk.command("ana", 'mentor offer topics="python, writing"')
    assert await values(talk, "mentor find", "topics", "wri") == ["writing"]


async def test_mentors_with_room_are_suggested_by_name(talk: Conversation) -> None:
    talk.names["ana"] = "Ana Lind"
    await talk.command("ana", 'mentor offer topics="python"')
    assert await values(talk, "mentor request", "mentor", "lind") == ["@ana"]
    assert await values(talk, "mentor request", "mentor", "@ana") == ["@ana"]
    await talk.command("ana", "pause")
    assert await values(talk, "mentor request", "mentor", "") == []


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("nothing", "zone"),
        ("start", "nothing"),
        ("reflect", "delivery"),
        ("why", "text"),
        ("pause", "until"),
    ],
)
async def test_where_nothing_is_known_nothing_is_suggested(
    talk: Conversation, command: str, argument: str
) -> None:
    assert await values(talk, command, argument, "") == []


@pytest.mark.parametrize("typed", ["\x00", "%", "x" * 5000, "../..", "🪨"])
async def test_odd_typing_finds_nothing(talk: Conversation, typed: str) -> None:
    assert await values(talk, "start", "zone", typed) == []
