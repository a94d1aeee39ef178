"""Conversations of two who write to each other through Cairn."""

import json
import zipfile
from io import BytesIO

import pytest

from bot.chat.incoming import CommandGiven
from bot.domain.delivery import Reason
from bot.ports.chat import ChatRefusedError
from tests.fakes.chat import raising
from tests.fakes.conversation import HARBOUR, Conversation


@pytest.fixture
async def pair(talk: Conversation) -> Conversation:
    """The town, in which ana mentors ben."""
    await talk.command("ana", "mentor offer topics=python capacity=3")
    await talk.command("ben", "mentor request @ana I want to write more")
    await talk.press("ana", "Yes")
    return talk


def export_of(shown_files: tuple[bytes, ...]) -> str:
    with zipfile.ZipFile(BytesIO(shown_files[0])) as archive:
        return archive.read("cairn.json").decode() + archive.read("cairn.md").decode()


async def test_the_introduction_has_a_button_to_write_with(pair: Conversation) -> None:
    form = (await pair.press("ben", "Write to ana")).form
    assert form is not None
    assert "To ana." in form.intro
    assert "stays with their platform" in form.intro
    assert [field.name for field in form.fields] == ["text"]
    shown = await pair.fill("ben", text="Thursday at ten?")
    assert "On its way to ana:\n> Thursday at ten?" in shown.text
    assert pair.texts("ana")[-1].startswith("ben writes to you:\n> Thursday at ten?\n[Answer]")


async def test_a_letter_is_answered_by_its_button(pair: Conversation) -> None:
    await pair.command("ben", "mentor say Thursday at ten?")
    form = (await pair.press("ana", "Answer")).form
    assert form is not None
    await pair.fill("ana", text="Gladly.")
    assert pair.texts("ben")[-1].startswith("ana writes to you:\n> Gladly.")


async def test_the_status_has_a_button_for_each_partner(pair: Conversation) -> None:
    await pair.command("dan", "start zone=UTC")
    await pair.command("dan", "mentor request @ana")
    await pair.press("ana", "Yes")
    for words in ("mentor status", "status"):
        assert (await pair.command("ana", words)).labels == ["Write to ben", "Write to dan"]
    assert "Write to ana" in (await pair.command("ben", "tough")).labels


@pytest.mark.parametrize("partner", ["@ben", "partner=@ben", "@Ben", "partner=1"])
async def test_one_of_several_partners_is_named(pair: Conversation, partner: str) -> None:
    await pair.command("dan", "start zone=UTC")
    await pair.command("dan", "mentor request @ana")
    await pair.press("ana", "Yes")
    before = pair.snapshot()
    assert "more than one pair: ben, dan" in (await pair.command("ana", "mentor say hello")).text
    assert pair.snapshot() == before
    await pair.command("ana", f"mentor say {partner} see you at ten")
    assert "ana writes to you:\n> see you at ten" in pair.texts("ben")[-1]
    assert not any("writes to you" in text for text in pair.texts("dan"))


async def test_partners_are_suggested(pair: Conversation) -> None:
    assert [o.value for o in await pair.suggestions("mentor say", "partner", "an")] == ["@ana"]
    assert await pair.suggestions("mentor say", "partner", "x") == ()


async def test_without_a_pair_nobody_is_written_to(talk: Conversation) -> None:
    before = talk.snapshot()
    assert "You have no such pair." in (await talk.command("ben", "mentor say hello")).text
    assert "You have no such pair." in (await talk.command("ben", "mentor say @ana hello")).text
    assert talk.snapshot() == before


async def test_nobody_writes_into_someone_elses_pair(pair: Conversation) -> None:
    await pair.command("dan", "start zone=UTC")
    before = pair.snapshot()
    await pair.act("dan", "write", "1")
    shown = await pair.fill("dan", text="let me in")
    assert "You have no such pair." in shown.text
    assert pair.snapshot() == before


async def test_a_letter_is_its_authors_own_words(pair: Conversation) -> None:
    await pair.command("ben", "mentor say a secret of ben")
    theirs = export_of(tuple(f.content for f in (await pair.command("ana", "export")).files))
    assert "a secret of ben" not in theirs
    shown = await pair.command("ben", "export")
    exported = export_of(tuple(f.content for f in shown.files))
    assert "A letter to ana" in exported
    assert '"kind": "letter"' in exported
    assert "a secret of ben" in json.dumps(exported)
    await pair.command("ana", "forget confirm=yes")
    kept = export_of(tuple(f.content for f in (await pair.command("ben", "export")).files))
    assert "A letter to someone who has left" in kept
    await pair.command("ben", "forget confirm=yes")
    assert "a secret of ben" not in str(pair.snapshot())


async def test_who_can_not_be_reached_gets_no_letter_and_the_words_come_back(
    pair: Conversation,
) -> None:
    place_id = (await pair.member("ana")).direct_place_id
    assert place_id is not None
    pair.storage.unit.places.rows[place_id].closed_reason = Reason.UNREACHABLE
    before = pair.snapshot()
    shown = await pair.command("ben", "mentor say second")
    assert "nothing was sent and nothing was kept" in shown.text
    assert "> second" in shown.text
    assert pair.snapshot() == before


async def test_who_wrote_hears_that_a_letter_was_refused(pair: Conversation) -> None:
    number = max(pair.storage.unit.deliveries.rows) + 1
    pair.chat.before[number] = raising(
        ChatRefusedError(Reason.UNREACHABLE, "closed", closes_place=True)
    )
    await pair.command("ben", "mentor say see you at ten")
    assert "could not be delivered" in pair.texts("ben")[-1]
    assert "> see you at ten" in pair.texts("ben")[-1]
    assert not any("see you at ten" in text for text in pair.texts("ana"))


async def test_no_letter_comes_after_the_end(pair: Conversation) -> None:
    await pair.inbox.keep(CommandGiven(**pair._common("ben"), words="mentor say too late"))
    await pair.inbox.keep(CommandGiven(**pair._common("ana"), words="mentor end"))
    await pair.settle()
    assert "no longer a pair" in str(pair.texts("ben"))
    assert not any("too late" in text for text in pair.texts("ana"))


async def test_what_is_typed_in_the_direct_conversation_is_never_passed_on(
    pair: Conversation,
) -> None:
    await pair.command("ben", "mentor say hello")
    await pair.says("ana", "words of my own")
    assert not any("words of my own" in text for text in pair.texts("ben"))


@pytest.fixture
async def across(talk: Conversation) -> Conversation:
    """The town and the harbour in one programme; finn of the harbour has asked ana."""
    async with talk.storage.work() as work:
        await work.programmes.attach(HARBOUR, "Harbour", 1)
    await talk.found_harbour("finn")
    talk.chat.has_rooms = talk.abroad.has_rooms = True
    await talk.command("ana", "mentor offer topics=boats")
    shown = await talk.command("finn", "mentor find topics=boats")
    assert "ana is on Fake; you'd write to each other through me." in shown.text
    await talk.press("finn", "Ask ana")
    await talk.fill("finn", note="Knots?")
    return talk


async def test_a_pair_on_two_platforms_is_introduced_where_each_is(across: Conversation) -> None:
    await across.press("ana", "Yes")
    to_finn, to_ana = across.texts("finn")[-1], across.texts("ana")[-1]
    assert "ana said yes: you are a pair now." in to_finn
    assert "ana is on Fake, so you can't meet in a room here." in to_finn
    assert "finn is on Abroad" in to_ana
    assert not [text for text in (to_finn, to_ana) if "@" in text]
    await across.press("finn", "Write to ana")
    await across.fill("finn", text="Bowline or sheet bend?")
    assert across.chat.sent[-1].message.plain().startswith("finn writes to you:\n> Bowline")
    await across.press("ana", "Answer")
    await across.fill("ana", text="Both.")
    assert across.abroad.sent[-1].message.plain().startswith("ana writes to you:\n> Both.")


async def test_a_pair_on_one_platform_without_a_room_is_not_told_of_platforms(
    pair: Conversation,
) -> None:
    assert "can't meet in a room" not in str(pair.texts("ben"))


async def test_a_partner_elsewhere_is_named_by_name(across: Conversation) -> None:
    await across.press("ana", "Yes")
    await across.command("ana", "mentor say @finn hello over there")
    assert "> hello over there" in across.texts("finn")[-1]
    assert "no longer a pair" in (await across.command("ana", "mentor end @finn")).text


async def test_a_mentor_elsewhere_can_be_asked_by_name(across: Conversation) -> None:
    await across.command("dora", "start zone=UTC")
    assert "I've asked ana for you." in (await across.command("dora", "mentor request @Ana")).text
    before = across.snapshot()
    assert "I don't know @ann here" in (await across.command("dora", "mentor request @ann")).text
    assert across.snapshot() == before
