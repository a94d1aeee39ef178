"""Conversations of two coordinators who bring their communities together."""

import re

import pytest

from tests.fakes.conversation import HARBOUR, TOWN, Conversation


@pytest.fixture
async def both(talk: Conversation) -> Conversation:
    """The town, where ana offers to mentor, and the harbour, where finn has joined."""
    await talk.command("ana", "mentor offer topics=boats")
    await talk.found_harbour("finn")
    return talk


async def code_of(talk: Conversation) -> str:
    shown = await talk.command("cora", "admin link")
    found = re.search(r"code=([A-Z0-9-]+)`", shown.text)
    assert found
    return found[1]


async def test_two_communities_become_one_programme(both: Conversation) -> None:
    assert "Together in Town: Town (Fake)." in (await both.command("cora", "admin link")).text
    shown = await both.command("dora", f"admin link code={await code_of(both)}")
    assert "I've asked Town." in shown.text
    asked = await both.command("cora", "admin link")
    assert "Harbour would like to join Town.\nTogether in Harbour: Harbour (Abroad)." in asked.text
    before = {name: len(both.views[name]) for name in ("ana", "ben", "finn")}
    shown = await both.press("cora", "Yes, together")
    assert "Harbour is part of Town now." in shown.text
    assert "Together in Town: Town (Fake) and Harbour (Abroad)." in shown.text
    assert {name: len(both.views[name]) for name in before} == before
    async with both.storage.reading() as work:
        assert await work.programmes.of_community(TOWN) == (
            await work.programmes.of_community(HARBOUR)
        )
    assert "There is no nudge" in (await both.command("dora", "admin nudge list")).text


async def test_a_channel_of_the_other_community_is_named_by_where_it_is(both: Conversation) -> None:
    await both.command("cora", 'admin nudge add channel=#team when="every day 09:30"')
    await both.command("dora", f"admin link code={await code_of(both)}")
    await both.command("cora", "admin link")
    await both.press("cora", "Yes, together")
    assert "#team, every day 09:30" in (await both.command("cora", "admin nudge list")).text
    shown = await both.command("dora", "admin nudge list")
    assert "a channel of Town (Fake), every day 09:30" in shown.text
    shown = await both.command("dora", "admin nudge now")
    assert "in a channel of Town (Fake) now" in shown.text
    shown = await both.command("dora", "admin nudge remove")
    assert "in a channel of Town (Fake) is deleted" in shown.text


async def test_a_mentor_and_a_mentee_of_two_platforms_become_a_pair(both: Conversation) -> None:
    await both.command("dora", f"admin link code={await code_of(both)}")
    await both.command("cora", "admin link")
    await both.press("cora", "Yes, together")
    await both.command("finn", "mentor find topics=boats")
    await both.press("finn", "Ask ana")
    await both.fill("finn", note="Knots?")
    assert "finn would like you as a mentor.\n> Knots?" in both.texts("ana")[-1]
    await both.press("ana", "Yes")
    assert "ana is on Fake, so you can't meet in a room here." in both.texts("finn")[-1]
    assert both.abroad.sent[-1].message.plain() == both.texts("finn")[-1]
    assert "finn is on Abroad" in both.texts("ana")[-1]
    await both.press("ana", "Write to finn")
    await both.fill("ana", text="Welcome aboard.")
    assert "ana writes to you:\n> Welcome aboard." in both.texts("finn")[-1]


async def test_members_go_on_being_asked_after_it(both: Conversation) -> None:
    await both.command("dora", f"admin link code={await code_of(both)}")
    await both.command("cora", "admin link")
    await both.press("cora", "Yes, together")
    asked = len(both.prompts("finn"))
    await both.later("1d")
    assert len(both.prompts("finn")) == asked + 1
    assert "Your next question comes on Wednesday" in (await both.command("finn", "status")).text


async def test_coordinators_who_joined_hear_of_it_in_their_own_place(both: Conversation) -> None:
    for name in ("cora", "dora"):
        await both.command(name, "start zone=UTC")
    await both.command("dora", f"admin link code={await code_of(both)}")
    assert "Harbour would like to join Town." in both.texts("cora")[-1]
    await both.press("cora", "Yes, together")
    assert both.texts("dora")[-1] == "Together in Town: Town (Fake) and Harbour (Abroad)."


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("ABCDE-FGHJK", "I don't know this code."),
        ("nonsense", "I don't know this code."),
    ],
)
async def test_a_wrong_code_changes_nothing(both: Conversation, code: str, answer: str) -> None:
    before = both.snapshot()
    assert answer in (await both.command("dora", f"admin link {code}")).text
    assert both.snapshot() == before


async def test_a_code_lasts_an_hour_and_works_once_and_not_at_home(both: Conversation) -> None:
    code = await code_of(both)
    assert "this programme's own" in (await both.command("cora", f"admin link {code}")).text
    both.clock.advance(minutes=60)
    assert "good for an hour" in (await both.command("dora", f"admin link {code}")).text
    code = (await code_of(both)).lower().replace("-", " ")
    assert "I've asked Town." in (await both.command("dora", f'admin link "{code}"')).text
    before = both.snapshot()
    assert "I don't know this code" in (await both.command("dora", f'admin link "{code}"')).text
    assert both.snapshot() == before


async def test_a_later_code_replaces_the_earlier(both: Conversation) -> None:
    first = await code_of(both)
    await code_of(both)
    assert "I don't know this code" in (await both.command("dora", f"admin link {first}")).text


@pytest.mark.parametrize(("who", "label"), [("cora", "No"), ("dora", "Take it back")])
async def test_either_side_can_say_no(both: Conversation, who: str, label: str) -> None:
    await both.command("dora", f"admin link code={await code_of(both)}")
    await both.command("cora", "admin link")
    assert "Harbour stays on its own." in (await both.press(who, label)).text
    before = both.snapshot()
    assert "nothing to decide" in (await both.press("cora", "Yes, together")).text
    assert both.snapshot() == before


async def test_the_question_ends_after_a_week(both: Conversation) -> None:
    await both.command("dora", f"admin link code={await code_of(both)}")
    await both.command("cora", "admin link")
    both.clock.advance(hours=7 * 24)
    await both.settle()
    before = both.snapshot()
    assert "nothing to decide" in (await both.press("cora", "Yes, together")).text
    assert both.snapshot() == before
    assert "With the code" in (await both.command("cora", "admin link")).text


@pytest.mark.parametrize(
    ("who", "action"),
    [(who, action) for who in ("ana", "tess") for action in ("link_yes", "link_no")]
    + [("dora", "link_yes")],
)
async def test_nobody_else_decides(both: Conversation, who: str, action: str) -> None:
    await both.command("dora", f"admin link code={await code_of(both)}")
    before = both.snapshot()
    shown = await both.act(who, action, "1")
    assert "for coordinators" in shown.text or "nothing to decide" in shown.text
    assert both.snapshot() == before
