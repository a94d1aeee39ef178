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
    assert await values(talk, "mentor find", "not_with", "") == []
    assert await values(talk, "mentor find", "topics", "") == []
    await talk.command("ana", "resume")
    assert await values(talk, "mentor request", "mentor", "") == ["@ana"]


async def test_own_visions_are_suggested_by_their_years_and_words(talk: Conversation) -> None:
    await talk.command("ben", "vision 10 a bakery by the sea")
    await talk.command("ben", "vision 5 a stall on the market")
    options = await talk.suggestions("stone", "vision", "bak")
    assert [(one.label, one.value) for one in options] == [("10 · a bakery by the sea", "10")]
    assert await values(talk, "vision", "years", "") == ["5", "10"]


async def test_nobody_elses_visions_are_suggested(talk: Conversation) -> None:
    await talk.command("ana", "vision 10 a bakery by the sea")
    assert await values(talk, "vision", "years", "") == []


async def test_two_mentors_of_the_same_name_are_both_suggested(talk: Conversation) -> None:
    for name in ("ana", "dan"):
        talk.names[name] = "Kim Lind"
        await talk.command(name, "start zone=UTC")
        await talk.command(name, "mentor offer python")
    for typed in ("", "kim"):
        options = await talk.suggestions("mentor request", "mentor", typed)
        assert [option.label for option in options] == ["Kim Lind", "Kim Lind"]
        assert {option.value for option in options} == {"@ana", "@dan"}


async def test_whom_to_leave_out_is_suggested_one_after_the_other(talk: Conversation) -> None:
    talk.names["ana"] = "Ana Lind"
    for name in ("ana", "dan"):
        await talk.command(name, "start zone=UTC")
        await talk.command(name, "mentor offer python")
    assert await values(talk, "mentor find", "not_with", "lind") == ["@ana"]
    options = await talk.suggestions("mentor find", "not_with", "@dan,@lin")
    assert [(one.label, one.value) for one in options] == [("@dan, Ana Lind", "@dan, @ana")]


async def test_a_list_of_topics_goes_on_after_a_comma(talk: Conversation) -> None:
    await talk.command("ana", "mentor offer python, writing")
    assert await values(talk, "mentor find", "topics", "kilns, wri") == ["kilns, writing"]
    assert await values(talk, "mentor find", "topics", "a, b,") == ["a, b, python", "a, b, writing"]


async def test_only_a_list_goes_on_after_a_comma(talk: Conversation) -> None:
    assert await values(talk, "start", "zone", "UTC, berl") == []
    assert await values(talk, "stone", "kind", "skill, pro") == []


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
