"""Conversations in direct messages that name no community, of people in several programmes."""

from dataclasses import replace

import pytest

from bot.chat.identity import CommunityRef, MessageRef
from bot.chat.incoming import Installed, MessageDeleted, untold
from tests.fakes.conversation import PLATFORM, TEAM, Conversation, channel, direct

VILLAGE = CommunityRef(PLATFORM, "village")


@pytest.fixture
async def twice(talk: Conversation) -> Conversation:
    """Ben has joined in the town and in the village, of which eve is a mentor; ana in the town."""
    talk.communities.update(dict.fromkeys(("vic", "eve", "ben"), VILLAGE))
    common = talk._common("vic", direct("vic"))
    await talk.tell(Installed(**common, community_name="Village"))
    for name in ("eve", "ben"):
        await talk.command(name, "start zone=UTC")
    await talk.command("eve", "mentor offer topics=kilns")
    await talk.command("ana", "mentor offer topics=python")
    talk.communities["ben"] = None
    return talk


async def in_town(talk: Conversation, name: str, words: str) -> str:
    before, talk.communities[name] = talk.communities[name], CommunityRef(PLATFORM, "town")
    shown = await talk.command(name, words)
    talk.communities[name] = before
    return shown.text


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("why For Mira.", "Kept. Your why:"),
        ("vision 5 My own shop", "Kept. In 5 years:"),
        ("stone I can weld", "Laid as a stepping stone"),
        ("reflect It went well", "Kept"),
        ("reflect practice=values", "on its way"),
        ("tough", "I'm glad you pressed this"),
        ("privacy", "Who can technically read what"),
        ("export", "Everything of yours"),
        ("help", "What I can do"),
        ("forget", "This erases all"),
    ],
)
async def test_own_words_need_no_programme(twice: Conversation, words: str, answer: str) -> None:
    shown = await twice.command("ben", words)
    assert answer in shown.text
    assert "which one" not in shown.text


async def test_what_is_typed_answers_the_question_that_was_asked(twice: Conversation) -> None:
    assert "Kept, with the question." in (await twice.says("ben", "the kiln works")).text
    said = twice.last
    await twice.edits("ben", said, "the new kiln works")
    assert await twice_kept(twice) == ["the new kiln works"]
    await twice.deletes("ben", said)
    assert await twice_kept(twice) == []


async def twice_kept(talk: Conversation) -> list[str]:
    author = (await talk.member("ben")).account_id
    async with talk.storage.reading() as work:
        return [one.text for one in await work.reflections.of_author(author)]


async def test_a_question_is_answered_by_its_button(twice: Conversation) -> None:
    shown = await twice.press("ben", "Answer")
    assert shown.form is not None
    assert "Kept, with the question." in (await twice.fill("ben", text="an answer")).text
    assert "can rest" in (await twice.press("ben", "Skip")).text


async def test_others_are_asked_which_programme_and_the_choice_goes_on(
    twice: Conversation,
) -> None:
    shown = await twice.command("ben", "mentor offer topics=glazes capacity=2")
    assert "You are in more than one programme." in shown.text
    assert "Choose one: Town / Village" in shown.text
    shown = await twice.choose("ben", "Village")
    assert "Your offer stands: glazes, for 2 mentees" in shown.text
    assert "mentor with" not in await in_town(twice, "ben", "status")


async def test_a_form_opens_once_the_programme_is_chosen(twice: Conversation) -> None:
    shown = await twice.command("ben", "mentor find")
    assert shown.form is None
    form = (await twice.choose("ben", "Village")).form
    assert form is not None
    assert ("programme", "2") in form.hidden
    shown = await twice.fill("ben", topics="kilns")
    assert shown.labels == ["Ask eve"]
    await twice.press("ben", "Ask eve")
    assert "I've asked eve for you." in (await twice.fill("ben", note="Hello")).text


async def test_words_too_long_to_go_along_come_back(twice: Conversation) -> None:
    long = "a very long wish " * 10
    shown = await twice.command("ben", f'mentor find topics=kilns for="{long}"')
    assert "Here they are, to copy:" in shown.text
    assert long.strip() in shown.text
    form = (await twice.choose("ben", "Village")).form
    assert form is not None


async def test_a_button_of_settings_asks_which_too(twice: Conversation) -> None:
    assert "Choose one" in (await twice.press("ben", "Settings")).text
    assert "This is how I ask you" in (await twice.choose("ben", "Town")).text
    assert "Choose one" in (await twice.press("ben", "Change")).text
    assert (await twice.choose("ben", "Town")).form is not None
    assert "Saved." in (await twice.fill("ben", time="10:00")).text


async def test_a_pause_is_for_all_of_them(twice: Conversation) -> None:
    assert "until you resume" in (await twice.says("ben", "stop")).text
    author = (await twice.member("ben")).account_id
    async with twice.storage.reading() as work:
        assert [one.paused_until is not None for one in await work.memberships.of_account(author)]
    assert "paused" in await in_town(twice, "ben", "status")
    assert "Good to have you back." in (await twice.press("ben", "Resume")).text
    assert "paused" not in await in_town(twice, "ben", "status")


async def test_a_button_is_about_the_programme_that_it_came_from(twice: Conversation) -> None:
    await in_town(twice, "ben", "mentor offer topics=glazes")
    await twice.command("ana", "mentor request @ben Show me")
    assert "You and ana are a pair now" in (await twice.press("ben", "Yes")).text
    assert (await twice.press("ben", "Write to ana")).form is not None
    assert "On its way to ana" in (await twice.fill("ben", text="Hello")).text


async def test_coordinators_choose_among_what_they_coordinate(twice: Conversation) -> None:
    twice.communities["cora"] = None
    assert "There is no nudge yet." in (await twice.command("cora", "admin nudge list")).text
    assert "for coordinators" in (await twice.command("ben", "admin nudge list")).text


async def test_a_choice_of_a_programme_that_is_not_theirs_is_asked_anew(
    twice: Conversation,
) -> None:
    shown = await twice.act("ben", "in_programme", "status", "99")
    assert "Choose one: Town / Village" in shown.text
    twice.communities["ana"] = None
    shown = await twice.act("ana", "in_programme", "status", "2")
    assert "Village" not in shown.text
    assert "You are ana here" in shown.text


@pytest.mark.parametrize("arguments", [(), ("status",), ("status", "x"), ("nonsense", "1")])
async def test_a_choice_that_makes_no_sense_changes_nothing(
    twice: Conversation, arguments: tuple[str, ...]
) -> None:
    before = twice.snapshot()
    assert len((await twice.act("ben", "in_programme", *arguments)).messages) == 1
    assert twice.snapshot() == before


async def test_suggestions_are_of_all_their_programmes(twice: Conversation) -> None:
    topics = await twice.suggestions("mentor find", "topics", "")
    assert {option.value for option in topics} == {"kilns", "python"}


async def test_who_is_in_one_programme_is_never_asked(talk: Conversation) -> None:
    talk.communities["ana"] = None
    assert "Your offer stands" in (await talk.command("ana", "mentor offer topics=python")).text
    assert "You are ana here" in (await talk.command("ana", "status")).text


@pytest.mark.parametrize("words", ["why For Mira.", "status", "mentor find topics=x"])
async def test_who_has_joined_nothing_is_told_how(talk: Conversation, words: str) -> None:
    talk.communities["zoe"] = None
    assert "/cairn start" in (await talk.command("zoe", words)).text


async def test_a_deletion_that_tells_nobody_deletes_what_was_kept(talk: Conversation) -> None:
    await talk.says("ben", "the kiln works")
    await talk.tell(deletion(talk, talk.last))
    assert await talk.kept("ben") == []


async def test_a_deletion_that_tells_nobody_counts_nothing(talk: Conversation) -> None:
    await talk.command("cora", 'admin nudge add channel=#team when="every weekday 09:30" zone=UTC')
    await talk.later("1h")
    thread = talk.post(TEAM)
    await talk.says("zoe", "hello", thread=thread)
    before = talk.snapshot()
    await talk.tell(deletion(talk, talk.last, thread))
    await talk.tell(deletion(talk, MessageRef(channel(), "unknown"), thread))
    assert talk.snapshot() == before


def deletion(
    talk: Conversation, message: MessageRef, thread: MessageRef | None = None
) -> MessageDeleted:
    event = MessageDeleted(**talk._common("x", message.place), message=message, thread=thread)
    return replace(event, actor=untold(PLATFORM))


async def test_a_person_is_asked_to_mentor_by_their_menu(talk: Conversation) -> None:
    await talk.command("ana", "mentor offer topics=python")
    form = (await talk.asks_to_mentor("ben", "ana")).form
    assert form is not None
    assert {field.name: field.initial for field in form.fields} == {"mentor": "@ana", "note": ""}
    assert "I've asked ana for you." in (await talk.fill("ben", note="Hello")).text


@pytest.mark.parametrize(
    ("other", "answer"),
    [
        ("cora", "I don't know @cora here, or they haven't joined."),
        ("ana", "ana isn't offering to mentor at the moment."),
        ("ben", "That's you."),
        ("zoe", "I don't know @zoe here"),
    ],
)
async def test_who_does_not_offer_is_not_asked_and_no_form_opens(
    talk: Conversation, other: str, answer: str
) -> None:
    before = talk.snapshot()
    shown = await talk.asks_to_mentor("ben", other)
    assert shown.form is None
    assert answer in shown.text
    assert talk.snapshot() == before
