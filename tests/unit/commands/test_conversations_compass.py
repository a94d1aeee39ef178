"""Conversations about the own compass: why, tough, vision, stones and pins."""

import pytest

from bot.domain.compass import Stone, StoneKind
from tests.fakes.conversation import Conversation, channel


async def stones(talk: Conversation, name: str) -> tuple[Stone, ...]:
    author = (await talk.member(name)).account_id
    async with talk.storage.reading() as work:
        return await work.compass.stones(author)


async def test_a_why_is_kept_and_comes_back_on_a_tough_day_only(talk: Conversation) -> None:
    shown = await talk.command("ben", "why my daughter")
    assert "> my daughter" in shown.text
    shown = await talk.press("ben", "Tough day")
    assert "Why you do it\n> my daughter" in shown.text
    assert "talk to someone you trust" in shown.text
    await talk.later("3d")
    assert sum("my daughter" in text for text in talk.texts("ben")) == 2


async def test_a_new_why_takes_the_place_of_the_old_one(talk: Conversation) -> None:
    await talk.command("ben", "why my daughter")
    await talk.later("1h")
    form = (await talk.command("ben", "why")).form
    assert form is not None
    assert form.fields[0].initial == "my daughter"
    await talk.fill("ben", text="my daughter,\nand the sea")
    text = (await talk.command("ben", "tough")).text
    assert "> my daughter,\n> and the sea" in text
    assert "> my daughter\n" not in text


async def test_a_tough_day_without_anything_laid_by_is_kind(talk: Conversation) -> None:
    text = (await talk.command("ben", "tough")).text
    assert "There's nothing of yours here yet." in text
    assert "talk to someone you trust" in text


async def test_a_tough_day_shows_the_latest_stone_and_the_mentor(talk: Conversation) -> None:
    await talk.command("ana", "mentor offer topics=python")
    await talk.command("ben", "mentor request @ana")
    await talk.press("ana", "Yes")
    await talk.command("ben", "stone kind=proof the kiln fires again")
    text = (await talk.command("ben", "tough")).text
    assert "A stone you laid on 2 March 2026\n> the kiln fires again" in text
    assert "ana is your mentor." in text
    assert "is your mentor" not in (await talk.command("ana", "tough")).text


async def test_visions_are_kept_by_horizon_and_versioned(talk: Conversation) -> None:
    assert "In 5 years:" in (await talk.command("ben", "vision 5 my own shop")).text
    assert "In 1 year:" in (await talk.command("ben", "vision 1 finish the course")).text
    await talk.later("1h")
    await talk.command("ben", "vision 5 my own shop, by the sea")
    author = (await talk.member("ben")).account_id
    async with talk.storage.reading() as work:
        visions = await work.compass.visions(author)
    assert [(one.years, one.text, one.replaced_at is None) for one in visions] == [
        (1, "finish the course", True),
        (5, "my own shop", False),
        (5, "my own shop, by the sea", True),
    ]


@pytest.mark.parametrize("words", ["vision 0 x", "vision 61 x", "vision soon x", "vision -5 x"])
async def test_a_vision_needs_a_number_of_years(talk: Conversation, words: str) -> None:
    before = talk.snapshot()
    assert "whole number from 1 to 60" in (await talk.command("ben", words)).text
    assert talk.snapshot() == before


async def test_a_stone_is_laid_towards_a_vision(talk: Conversation) -> None:
    await talk.command("ben", "vision 5 my own shop")
    shown = await talk.command("ben", "stone vision=5 kind=skill I can weld now")
    assert "Laid as a stepping stone (skill)." in shown.text
    stone = (await stones(talk, "ben"))[0]
    assert (stone.kind, stone.text, stone.vision_id) == (StoneKind.SKILL, "I can weld now", 1)


async def test_a_stone_towards_no_vision_is_not_laid(talk: Conversation) -> None:
    before = talk.snapshot()
    shown = await talk.command("ben", "stone vision=10 I can weld now")
    assert "You haven't written a vision with years=10 yet." in shown.text
    assert talk.snapshot() == before


async def test_what_a_stone_gave_can_be_said_afterwards(talk: Conversation) -> None:
    shown = await talk.command("ben", "stone I know who to ask")
    assert shown.labels == ["skill", "connection", "proof"]
    assert "Now a stone of connection." in (await talk.press("ben", "connection")).text
    assert (await stones(talk, "ben"))[0].kind is StoneKind.CONNECTION


async def test_nobody_changes_another_one_s_stone(talk: Conversation) -> None:
    await talk.command("ben", "stone I know who to ask")
    shown = await talk.act("ana", "stone_kind", "1", "proof")
    assert "I can't find that stone any more." in shown.text
    assert (await stones(talk, "ben"))[0].kind is StoneKind.KNOWLEDGE


async def test_a_kept_answer_is_pinned_by_its_button(talk: Conversation) -> None:
    await talk.says("ben", "I looked up how kilns work")
    shown = await talk.press("ben", "Pin as stepping stone")
    assert "> I looked up how kilns work" in shown.text
    await talk.press("ben", "Pin as stepping stone")
    assert [stone.text for stone in await stones(talk, "ben")] == ["I looked up how kilns work"]


async def test_an_own_message_is_pinned_by_its_menu(talk: Conversation) -> None:
    await talk.says("ben", "the kiln works", place=channel())
    shown = await talk.menu("ben", "pin", talk.last, "ben", "the kiln works")
    assert "Laid as a stepping stone" in shown.text
    assert [stone.text for stone in await stones(talk, "ben")] == ["the kiln works"]


async def test_a_pinned_stone_reads_as_its_message_does_now(talk: Conversation) -> None:
    await talk.says("ben", "the kiln wroks")
    message = talk.last
    await talk.menu("ben", "pin", message, "ben", "the kiln wroks")
    await talk.edits("ben", message, "the kiln works")
    assert [stone.text for stone in await stones(talk, "ben")] == ["the kiln works"]


async def test_of_words_of_others_only_the_link_is_kept_beside_the_own_words(
    talk: Conversation,
) -> None:
    await talk.says("ana", "well done, ben", place=channel())
    shown = await talk.menu("ben", "pin", talk.last, "ana", "well done, ben")
    assert shown.form is not None
    assert shown.form.name == "stone"
    await talk.fill("ben", text="ana saw what I did")
    stone = (await stones(talk, "ben"))[0]
    assert stone.text == "ana saw what I did"
    assert stone.link is not None
    assert talk.last.native_id in stone.link
    assert "well done" not in str(talk.snapshot())


async def test_a_pinned_draft_is_wanted(talk: Conversation) -> None:
    await talk.command("ben", "pause")
    await talk.later("3d")
    await talk.says("ben", "the kiln works")
    await talk.menu("ben", "pin", talk.last, "ben", "the kiln works")
    async with talk.storage.work() as work:
        await work.reflections.drop_drafts(talk.clock.now().replace(year=2027))
    assert [stone.text for stone in await stones(talk, "ben")] == ["the kiln works"]


async def test_a_reflection_that_is_deleted_takes_its_stone_along(talk: Conversation) -> None:
    await talk.says("ben", "the kiln works")
    await talk.press("ben", "Pin as stepping stone")
    await talk.press("ben", "Delete")
    assert await stones(talk, "ben") == ()
    assert "I can't find that reflection" in (await talk.act("ben", "pin", "1")).text
