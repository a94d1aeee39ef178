"""Deliveries on the wire: what is posted, what each failure means, how a message is found again."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.slack import names
from adapters.slack.chat import SlackChat
from adapters.slack.web import Web
from bot.chat.identity import MessageRef, PlaceKind, PlaceRef
from bot.chat.outgoing import Context, File, Message, Picture, Text
from bot.domain.delivery import Reason
from bot.ports.chat import ChatBusyError, ChatRefusedError, ChatUncertainError
from tests.integration.slack_adapter.conftest import Line
from tests.integration.slack_adapter.wire import (
    TEAM,
    TOKEN,
    Answer,
    dropped,
    failed,
    hanging,
    limited,
    status,
)

CHANNEL = names.place(TEAM, "C1", PlaceKind.CHANNEL)
PERSON = names.direct(TEAM, "U1")
ROOM = names.room(TEAM, ["U2", "U1"])
HELLO = Message((Text("Hello <you> & *all*"),))
LONG = Message(tuple(Context(f"line {number}") for number in range(120)))
PNG = b"\x89PNG"
CHART = Message((Text("Look:"), Picture("path", PNG, "A path of four stones")))
POST = "chat.postMessage"


async def test_a_message_carries_its_delivery_and_mentions_nobody(line: Line) -> None:
    sent = await line.chat.send(CHANNEL, HELLO, 7)
    (post,) = line.wire.of(POST)
    assert post["channel"] == "C1"
    assert post["metadata"] == {
        "event_type": "cairn_delivery",
        "event_payload": {"delivery_id": 7, "part": 1, "parts": 1},
    }
    assert post["unfurl_links"] is False
    assert post["unfurl_media"] is False
    assert not {"link_names", "parse", "as_user"} & set(post)
    assert "&lt;you&gt; &amp;" in post["blocks"][0]["text"]["text"]
    assert sent == MessageRef(CHANNEL, "1772442000.000002")
    assert line.wire.asked[0].token == TOKEN


async def test_a_person_is_posted_to_and_their_conversation_is_told(line: Line) -> None:
    sent = await line.chat.send(PERSON, HELLO, 7)
    assert line.wire.methods == [POST]
    assert line.wire.of(POST)[0]["channel"] == "U1"
    assert sent.place == names.place(TEAM, "D1", PlaceKind.DIRECT)


async def test_a_room_is_opened_before_the_first_message(line: Line) -> None:
    sent = await line.chat.send(ROOM, HELLO, 7)
    assert line.wire.methods == ["conversations.open", POST]
    assert line.wire.of("conversations.open")[0]["users"] == "U1,U2"
    assert sent.place == names.place(TEAM, "GU1U2", PlaceKind.GROUP)


@pytest.mark.parametrize("answer", [dropped, hanging, status(500), status(200, "<html>", a="b")])
async def test_a_room_that_may_not_be_open_leaves_no_message_in_doubt(
    line: Line, answer: Answer
) -> None:
    line.wire.then("conversations.open", answer)
    with pytest.raises(ChatBusyError):
        await line.chat.send(ROOM, HELLO, 7)
    assert POST not in line.wire.methods


@pytest.mark.parametrize(
    "answer",
    [
        dropped,
        hanging,
        status(500),
        status(503, '{"ok": false, "error": "channel_not_found"}'),
        status(200, "ok"),
        status(200, "<html>", **{"Content-Type": "application/json"}),
        status(200, "[]", **{"Content-Type": "application/json"}),
        status(200, "[1]", **{"Content-Type": "application/json"}),
        status(404, "nothing here"),
        failed("internal_error"),
        failed("fatal_error"),
        failed("request_timeout"),
        failed("service_unavailable"),
        {"ok": True},
    ],
)
async def test_no_clear_answer_leaves_a_post_in_doubt_and_is_not_repeated(
    line: Line, answer: Answer
) -> None:
    line.wire.then(POST, answer)
    with pytest.raises(ChatUncertainError):
        await line.chat.send(CHANNEL, HELLO, 7)
    assert line.wire.methods == [POST]


async def test_a_server_that_is_not_there_took_nothing(line: Line) -> None:
    await line.wire.stop()
    fresh = Web(line.wire.url)  # without a line that was open
    try:
        chat = SlackChat(line.calls_through(fresh), line.clock)
        with pytest.raises(ChatBusyError) as caught:
            await chat.send(CHANNEL, HELLO, 7)
    finally:
        await fresh.close()
        await line.wire.start()
    assert not caught.value.whole_community


@pytest.mark.parametrize(
    ("code", "reason", "closes"),
    [
        ("channel_not_found", Reason.PLACE_GONE, True),
        ("is_archived", Reason.PLACE_GONE, True),
        ("user_disabled", Reason.UNREACHABLE, True),
        ("user_not_found", Reason.UNREACHABLE, True),
        ("messages_tab_disabled", Reason.UNREACHABLE, True),
        ("cannot_dm_bot", Reason.UNREACHABLE, True),
        ("restricted_action_read_only_channel", Reason.NOT_ALLOWED, False),
        ("ekm_access_denied", Reason.NOT_ALLOWED, False),
        ("org_login_required", Reason.NOT_ALLOWED, False),
        ("invalid_blocks", Reason.REFUSED, False),
        ("msg_too_long", Reason.REFUSED, False),
        ("something_new", Reason.REFUSED, False),
    ],
)
async def test_a_refusal_is_for_good(line: Line, code: str, reason: Reason, closes: bool) -> None:
    line.wire.then(POST, failed(code))
    with pytest.raises(ChatRefusedError, match=code) as caught:
        await line.chat.send(CHANNEL, HELLO, 7)
    assert (caught.value.reason, caught.value.closes_place) == (reason, closes)
    assert line.wire.methods == [POST]


async def test_a_missing_scope_is_logged_once(line: Line) -> None:
    line.wire.always(POST, failed("missing_scope", needed="chat:write", provided="im:write"))
    with capture_logs() as logs:
        for delivery in (7, 8):
            with pytest.raises(ChatRefusedError) as caught:
                await line.chat.send(CHANNEL, HELLO, delivery)
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert [entry["needed"] for entry in logs] == ["chat:write"]


async def test_a_rate_limit_is_stored_and_kept_without_a_call(line: Line) -> None:
    line.wire.then(POST, limited(90))
    with pytest.raises(ChatBusyError) as caught:
        await line.chat.send(CHANNEL, HELLO, 7)
    assert caught.value.retry_after == timedelta(seconds=90)
    assert caught.value.whole_community
    until = line.clock.now() + timedelta(seconds=90)
    assert line.waits.until == {("slack", TEAM, POST): until}
    line.clock.advance(seconds=89)
    with pytest.raises(ChatBusyError) as again:
        await line.chat.send(PERSON, HELLO, 8)
    assert again.value.retry_after == timedelta(seconds=1)
    assert len(line.wire.asked) == 1
    line.clock.advance(seconds=1)
    await line.chat.send(PERSON, HELLO, 8)


async def test_what_another_replica_was_told_counts_here(line: Line) -> None:
    until = line.clock.now() + timedelta(minutes=1)
    await line.waits.set("slack", TEAM, POST, until)
    await line.waits.set("slack", "T2", "conversations.history", until)
    with pytest.raises(ChatBusyError):
        await line.chat.send(CHANNEL, HELLO, 7)
    await line.chat.find(CHANNEL, 7, line.clock.now())
    assert line.wire.methods == ["conversations.history"]


async def test_a_limit_of_another_method_holds_up_no_others(line: Line) -> None:
    line.wire.then("conversations.open", limited(30))
    with pytest.raises(ChatBusyError) as caught:
        await line.chat.send(ROOM, HELLO, 7)
    assert not caught.value.whole_community
    await line.chat.send(PERSON, HELLO, 8)


async def test_an_error_of_the_store_puts_no_message_in_doubt(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object) -> None:
        raise OSError

    monkeypatch.setattr(line.waits, "set", broken)
    monkeypatch.setattr(line.waits, "running", broken)
    line.wire.then(POST, limited(90))
    for delivery in (7, 8):
        with pytest.raises(ChatBusyError):
            await line.chat.send(CHANNEL, HELLO, delivery)
    assert len(line.wire.asked) == 1


@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_refused_token_is_told_once_and_loses_nothing(line: Line, code: str) -> None:
    line.wire.always(POST, failed(code))
    failures = await asyncio.gather(
        *(line.chat.send(CHANNEL, HELLO, number) for number in range(5)), return_exceptions=True
    )
    assert {type(failure) for failure in failures} == {ChatBusyError}
    assert all(isinstance(one, ChatBusyError) and one.whole_community for one in failures)
    assert line.lost == [(TEAM, code)]
    asked = len(line.wire.asked)
    with pytest.raises(ChatBusyError):
        await line.chat.send(CHANNEL, HELLO, 7)
    assert len(line.wire.asked) == asked
    line.clock.advance(minutes=1)
    with pytest.raises(ChatBusyError):
        await line.chat.send(CHANNEL, HELLO, 7)
    assert line.lost == [(TEAM, code)] * 2


async def test_a_workspace_that_the_token_is_not_for_is_lost_too(line: Line) -> None:
    with pytest.raises(ChatBusyError):
        await line.chat.send(names.place("T9", "C1", PlaceKind.CHANNEL), HELLO, 7)
    assert line.lost == [("T9", "not_installed")]
    assert line.wire.asked == []


async def test_a_hook_that_fails_puts_no_message_in_doubt(line: Line) -> None:
    async def broken(_team: str, _code: str) -> None:
        raise OSError

    line.calls.on_token_refused = broken
    line.wire.then(POST, failed("token_revoked"))
    with pytest.raises(ChatBusyError):
        await line.chat.send(CHANNEL, HELLO, 7)


async def test_a_public_channel_is_joined(line: Line) -> None:
    line.wire.then(POST, failed("not_in_channel"))
    sent = await line.chat.send(CHANNEL, HELLO, 7)
    assert sent.place == CHANNEL
    assert line.wire.methods == [POST, "conversations.join", POST]
    assert line.wire.of("conversations.join") == [{"channel": "C1"}]


async def test_a_private_channel_is_not(line: Line) -> None:
    line.wire.then(POST, failed("not_in_channel"))
    line.wire.then("conversations.join", failed("method_not_supported_for_channel_type"))
    with pytest.raises(ChatRefusedError, match="not_in_channel") as caught:
        await line.chat.send(CHANNEL, HELLO, 7)
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert not caught.value.closes_place
    assert line.wire.methods == [POST, "conversations.join"]


@pytest.mark.parametrize("answer", [dropped, limited(3)])
async def test_a_joining_in_doubt_leaves_no_message_in_doubt(line: Line, answer: Answer) -> None:
    line.wire.then(POST, failed("not_in_channel"))
    line.wire.then("conversations.join", answer)
    with pytest.raises(ChatBusyError):
        await line.chat.send(CHANNEL, HELLO, 7)


async def test_a_long_message_goes_in_parts_and_is_where_its_last_part_is(line: Line) -> None:
    sent = await line.chat.send(CHANNEL, LONG, 7)
    posts = line.wire.of(POST)
    marks = [post["metadata"]["event_payload"] for post in posts]
    parts = len(posts)
    assert parts == 3
    assert marks == [
        {"delivery_id": 7, "part": number, "parts": parts} for number in range(1, parts + 1)
    ]
    assert sent.native_id == f"1772442000.{1 + parts:06}"


@pytest.mark.parametrize("answer", [limited(2), dropped])
async def test_a_failure_between_parts_repeats_none_that_is_out(line: Line, answer: Answer) -> None:
    line.wire.always(POST, {"ok": True, "channel": "C1", "ts": "1.1"})
    line.wire.then(POST, {"ok": True, "channel": "C1", "ts": "1.0"}, answer)
    with pytest.raises((ChatBusyError, ChatUncertainError)):
        await line.chat.send(CHANNEL, LONG, 7)
    line.clock.advance(seconds=2)
    await line.chat.send(CHANNEL, LONG, 7)
    await line.chat.send(CHANNEL, LONG, 7)
    parts = [post["metadata"]["event_payload"]["part"] for post in line.wire.of(POST)]
    assert parts == [1, 2, 2, 3, 1, 2, 3]


async def test_a_picture_is_uploaded_before_its_message_and_shown_after(line: Line) -> None:
    await line.chat.send(PERSON, CHART, 7)
    assert line.wire.methods == [
        "files.getUploadURLExternal",
        "upload",
        POST,
        "files.completeUploadExternal",
    ]
    (way,) = line.wire.of("files.getUploadURLExternal")
    assert way == {"filename": "path.png", "length": "4", "alt_txt": "A path of four stones"}
    assert line.wire.asked[1].body == PNG
    (shared,) = line.wire.of("files.completeUploadExternal")
    assert shared["channel_id"] == "D1"
    assert shared["files"] == '[{"id": "F2", "title": "path.png"}]'
    assert "thread_ts" not in shared


async def test_an_upload_whose_answer_is_lost_is_made_again(line: Line) -> None:
    line.wire.then("upload", dropped)
    await line.chat.send(PERSON, CHART, 7)
    assert line.wire.methods.count("upload") == 2
    assert line.wire.methods.count(POST) == 1


@pytest.mark.parametrize("method", ["upload", "files.getUploadURLExternal"])
async def test_an_upload_that_keeps_failing_leaves_no_message_in_doubt(
    line: Line, method: str
) -> None:
    line.wire.always(method, status(500))
    with pytest.raises(ChatBusyError):
        await line.chat.send(PERSON, CHART, 7)
    assert POST not in line.wire.methods


async def test_words_go_out_without_a_file_that_slack_refuses(line: Line) -> None:
    line.wire.then("files.getUploadURLExternal", failed("missing_scope", needed="files:write"))
    await line.chat.send(PERSON, CHART, 7)
    assert line.wire.methods == ["files.getUploadURLExternal", POST]


@pytest.mark.parametrize("answer", [dropped, failed("internal_error"), limited(60)])
async def test_a_message_counts_as_sent_when_only_its_file_fails(
    line: Line, answer: Answer
) -> None:
    line.wire.always("files.completeUploadExternal", answer)
    sent = await line.chat.send(PERSON, CHART, 7)
    assert sent.place == names.place(TEAM, "D1", PlaceKind.DIRECT)
    assert line.wire.methods.count("files.completeUploadExternal") == 1


async def test_a_file_goes_with_its_name_alone(line: Line) -> None:
    message = Message((Text("Your path"),), (File("path.md", b"# Path"), File("empty.md", b"")))
    await line.chat.send(PERSON, message, 7)
    (way,) = line.wire.of("files.getUploadURLExternal")
    assert way == {"filename": "path.md", "length": "6"}


def marked(delivery_id: int, ts: str, part: int = 1, parts: int = 1) -> dict[str, object]:
    payload = {"delivery_id": delivery_id, "part": part, "parts": parts}
    return {"ts": ts, "metadata": {"event_type": "cairn_delivery", "event_payload": payload}}


async def test_a_delivery_is_found_on_a_later_page(line: Line) -> None:
    other = {"ts": "5.0", "metadata": {"event_type": "other", "event_payload": {"delivery_id": 7}}}
    page = {"ok": True, "messages": [{"ts": "4.0"}, marked(6, "4.5"), other]}
    line.wire.then(
        "conversations.history",
        {**page, "response_metadata": {"next_cursor": "next"}},
        {"ok": True, "messages": [marked(7, "6.0")], "response_metadata": {"next_cursor": ""}},
    )
    found = await line.chat.find(CHANNEL, 7, line.clock.now())
    assert found == MessageRef(CHANNEL, "6.0")
    first, second = line.wire.of("conversations.history")
    assert first["include_all_metadata"] == "1"
    assert first["oldest"] == f"{line.clock.now().timestamp():.6f}"
    assert "cursor" not in first
    assert second == {**first, "cursor": "next"}


async def test_a_delivery_of_which_the_last_part_is_missing_is_not_found(line: Line) -> None:
    line.wire.then("conversations.history", {"ok": True, "messages": [marked(7, "6.0", 1, 2)]})
    assert await line.chat.find(CHANNEL, 7, line.clock.now()) is None


@pytest.mark.parametrize(
    ("place", "users", "channel"), [(PERSON, "U1", "D1"), (ROOM, "U1,U2", "GU1U2")]
)
async def test_a_conversation_is_opened_to_look_into_it(
    line: Line, place: PlaceRef, users: str, channel: str
) -> None:
    line.wire.then("conversations.history", {"ok": True, "messages": [marked(7, "6.0")]})
    found = await line.chat.find(place, 7, line.clock.now())
    assert found is not None
    assert found.place == names.place(TEAM, channel, place.kind)
    assert line.wire.of("conversations.open")[0]["users"] == users


@pytest.mark.parametrize("answer", [dropped, hanging, status(502), failed("fatal_error")])
async def test_a_look_without_an_answer_says_nothing(line: Line, answer: Answer) -> None:
    line.wire.always("conversations.history", answer)
    with pytest.raises(ChatUncertainError):
        await line.chat.find(CHANNEL, 7, line.clock.now())


async def test_a_look_that_comes_to_no_end_says_nothing(line: Line) -> None:
    line.wire.always(
        "conversations.history",
        {"ok": True, "messages": [], "response_metadata": {"next_cursor": "on"}},
    )
    with pytest.raises(ChatUncertainError):
        await line.chat.find(CHANNEL, 7, line.clock.now())


async def test_a_refused_look_is_a_refusal(line: Line) -> None:
    line.wire.then("conversations.history", failed("missing_scope", needed="channels:history"))
    with pytest.raises(ChatRefusedError):
        await line.chat.find(CHANNEL, 7, line.clock.now())


async def test_calls_share_one_line(line: Line) -> None:
    for number in range(3):
        await line.chat.send(CHANNEL, HELLO, number)
    connector = line.web.session.connector
    assert connector is not None
    assert connector.limit == 100
    assert sum(len(held) for held in connector._conns.values()) == 1


async def test_nothing_is_open_after_the_end(line: Line, web: Web) -> None:
    await line.chat.send(CHANNEL, HELLO, 7)
    await line.chat.close()
    assert web.session.closed
