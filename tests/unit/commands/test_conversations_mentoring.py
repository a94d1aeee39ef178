"""Conversations of mentors and mentees, from the offer to the end of a pair."""

import pytest

from tests.fakes.conversation import Conversation


@pytest.fixture
async def guild(talk: Conversation) -> Conversation:
    """The town, in which ana offers to mentor one person in python and writing."""
    await talk.command("ana", 'mentor offer topics="python, writing"')
    return talk


@pytest.fixture
async def pair(guild: Conversation) -> Conversation:
    """The town, in which ana mentors ben."""
    await guild.command("ben", "mentor request @ana I want to write more")
    await guild.press("ana", "Yes")
    return guild


async def test_an_offer_is_confirmed_and_replaced(talk: Conversation) -> None:
    shown = await talk.command("ana", 'mentor offer topics="python, writing" capacity=2')
    assert "python and writing, for 2 mentees at a time" in shown.text
    assert "mentor with 0 of 2 places taken" in (await talk.command("ana", "status")).text
    shown = await talk.command("ana", "mentor offer topics=welding")
    assert "welding, for 2 mentees at a time" in shown.text


async def test_the_offer_form_shows_the_offer_as_it_stands(guild: Conversation) -> None:
    form = (await guild.command("ana", "mentor offer")).form
    assert form is not None
    assert [field.initial for field in form.fields] == ["python, writing", "1"]


@pytest.mark.parametrize(
    "words",
    [
        "mentor offer topics=" + ",".join(f"topic{number}" for number in range(13)),
        "mentor offer topics=" + "a" * 61,
        "mentor offer topics=python capacity=0",
        "mentor offer topics=python capacity=21",
        'mentor offer topics=", ,"',
        "mentor find topics=" + "a" * 61,
        "mentor find topics=python not_with=@nobody",
        "mentor request @nobody",
        "mentor request ana",
        "mentor request @ben",
        "mentor request @cora",
        "mentor end",
        "mentor end @ana",
        "mentor end @nobody",
    ],
)
async def test_what_can_not_be_leaves_everything_as_it_was(talk: Conversation, words: str) -> None:
    before = talk.snapshot()
    shown = await talk.command("ben", words)
    assert shown.form is None
    assert len(shown.messages) == 1
    assert talk.snapshot() == before


async def test_a_search_says_why_someone_might_suit(guild: Conversation) -> None:
    shown = await guild.command("ben", 'mentor find topics="Python, kilns" for="a new start"')
    assert "One mentor might suit you:" in shown.text
    assert "ana: you both named Python, and your working days share 2 hours." in shown.text
    assert shown.labels == ["Ask ana"]
    assert "a new start" not in str([guild.texts(view) for view in ("ana", "cora")])


async def test_mentors_with_other_topics_are_named_as_such(guild: Conversation) -> None:
    shown = await guild.command("ben", "mentor find topics=kilns")
    assert "ana named other topics (python and writing)" in shown.text


async def test_a_search_that_finds_nobody_is_kept(talk: Conversation) -> None:
    shown = await talk.command("ben", "mentor find topics=python")
    assert "Nobody with a free place fits right now." in shown.text
    form = (await talk.command("ben", "mentor find")).form
    assert form is not None
    assert form.fields[0].initial == "python"


async def test_the_not_with_list_is_honoured_and_shown_to_nobody(guild: Conversation) -> None:
    shown = await guild.command("ben", "mentor find topics=python not_with=@ana")
    assert "Nobody with a free place" in shown.text
    await guild.later("3d")
    others = str([guild.texts(view) for view in ("ana", "cora")])
    assert "not_with" not in others
    assert "ben" not in others


async def test_asking_by_the_button_opens_a_form_for_the_note(guild: Conversation) -> None:
    await guild.command("ben", "mentor find topics=python")
    form = (await guild.press("ben", "Ask ana")).form
    assert form is not None
    assert [field.name for field in form.fields] == ["note"]
    shown = await guild.fill("ben", note="Could we talk?")
    assert "I've asked ana for you.\n> Could we talk?" in shown.text
    assert "If ana hasn't by Thursday, 5 March at 04:00" in shown.text
    assert "ben would like you as a mentor.\n> Could we talk?" in guild.texts("ana")[-1]


async def test_a_request_shows_in_the_status_of_both(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana")
    assert "You asked ana on 2 March 2026; no answer yet." in (
        (await guild.command("ben", "mentor status")).text
    )
    assert "ben asked you on 2 March 2026; your answer is open." in (
        (await guild.command("ana", "status")).text
    )


async def test_a_yes_makes_a_pair_and_introduces_both(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana")
    assert "You and ben are a pair now" in (await guild.press("ana", "Yes")).text
    assert "ana said yes: you are a pair now." in guild.texts("ben")[-1]
    assert "You and ben are a pair now." in guild.texts("ana")[-1]
    assert "ana is your mentor, since 2 March 2026." in (await guild.command("ben", "status")).text
    assert "You mentor ben, since 2 March 2026." in (await guild.command("ana", "status")).text
    await guild.later("7d")
    assert not any("hasn't answered yet" in text for text in guild.texts("ben"))


async def test_a_no_is_told_kindly_and_never_why(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana")
    await guild.press("ana", "Not now")
    assert guild.texts("ben")[-1].startswith("ana can't take this on at the moment.")
    shown = await guild.press("ana", "Yes")
    assert "The request of ben is settled already." in shown.text


async def test_a_mentor_can_ask_for_more_and_hears_it_anew(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana")
    await guild.press("ana", "Tell me more")
    assert "ana would like to know a little more" in guild.texts("ben")[-1]
    guild.clock.advance(hours=1)
    await guild.press("ben", "Write more")
    shown = await guild.fill("ben", note="about writing manuals")
    assert "ana can read it now." in shown.text
    assert "> about writing manuals" in guild.texts("ana")[-1]
    await guild.press("ana", "Yes")
    assert "said yes" in guild.texts("ben")[-1]


async def test_saying_more_after_an_answer_is_refused(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana")
    await guild.press("ana", "Tell me more")
    await guild.press("ana", "Not now")
    await guild.press("ben", "Write more")
    shown = await guild.fill("ben", note="about writing manuals")
    assert "Your request to ana is closed already." in shown.text


async def test_a_wait_of_three_days_is_told_once(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana")
    await guild.later("10d")
    waiting = [text for text in guild.texts("ben") if "ana hasn't answered yet" in text]
    assert len(waiting) == 1


async def test_a_mentor_is_asked_once_at_a_time(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana")
    before = guild.snapshot()
    shown = await guild.command("ben", "mentor request @ana")
    assert "You asked ana already" in shown.text
    assert guild.snapshot() == before


async def test_a_mentor_without_room_is_not_asked_and_can_not_say_yes(pair: Conversation) -> None:
    await pair.command("dan", "start zone=UTC")
    assert (
        "All of ana's places are taken." in (await pair.command("dan", "mentor request @ana")).text
    )
    assert (
        "Nobody with a free place" in (await pair.command("dan", "mentor find topics=python")).text
    )


async def test_a_yes_beyond_the_places_is_impossible(guild: Conversation) -> None:
    await guild.command("dan", "start zone=UTC")
    await guild.command("dan", "mentor request @ana")
    await guild.command("ben", "mentor request @ana")
    await guild.press("ana", "Yes")
    first = "ben" if "You mentor ben" in (await guild.command("ana", "status")).text else "dan"
    other = {"ben": "1", "dan": "2"}[first]
    before = guild.snapshot()
    shown = await guild.act("ana", "accept", other)
    assert "All your places are taken" in shown.text
    assert guild.snapshot() == before


async def test_at_most_three_requests_are_open(talk: Conversation) -> None:
    for name in ("ana", "dan", "eve", "fay"):
        await talk.command(name, "start zone=UTC")
        await talk.command(name, "mentor offer topics=python")
    for name in ("ana", "dan", "eve"):
        assert "I've asked" in (await talk.command("ben", f"mentor request @{name}")).text
    before = talk.snapshot()
    assert "You have 3 requests open" in (await talk.command("ben", "mentor request @fay")).text
    assert talk.snapshot() == before


async def test_a_yes_closes_the_other_requests(talk: Conversation) -> None:
    await talk.command("dan", "start zone=UTC")
    for name in ("ana", "dan"):
        await talk.command(name, "mentor offer topics=python")
        await talk.command("ben", f"mentor request @{name}")
    await talk.press("ana", "Yes")
    assert "ben isn't waiting for your answer any more." in talk.texts("dan")[-1]
    assert "The request of ben is settled already." in (await talk.press("dan", "Yes")).text
    assert "You asked" not in (await talk.command("ben", "status")).text


async def test_a_pause_withdraws_requests_both_ways(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana")
    await guild.command("ben", "pause 1w")
    assert "ben isn't waiting for your answer any more." in guild.texts("ana")[-1]
    await guild.command("dan", "start zone=UTC")
    await guild.command("dan", "mentor request @ana")
    await guild.command("ana", "pause")
    assert guild.texts("dan")[-1].startswith("ana can't take this on at the moment.")


async def test_a_paused_mentor_is_left_in_peace_and_comes_back_with_the_offer(
    guild: Conversation,
) -> None:
    await guild.command("ana", "pause")
    assert "mentor with 0 of 1 places taken" in (await guild.command("ana", "status")).text
    shown = await guild.command("ben", "mentor find topics=python")
    assert "Nobody with a free place" in shown.text
    assert await guild.suggestions("mentor request", "mentor", "") == ()
    before = guild.snapshot()
    shown = await guild.command("ben", "mentor request @ana")
    assert "ana isn't offering to mentor at the moment." in shown.text
    assert guild.snapshot() == before

    await guild.command("ana", "resume")
    assert (await guild.command("ben", "mentor find topics=python")).labels == ["Ask ana"]
    assert len(await guild.suggestions("mentor request", "mentor", "")) == 1
    assert "I've asked ana for you." in (await guild.command("ben", "mentor request @ana")).text


async def test_a_mentor_is_there_again_when_the_pause_ends_by_itself(guild: Conversation) -> None:
    await guild.command("ana", "pause 1d")
    guild.clock.advance(hours=23, minutes=59)
    assert (await guild.command("ben", "mentor find topics=python")).labels == []
    guild.clock.advance(minutes=1)
    assert (await guild.command("ben", "mentor find topics=python")).labels == ["Ask ana"]
    assert "I've asked ana for you." in (await guild.command("ben", "mentor request @ana")).text


async def test_an_offer_can_rest_while_its_mentor_goes_on(guild: Conversation) -> None:
    await guild.command("ben", "mentor request @ana hello")
    shown = await guild.command("ana", "mentor pause")
    assert "Nobody new is sent your way" in shown.text
    assert any("ana can't take this on at the moment" in said for said in guild.texts("ben"))
    assert (await guild.command("ben", "mentor find topics=python")).labels == []
    assert "isn't offering" in (await guild.command("ben", "mentor request @ana")).text
    assert "Your next question comes" in (await guild.command("ana", "status")).text

    shown = await guild.press("ana", "Resume")
    assert "python and writing, for 1 mentee at a time" in shown.text
    assert (await guild.command("ben", "mentor find topics=python")).labels == ["Ask ana"]


@pytest.mark.parametrize("words", ["mentor pause", "mentor resume"])
async def test_without_an_offer_nothing_can_rest(talk: Conversation, words: str) -> None:
    before = talk.snapshot()
    assert "You have no offer yet." in (await talk.command("ben", words)).text
    assert talk.snapshot() == before


async def test_topics_need_no_quotes(talk: Conversation) -> None:
    shown = await talk.command("ana", "mentor offer python, career change capacity=2")
    assert "python and career change, for 2 mentees at a time" in shown.text
    shown = await talk.command("ben", "mentor find topics=kilns, python for=work")
    assert "ana: you both named python" in shown.text


async def test_several_people_can_be_left_out_of_a_search(guild: Conversation) -> None:
    for name in ("dan", "eve"):
        await guild.command(name, "start zone=UTC")
        await guild.command(name, "mentor offer python")
    shown = await guild.command("ben", "mentor find python not_with=@ana, eve")
    assert shown.labels == ["Ask dan"]


@pytest.mark.parametrize(("who", "other"), [("ana", "ben"), ("ben", "ana")])
async def test_either_side_ends_a_pair_and_never_says_why(
    pair: Conversation, who: str, other: str
) -> None:
    shown = await pair.command(who, f"mentor end @{other} we have learned it all")
    assert f"You and {other} are no longer a pair." in shown.text
    assert pair.texts(other)[-1].startswith(f"You and {who} are no longer a pair.")
    assert "learned it all" not in str([pair.texts(view) for view in (other, "cora")])
    assert "You have no such pair." in (await pair.command(other, "mentor end")).text


async def test_the_only_pair_needs_no_name_several_do(talk: Conversation) -> None:
    await talk.command("ana", "mentor offer topics=python capacity=2")
    await talk.command("dan", "start zone=UTC")
    for name in ("ben", "dan"):
        await talk.command(name, "mentor request @ana")
        await talk.press("ana", "Yes")
    before = talk.snapshot()
    assert "more than one pair: ben, dan" in (await talk.command("ana", "mentor end")).text
    assert talk.snapshot() == before
    assert "You and ana are no longer a pair." in (await talk.command("dan", "mentor end")).text


@pytest.mark.parametrize("action", ["accept", "decline", "tell_me_more", "say_more"])
async def test_nobody_answers_a_request_to_someone_else(guild: Conversation, action: str) -> None:
    await guild.command("dan", "start zone=UTC")
    await guild.command("ben", "mentor request @ana a private note")
    before = guild.snapshot()
    shown = await guild.act("dan", action, "1")
    if shown.form is not None:
        shown = await guild.fill("dan", note="mine")
    assert "I can't find that request any more." in shown.text
    assert guild.snapshot() == before


async def test_asking_someone_who_is_a_partner_already_is_refused(talk: Conversation) -> None:
    await talk.command("ana", "mentor offer topics=python capacity=2")
    await talk.command("ben", "mentor request @ana")
    await talk.press("ana", "Yes")
    assert (
        "your mentor or mentee already" in (await talk.command("ben", "mentor request @ana")).text
    )
