"""Conversations of a coordinator: set-up, nudges, their queue, and what is never seen."""

import pytest

from bot.domain.delivery import Reason
from bot.ports.chat import ChatRefusedError
from tests.fakes.conversation import LIBRARY, TEAM, Conversation, channel

ADD = 'admin nudge add channel=#team when="every weekday 09:30" zone=UTC'
CHANNEL_PROMPTS = {prompt.text for prompt in LIBRARY if prompt.room == "channel"}


async def test_setup_shows_all_of_it_and_posts_nothing_before_go(talk: Conversation) -> None:
    shown = await talk.command(
        "cora", 'admin setup channel=#team when="every weekday 09:30" zone=UTC'
    )
    assert "in #team, every weekday 09:30 (UTC), one question at a time." in shown.text
    assert "Monday, 2 March at 09:30 · Tuesday, 3 March at 09:30" in shown.text
    promised = shown.text.split("> ")[1].split("\n")[0]
    await talk.later("3d")
    assert talk.views[TEAM] == []
    assert (
        "goes on; the next one comes on Thursday, 5 March" in (await talk.press("cora", "Go")).text
    )
    await talk.later("1d")
    assert talk.prompts(TEAM) == [promised]


async def test_setup_in_a_channel_proposes_that_channel(talk: Conversation) -> None:
    form = (await talk.command("cora", "admin setup", channel("#kilns"))).form
    assert form is not None
    assert {field.name: field.initial for field in form.fields} == {
        "channel": "#kilns",
        "when": "every weekday 09:30",
        "zone": "UTC",
        "holidays": "",
        "pairs": "",
    }


async def test_setup_takes_the_channel_under_which_pairs_get_their_room(talk: Conversation) -> None:
    setup = 'admin setup channel=#team when="every weekday 09:30" zone=UTC'
    assert "each pair" not in (await talk.command("cora", setup)).text
    shown = await talk.command("cora", f"{setup} pairs=#mentoring")
    assert "each pair gets one of its own under #mentoring" in shown.text
    form = (await talk.command("cora", "admin setup")).form
    assert form is not None
    assert {field.name: field.initial for field in form.fields}["pairs"] == "#mentoring"
    assert "under #mentoring" in (await talk.command("cora", setup)).text


async def test_a_nudge_is_posted_when_it_was_promised(talk: Conversation) -> None:
    shown = await talk.command("cora", ADD)
    assert "Nudge 2 is saved: #team, every weekday 09:30 (UTC)." in shown.text
    assert "Wednesday, 4 March at 09:30" in shown.text
    await talk.later("7d")
    times = [sent.at.strftime("%a %H:%M") for sent in talk.chat.sent if "team" in str(sent.ref)]
    assert times == [f"{day} 09:30" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]


async def test_no_question_comes_again_before_all_have_come(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    await talk.later("8d")
    asked = talk.prompts(TEAM)
    assert {*asked[:3]} == {*asked[3:6]} == CHANNEL_PROMPTS


async def test_nudges_are_listed_with_what_comes_next(talk: Conversation) -> None:
    assert "There is no nudge yet." in (await talk.command("cora", "admin nudge list")).text
    await talk.command("cora", ADD)
    text = (await talk.command("cora", "admin nudge list")).text
    assert text.startswith(
        "One nudge:\n2. #team, every weekday 09:30 (UTC): next on Monday, 2 March"
    )
    await talk.command("cora", ADD.replace("#team", "#kilns"))
    await talk.command("cora", "admin nudge pause 2")
    text = (await talk.command("cora", "admin nudge list")).text
    assert text.startswith("2 nudges:")
    assert "2. #team, every weekday 09:30 (UTC): paused" in text


async def test_when_needs_no_quotes(talk: Conversation) -> None:
    shown = await talk.command("cora", "admin nudge add #team every weekday 09:30")
    assert "Nudge 2 is saved: #team, every weekday 09:30 (UTC)." in shown.text


async def test_the_list_says_why_the_last_post_did_not_come(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    await talk.command("cora", ADD.replace("#team", "#kilns").replace("09:30", "16:00"))
    talk.chat.raise_next(ChatRefusedError(Reason.NOT_ALLOWED, "no"))
    await talk.later("30m")
    assert talk.prompts(TEAM) == []
    [_, first, second, *_] = (await talk.command("cora", "admin nudge list")).text.split("\n")
    assert first == (
        "2. #team, every weekday 09:30 (UTC): next on Tuesday, 3 March at 09:30; "
        "the last post could not be delivered, because I'm not allowed to write there"
    )
    assert "could not be delivered" not in second
    await talk.later("1d")
    text = (await talk.command("cora", "admin nudge list")).text
    assert "could not be delivered" not in text


async def test_the_list_speaks_of_a_problem_for_thirty_days(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    talk.chat.raise_next(ChatRefusedError(Reason.PLACE_GONE, "gone", closes_place=True))
    await talk.later("30d")
    text = (await talk.command("cora", "admin nudge list")).text
    assert "because the conversation isn't there any more" in text
    await talk.later("1d")
    text = (await talk.command("cora", "admin nudge list")).text
    assert "could not be delivered" not in text


async def test_a_paused_nudge_posts_nothing_until_it_goes_on(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    await talk.press("cora", "Pause")
    await talk.later("2d")
    assert talk.prompts(TEAM) == []
    assert "Wednesday, 4 March at 09:30" in (await talk.press("cora", "Resume")).text
    await talk.later("1d")
    assert len(talk.prompts(TEAM)) == 1


async def test_a_removed_nudge_posts_nothing_and_answers_stay(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    await talk.later("1h")
    await talk.says("ben", "the foreman", thread=talk.post())
    assert "Nudge 2 in #team is deleted." in (await talk.command("cora", "admin nudge remove")).text
    await talk.later("7d")
    assert len(talk.prompts(TEAM)) == 1
    assert await talk.kept("ben") == ["the foreman"]


async def test_a_prompt_can_be_posted_at_once(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    assert (
        "Posting the next prompt in #team now." in (await talk.press("cora", "Post one now")).text
    )
    assert len(talk.prompts(TEAM)) == 1
    await talk.later("30m")
    assert len(talk.prompts(TEAM)) == 2


async def test_the_queue_shows_what_comes(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    text = (await talk.press("cora", "Coming prompts")).text
    coming = [line.partition(": ")[2] for line in text.split("\n")[1:6]]
    await talk.later("4d")
    await talk.later("1h")
    assert talk.prompts(TEAM) == coming[:5]


async def test_a_prompt_put_first_is_asked_next_and_once(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    for key in ("values.proud", "network.ask"):
        shown = await talk.command("cora", f"admin nudge queue next={key}")
        assert f"{key} is asked next." in shown.text
        assert shown.text.split("\n")[2].startswith(f"{key}: ")
    await talk.later("3d")
    assert talk.prompts(TEAM) == [
        "Whom could you ask?",
        "What are you glad about?",
        "Which tool do you like?",
    ]


async def test_a_prompt_passed_over_waits_for_the_others(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    first = (await talk.command("cora", "admin nudge queue")).text.split("\n")[1].split(": ")[0]
    shown = await talk.command("cora", f"admin nudge queue skip={first}")
    assert f"{first} waits for its next turn." in shown.text
    await talk.later("3d")
    text = {prompt.key: prompt.text for prompt in LIBRARY}[first]
    assert talk.prompts(TEAM)[2] == text


async def test_passing_over_takes_a_prompt_out_of_the_queue(talk: Conversation) -> None:
    await talk.command("cora", ADD)
    await talk.command("cora", "admin nudge queue next=values.proud")
    await talk.command("cora", "admin nudge queue skip=values.proud")
    await talk.later("2d")
    assert "What are you glad about?" not in talk.prompts(TEAM)[:2]


@pytest.mark.parametrize(
    "words",
    [
        "admin nudge add channel=team when=daily",
        "admin nudge add #team",
        'admin nudge add #team when="every weekday"',
        'admin nudge add #team when="*/5 * * * *"',
        'admin nudge add #team when="61 9 * * *"',
        'admin nudge add #team when="0 0 31 2 *"',
        'admin nudge add #team when="sometimes at 9"',
        'admin nudge add #team when="daily 9:00" zone=Atlantis',
        'admin nudge add #team when="daily 9:00" holidays=XX',
        "admin nudge add #team every weekday",
        "admin nudge pause 99",
        "admin nudge remove 1",
        "admin nudge now 0",
        "admin nudge queue next=vision.nothing",
        "admin nudge queue next=learning.note",
        "admin nudge queue next=values.proud skip=nothing",
        "admin nudge",
        "admin nugde list",
    ],
)
async def test_what_can_not_be_leaves_everything_as_it_was(talk: Conversation, words: str) -> None:
    await talk.command("cora", ADD)
    before = talk.snapshot()
    shown = await talk.command("cora", words)
    if shown.form is None:
        assert len(shown.messages) == 1
        assert len(shown.messages[0].blocks) == 1
    assert talk.snapshot() == before


async def test_which_nudge_must_be_said_when_there_are_several(talk: Conversation) -> None:
    assert "There is no nudge yet." in (await talk.command("cora", "admin nudge pause")).text
    await talk.command("cora", ADD)
    await talk.command("cora", ADD)
    before = talk.snapshot()
    assert "more than one nudge" in (await talk.command("cora", "admin nudge pause")).text
    assert talk.snapshot() == before


async def test_a_coordinator_never_sees_a_text(talk: Conversation) -> None:
    secrets = [f"secret{number}" for number in range(9)]
    await talk.command("cora", ADD)
    await talk.later("1h")
    await talk.says("ben", secrets[0], thread=talk.post())
    await talk.press("ben", "Answer privately", on=TEAM)
    await talk.fill("ben", text=secrets[1])
    await talk.says("ben", secrets[2])
    await talk.command("ben", f"why {secrets[3]}")
    await talk.command("ben", f"stone {secrets[4]}")
    await talk.command("ben", f"vision 5 {secrets[5]}")
    await talk.command("ana", "mentor offer topics=python")
    await talk.command("ben", f"mentor find topics=python for={secrets[6]} not_with=@ana")
    await talk.command("ben", f"mentor request @ana {secrets[7]}")
    await talk.press("ana", "Yes")
    await talk.command("ben", f"mentor end @ana {secrets[8]}")
    for words in ("status", "help", "admin nudge list", "admin nudge queue", "mentor status"):
        await talk.command("cora", words)
    await talk.command("cora", "start zone=UTC")
    await talk.command("cora", "export")
    for number in range(1, 9):
        for action in ("edit", "pin", "delete", "keep", "answer", "accept", "say_more"):
            shown = await talk.act("cora", action, str(number))
            assert "secret" not in str(shown.form)
    await talk.later("7d")
    assert all(secret in str(talk.snapshot()) for secret in secrets)
    seen = str([talk.views["cora"], talk.views[TEAM]])
    assert not any(secret in seen for secret in secrets)
    assert [secret for secret in secrets if secret in str(talk.views["ana"])] == [secrets[7]]
