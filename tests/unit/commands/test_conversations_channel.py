"""Conversations in a channel: replies, reactions, edits, private answers, and who is counted."""

import pytest

from bot.chat.identity import MessageRef
from tests.fakes.conversation import TEAM, Conversation

ADD = 'admin nudge add channel=#team when="every weekday 09:30" zone=UTC'


@pytest.fixture
async def team(talk: Conversation) -> Conversation:
    """The town, with a question just posted in the team's channel."""
    await talk.command("cora", ADD)
    await talk.later("30m")
    assert len(talk.prompts(TEAM)) == 1
    return talk


def counts(talk: Conversation) -> tuple[int, int]:
    """Replies and reactions of people who have not joined."""
    rows = talk.storage.unit.deliveries.rows.values()
    return sum(row.other_replies for row in rows), sum(row.other_reactions for row in rows)


async def reactions(talk: Conversation, name: str) -> list[str]:
    author = (await talk.member(name)).account_id
    async with talk.storage.reading() as work:
        return [reaction for _, reaction, _ in await work.reflections.reactions(author)]


async def test_a_channel_s_question_says_who_reads_what(team: Conversation) -> None:
    assert "A reply in the thread is for everyone here" in team.texts(TEAM)[0]
    assert "[Answer privately]  [Skip]  [Snooze]  [Settings]" in team.texts(TEAM)[0]


async def test_a_member_s_thread_reply_is_kept_without_a_word(team: Conversation) -> None:
    shown = await team.says("ben", "ana, of course", thread=team.post())
    assert shown.messages == ()
    assert await team.kept("ben") == ["ana, of course"]


async def test_of_others_only_a_count_is_kept(team: Conversation) -> None:
    before = team.snapshot()
    shown = await team.says("zoe", "ask Zoe Quill", thread=team.post())
    assert shown.messages == ()
    assert counts(team) == (1, 0)
    changed = {key for key, rows in team.snapshot().items() if rows != before[key]}
    assert changed == {"deliveries.rows"}
    assert "Quill" not in str(team.snapshot())
    assert "zoe" not in str(team.snapshot())


async def test_a_coordinator_who_has_not_joined_is_only_counted(team: Conversation) -> None:
    await team.says("cora", "a word from cora", thread=team.post())
    assert counts(team) == (1, 0)
    assert "a word from cora" not in str(team.snapshot())


async def test_a_deleted_reply_of_others_is_counted_no_more(team: Conversation) -> None:
    await team.says("zoe", "hello", thread=team.post())
    await team.deletes("zoe", team.last, thread=team.post())
    assert counts(team) == (0, 0)
    await team.deletes("zoe", team.last, thread=team.post())
    assert counts(team) == (0, 0)


async def test_replies_within_ten_minutes_are_one_answer(team: Conversation) -> None:
    await team.says("ben", "one", thread=team.post())
    team.clock.advance(minutes=9)
    await team.says("ben", "two", thread=team.post())
    team.clock.advance(minutes=10)
    await team.says("ben", "three", thread=team.post())
    assert await team.kept("ben") == ["one\ntwo", "three"]


async def test_a_changed_or_deleted_reply_changes_the_record(team: Conversation) -> None:
    await team.says("ben", "ana", thread=team.post())
    await team.edits("ben", team.last, "Ana")
    assert await team.kept("ben") == ["Ana"]
    await team.deletes("ben", team.last, thread=team.post())
    assert await team.kept("ben") == []
    assert counts(team) == (0, 0)


async def test_what_is_said_outside_a_question_s_thread_is_nobody_s_business(
    team: Conversation,
) -> None:
    before = team.snapshot()
    elsewhere = MessageRef(team.post().place, "somebody-else")
    for name in ("ben", "zoe"):
        await team.says(name, "lunch?", place=team.post().place)
        await team.says(name, "at noon", thread=elsewhere)
        await team.reacts(name, elsewhere)
    assert team.snapshot() == before


async def test_a_member_s_reaction_is_kept_and_taken_back(team: Conversation) -> None:
    await team.reacts("ben", team.post(), "heart")
    await team.reacts("ben", team.post(), "heart")
    assert await reactions(team, "ben") == ["heart"]
    await team.reacts("ben", team.post(), "heart", added=False)
    assert await reactions(team, "ben") == []


async def test_reactions_of_others_are_counted_and_never_below_none(team: Conversation) -> None:
    await team.reacts("zoe", team.post(), "heart")
    assert counts(team) == (0, 1)
    for _ in range(2):
        await team.reacts("zoe", team.post(), "heart", added=False)
    assert counts(team) == (0, 0)


async def test_a_private_answer_is_seen_by_nobody_in_the_channel(team: Conversation) -> None:
    posted = list(team.views[TEAM])
    form = (await team.press("ben", "Answer privately", on=TEAM)).form
    assert form is not None
    assert form.intro.startswith(team.prompts(TEAM)[0])
    shown = await team.fill("ben", text="I would ask the foreman")
    assert "Kept, with the question." in shown.text
    assert team.views[TEAM] == posted
    assert await team.kept("ben") == ["I would ask the foreman"]


async def test_a_stranger_s_private_answer_is_refused_before_it_is_written(
    team: Conversation,
) -> None:
    shown = await team.press("zoe", "Answer privately", on=TEAM)
    assert shown.form is None
    assert "You haven't joined yet" in shown.text


async def test_skipping_in_a_channel_leaves_it_open_for_the_others(team: Conversation) -> None:
    await team.press("ben", "Skip", on=TEAM)
    await team.says("ana", "me", thread=team.post())
    assert await team.kept("ana") == ["me"]


async def test_snoozing_in_a_channel_brings_it_to_the_own_conversation(team: Conversation) -> None:
    await team.press("ben", "Snooze", on=TEAM)
    await team.later("2d")
    assert team.prompts("ben")[1] == team.prompts(TEAM)[0]
    assert len(team.prompts("ana")) == 3


async def test_what_is_typed_in_the_own_conversation_never_answers_a_channel(
    team: Conversation,
) -> None:
    await team.says("ben", "to myself")
    author = (await team.member("ben")).account_id
    async with team.storage.reading() as work:
        found = (await work.reflections.of_author(author))[0]
        prompts = await work.prompts.many([found.prompt_id or 0])
    assert [one.text for one in prompts.values()] == team.prompts("ben")
