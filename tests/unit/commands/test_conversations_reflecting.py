"""Conversations about answers in the own conversation: typed, in forms, by command."""

from datetime import timedelta

import pytest

from bot.domain.reflection import MAX_TEXT
from bot.services.reflecting import MAX_MESSAGE
from tests.fakes.conversation import Conversation, direct


async def prompt_keys(talk: Conversation, name: str) -> list[str | None]:
    author = (await talk.member(name)).account_id
    async with talk.storage.reading() as work:
        found = await work.reflections.of_author(author)
        prompts = await work.prompts.many([one.prompt_id for one in found if one.prompt_id])
    return [prompts[one.prompt_id].text if one.prompt_id else None for one in found]


async def test_typed_words_answer_the_open_question(talk: Conversation) -> None:
    shown = await talk.says("ben", "the new kiln\n  and its manual")
    assert shown.text.startswith("Kept, with the question.")
    assert shown.labels == ["Edit", "Pin as stepping stone", "Delete", "Helped", "Not for me"]
    assert await talk.kept("ben") == ["the new kiln\n  and its manual"]
    assert await prompt_keys(talk, "ben") == talk.prompts("ben")


async def test_messages_less_than_ten_minutes_apart_are_one_answer_answered_once(
    talk: Conversation,
) -> None:
    await talk.says("ben", "one")
    for text in ("two", "three"):
        talk.clock.advance(minutes=9, seconds=59)
        assert (await talk.says("ben", text)).messages == ()
    assert await talk.kept("ben") == ["one\ntwo\nthree"]


async def test_messages_exactly_ten_minutes_apart_are_two_answers(talk: Conversation) -> None:
    await talk.says("ben", "one")
    talk.clock.advance(minutes=10)
    assert "Kept" in (await talk.says("ben", "two")).text
    assert await talk.kept("ben") == ["one", "two"]


async def test_a_question_is_open_for_two_days(talk: Conversation) -> None:
    await talk.command("ben", "settings cadence=weekly")
    talk.clock.advance(hours=48)
    assert "Kept, with the question." in (await talk.says("ben", "late, but here")).text
    talk.clock.advance(minutes=10)
    assert "No question is open" in (await talk.says("ben", "later still")).text
    assert await talk.kept("ben") == ["late, but here"]


async def test_the_next_question_takes_over(talk: Conversation) -> None:
    await talk.says("ben", "one")
    await talk.later("1d")
    await talk.later("5h")
    await talk.says("ben", "two")
    assert len(talk.prompts("ben")) == 2
    assert await prompt_keys(talk, "ben") == talk.prompts("ben")


async def test_a_question_asked_within_the_ten_minutes_begins_a_new_answer(
    talk: Conversation,
) -> None:
    await talk.says("ben", "one")
    talk.clock.advance(minutes=2)
    await talk.command("ben", "reflect")
    await talk.says("ben", "two")
    assert await talk.kept("ben") == ["one", "two"]
    assert await prompt_keys(talk, "ben") == talk.prompts("ben")


async def test_a_reply_in_the_thread_of_an_older_question_belongs_to_that(
    talk: Conversation,
) -> None:
    first = talk.post("ben")
    await talk.command("ben", "reflect")
    await talk.says("ben", "about the first", thread=first)
    assert await prompt_keys(talk, "ben") == [talk.prompts("ben")[0]]


async def test_the_answer_form_under_a_question_keeps_it_with_the_question(
    talk: Conversation,
) -> None:
    await talk.press("ben", "Answer")
    shown = await talk.fill("ben", text="  the new kiln  ")
    assert "Kept, with the question." in shown.text
    assert await talk.kept("ben") == ["the new kiln"]
    assert await prompt_keys(talk, "ben") == talk.prompts("ben")


async def test_an_empty_answer_form_is_refused(talk: Conversation) -> None:
    await talk.press("ben", "Answer")
    assert (await talk.fill("ben", text="   ")).errors.keys() == {"text"}
    assert await talk.kept("ben") == []


@pytest.mark.parametrize("words", ["reflect the new kiln", 'reflect text="the new kiln"'])
async def test_words_with_the_command_answer_the_open_question(
    talk: Conversation, words: str
) -> None:
    assert "Kept, with the question." in (await talk.command("ben", words)).text
    assert await talk.kept("ben") == ["the new kiln"]


async def test_words_with_the_command_are_kept_without_a_question_too(talk: Conversation) -> None:
    await talk.press("ben", "Skip")
    shown = await talk.command("ben", "reflect the new kiln")
    assert shown.text.startswith("Kept.")
    assert "Helped" not in shown.labels
    assert await prompt_keys(talk, "ben") == [None]


async def test_a_question_can_be_asked_for_at_any_time(talk: Conversation) -> None:
    shown = await talk.command("ben", "reflect")
    assert "A question is on its way" in shown.text
    assert len(talk.prompts("ben")) == 2
    assert len(set(talk.prompts("ben"))) == 2


async def test_a_question_of_one_practice_can_be_asked_for(talk: Conversation) -> None:
    await talk.command("ben", "reflect practice=values")
    assert talk.prompts("ben")[-1] == "What does it pay you?"


async def test_a_practice_without_a_question_left_is_said(talk: Conversation) -> None:
    before = talk.snapshot()
    shown = await talk.command("ben", "reflect practice=mindset")
    assert "There is no question left for mindset" in shown.text
    assert talk.snapshot() == before


async def test_a_skipped_question_takes_no_answers(talk: Conversation) -> None:
    assert "this one can rest" in (await talk.press("ben", "Skip")).text
    assert "No question is open" in (await talk.says("ben", "hello")).text
    assert await talk.kept("ben") == []


async def test_a_snoozed_question_comes_back_next_working_day_instead_of_another(
    talk: Conversation,
) -> None:
    shown = await talk.press("ben", "Snooze")
    assert "It comes back on Tuesday, 3 March at 09:00." in shown.text
    assert "No question is open" in (await talk.says("ben", "hello")).text
    await talk.later("2d")
    assert talk.prompts("ben") == [talk.prompts("ben")[0]] * 2
    await talk.later("1d")
    assert talk.prompts("ben")[2] != talk.prompts("ben")[0]


async def test_a_question_snoozed_on_friday_comes_back_on_monday(talk: Conversation) -> None:
    await talk.later("4d")
    await talk.later("6h")
    assert "Monday, 9 March" in (await talk.press("ben", "Snooze")).text


async def test_snoozing_twice_brings_it_back_once(talk: Conversation) -> None:
    await talk.press("ben", "Snooze")
    before = talk.snapshot()
    shown = await talk.press("ben", "Snooze")
    assert shown.text == "You've snoozed this one already; it comes back once."
    assert talk.snapshot() == before
    await talk.later("2d")
    assert len(talk.prompts("ben")) == 2


async def test_each_of_two_snoozed_questions_has_a_day_of_its_own(talk: Conversation) -> None:
    older = talk.button("ben", "Snooze").arguments[0]
    await talk.command("ben", "reflect")
    one, other = talk.prompts("ben")
    assert "on Tuesday, 3 March at 09:00." in (await talk.press("ben", "Snooze")).text
    assert "on Wednesday, 4 March at 09:00." in (await talk.act("ben", "snooze", older)).text
    await talk.later("3d")
    assert talk.prompts("ben")[2:] == [other, one]
    times = [sent.at.strftime("%a %H:%M") for sent in talk.chat.sent if "ben" in str(sent.ref)]
    assert times[2:] == ["Tue 14:00", "Wed 14:00"]


async def test_two_questions_snoozed_on_friday_come_on_monday_and_tuesday(
    talk: Conversation,
) -> None:
    await talk.later("4d")
    older = talk.button("ben", "Snooze").arguments[0]
    await talk.command("ben", "reflect")
    assert "Monday, 9 March" in (await talk.press("ben", "Snooze")).text
    assert "Tuesday, 10 March" in (await talk.act("ben", "snooze", older)).text


async def test_what_nobody_asked_for_is_kept_only_when_wanted(talk: Conversation) -> None:
    await talk.press("ben", "Skip")
    shown = await talk.says("ben", "a thought")
    assert shown.labels == ["Keep it", "No"]
    assert await talk.kept("ben") == []
    assert (await talk.press("ben", "Keep it")).text.startswith("Kept.")
    assert await talk.kept("ben") == ["a thought"]


async def test_several_unasked_messages_are_asked_about_once(talk: Conversation) -> None:
    await talk.press("ben", "Skip")
    await talk.says("ben", "a thought")
    assert (await talk.says("ben", "and another")).messages == ()
    await talk.press("ben", "Keep it")
    assert await talk.kept("ben") == ["a thought\nand another"]


async def test_what_is_not_wanted_is_gone(talk: Conversation) -> None:
    await talk.press("ben", "Skip")
    await talk.says("ben", "a thought")
    assert "Deleted." in (await talk.press("ben", "No")).text
    assert "a thought" not in str(talk.snapshot())
    assert "I can't find that reflection" in (await talk.press("ben", "Keep it")).text


async def test_a_kept_answer_can_be_changed(talk: Conversation) -> None:
    await talk.says("ben", "the new klin")
    form = (await talk.press("ben", "Edit")).form
    assert form is not None
    assert form.fields[0].initial == "the new klin"
    shown = await talk.fill("ben", text="the new kiln")
    assert "Changed. It now reads:\n> the new kiln" in shown.text
    assert await talk.kept("ben") == ["the new kiln"]


async def test_a_kept_answer_can_be_deleted(talk: Conversation) -> None:
    await talk.says("ben", "the new kiln")
    await talk.press("ben", "Delete")
    assert await talk.kept("ben") == []
    assert "I can't find that reflection" in (await talk.press("ben", "Delete")).text


async def test_an_edited_message_changes_and_a_deleted_one_goes(talk: Conversation) -> None:
    await talk.says("ben", "one")
    first = talk.last
    await talk.says("ben", "two")
    second = talk.last
    await talk.edits("ben", first, "ONE")
    assert await talk.kept("ben") == ["ONE\ntwo"]
    await talk.deletes("ben", second)
    assert await talk.kept("ben") == ["ONE"]
    await talk.deletes("ben", first)
    assert await talk.kept("ben") == []


@pytest.mark.parametrize("action", ["edit", "pin", "delete", "keep"])
async def test_nobody_reaches_another_one_s_words(talk: Conversation, action: str) -> None:
    await talk.says("ben", "the new kiln")
    before = talk.snapshot()
    shown = await talk.act("ana", action, "1")
    assert "kiln" not in shown.text
    assert "kiln" not in str(shown.form)
    if shown.form is not None:
        shown = await talk.fill("ana", text="mine now")
    assert "I can't find that reflection any more" in shown.text
    assert talk.snapshot() == before


async def test_nobody_changes_another_one_s_message(talk: Conversation) -> None:
    await talk.says("ben", "the new kiln")
    await talk.edits("ana", talk.last, "mine now")
    await talk.deletes("ana", talk.last)
    assert await talk.kept("ben") == ["the new kiln"]


@pytest.mark.parametrize("action", ["answer", "skip", "snooze"])
async def test_nobody_answers_another_one_s_question(talk: Conversation, action: str) -> None:
    number = talk.button("ben", "Answer").arguments[0]
    before = talk.snapshot()
    shown = await talk.act("ana", action, number)
    assert "I can't find that question" in shown.text or "is missing" in shown.text
    assert talk.prompts("ben")[0] not in shown.text
    assert talk.snapshot() == before


async def test_a_question_that_is_not_for_me_never_comes_again(talk: Conversation) -> None:
    await talk.says("ben", "no")
    assert "You won't be asked that again." in (await talk.press("ben", "Not for me")).text
    unloved = talk.prompts("ben")[0]
    await talk.later("14d")
    assert len(talk.prompts("ben")) > 8
    assert unloved not in talk.prompts("ben")[1:]


async def test_a_question_that_helped_stays_in_use(talk: Conversation) -> None:
    await talk.says("ben", "yes")
    assert "Good to know." in (await talk.press("ben", "Helped")).text
    await talk.later("7d")
    assert talk.prompts("ben").count(talk.prompts("ben")[0]) == 2


async def test_every_question_comes_once_before_any_comes_again(talk: Conversation) -> None:
    await talk.later("14d")
    asked = talk.prompts("ben")
    assert all(len({*asked[at : at + 3]}) == 3 for at in range(len(asked) - 2))


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
async def test_an_empty_message_is_nothing(talk: Conversation, text: str) -> None:
    before = talk.snapshot()
    assert (await talk.says("ben", text)).messages == ()
    assert talk.snapshot() == before


async def test_a_message_over_the_limit_is_not_kept_in_part(talk: Conversation) -> None:
    before = talk.snapshot()
    shown = await talk.says("ben", "a" * (MAX_MESSAGE + 1))
    assert f"over {MAX_MESSAGE} characters" in shown.text
    assert talk.snapshot() == before
    await talk.says("ben", "a" * MAX_MESSAGE)
    assert [len(text) for text in await talk.kept("ben")] == [MAX_MESSAGE]


async def test_command_text_over_the_limit_is_not_kept_in_part(talk: Conversation) -> None:
    before = talk.snapshot()
    shown = await talk.command("ben", "reflect " + "a" * (MAX_TEXT + 1))
    assert f"at most {MAX_TEXT} fit. Nothing was kept." in shown.text
    assert talk.snapshot() == before


async def test_a_stranger_s_words_are_not_kept() -> None:
    talk = await Conversation.begin()
    before = talk.snapshot()
    assert "nothing was kept" in (await talk.says("zoe", "hello")).text
    assert talk.snapshot() == before


async def test_the_same_event_told_twice_counts_once(talk: Conversation) -> None:
    await talk.says("ben", "one")
    kept = talk.storage.unit.inbox.rows
    assert all(row.content is None for row in kept.values())
    answers = len(talk.chat.answers)
    assert not await talk.inbox.keep(talk.told[-1])
    await talk.settle()
    assert await talk.kept("ben") == ["one"]
    assert len(talk.chat.answers) == answers


async def test_an_event_that_waited_counts_from_when_it_happened(talk: Conversation) -> None:
    await talk.says("ben", "one")
    late = talk.clock.now() + timedelta(minutes=5)
    talk.clock.at = late
    event = talk.said("ben", "two")
    talk.clock.advance(hours=2)
    await talk.tell(event)
    assert await talk.kept("ben") == ["one\ntwo"]


async def test_what_is_typed_here_is_shown_to_nobody_else(talk: Conversation) -> None:
    await talk.says("ben", "a secret")
    await talk.later("2d")
    assert "a secret" not in str([talk.texts(view) for view in ("ana", "cora", "#team")])
    assert direct("ben") == talk.last.place
