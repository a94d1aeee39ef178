"""Answers to one person: in place of what they pressed, for their eyes only, or one to one."""

import pytest

from adapters.slack import names
from bot.chat.identity import MessageRef, PlaceKind
from bot.chat.outgoing import Button, Buttons, File, Message, Text
from bot.ports.chat import ChatBusyError
from tests.integration.slack_adapter.conftest import Line
from tests.integration.slack_adapter.wire import failed, limited, status

ANA = names.account("T1", "U1")
OWN = names.place("T1", "D1", PlaceKind.DIRECT)
CHANNEL = names.place("T1", "C1", PlaceKind.CHANNEL)
PRESSED = MessageRef(OWN, "1772442000.000001")
KEPT = Message((Text("Kept."), Buttons((Button("Pin", "pin"),))))


async def test_in_the_own_conversation_it_takes_the_place_of_what_was_pressed(line: Line) -> None:
    await line.chat.answer(ANA, OWN, line.wire.ticket, KEPT, instead_of=PRESSED)
    (update,) = line.wire.of("chat.update")
    assert (update["channel"], update["ts"], update["text"]) == (
        "D1",
        "1772442000.000001",
        "Kept.\n[Pin]",
    )
    # without blocks the old ones would stay
    assert len(update["blocks"]) == 2
    assert line.wire.of("chat.postMessage") == []


@pytest.mark.parametrize("code", ["edit_window_closed", "message_not_found", "cant_update_message"])
async def test_what_can_not_be_changed_any_more_is_said_anew(line: Line, code: str) -> None:
    line.wire.then("chat.update", failed(code))
    await line.chat.answer(ANA, OWN, None, KEPT, instead_of=PRESSED)
    assert [post["channel"] for post in line.wire.of("chat.postMessage")] == ["D1"]


async def test_in_a_channel_a_ticket_shows_it_to_one_person(line: Line) -> None:
    await line.chat.answer(ANA, CHANNEL, line.wire.ticket, KEPT)
    assert line.wire.methods == ["actions"]


@pytest.mark.parametrize("answer", [status(404, "used_url"), {"ok": False, "error": "expired_url"}])
async def test_after_its_ticket_has_ended_it_comes_one_to_one(line: Line, answer: object) -> None:
    line.wire.then("actions", answer)  # type: ignore[arg-type]
    await line.chat.answer(ANA, CHANNEL, line.wire.ticket, KEPT)
    assert [post["channel"] for post in line.wire.of("chat.postMessage")] == ["U1"]


async def test_a_limited_ticket_waits(line: Line) -> None:
    line.wire.then("actions", limited(7))
    with pytest.raises(ChatBusyError) as caught:
        await line.chat.answer(ANA, CHANNEL, line.wire.ticket, KEPT)
    assert caught.value.retry_after.total_seconds() == 7


async def test_without_a_ticket_it_is_ephemeral(line: Line) -> None:
    await line.chat.answer(ANA, CHANNEL, None, KEPT)
    (shown,) = line.wire.of("chat.postEphemeral")
    assert (shown["channel"], shown["user"]) == ("C1", "U1")


async def test_who_is_not_in_the_channel_hears_it_one_to_one(line: Line) -> None:
    line.wire.then("chat.postEphemeral", failed("user_not_in_channel"))
    await line.chat.answer(ANA, CHANNEL, None, KEPT)
    assert [post["channel"] for post in line.wire.of("chat.postMessage")] == ["U1"]


async def test_a_file_is_never_shown_in_a_channel(line: Line) -> None:
    message = Message((Text("Here."),), (File("cairn.zip", b"zip"),))
    await line.chat.answer(ANA, CHANNEL, line.wire.ticket, message)
    (shared,) = line.wire.of("files.completeUploadExternal")
    assert shared["channel_id"] == "D1"


async def test_a_long_answer_goes_in_parts_where_it_began(line: Line) -> None:
    message = Message(tuple(Text("word " * 590) for _ in range(4)))
    await line.chat.answer(ANA, CHANNEL, line.wire.ticket, message)
    assert line.wire.methods == ["actions"] * len(line.wire.methods)
    assert len(line.wire.methods) > 1
