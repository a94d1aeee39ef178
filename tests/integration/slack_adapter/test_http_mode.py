"""Slack's signed requests to Cairn: what is taken, what is refused, what is taken once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest

from tests.integration.slack_adapter.office import Office, said, texts
from tests.servers.slack import events
from tests.servers.slack.hands import PersonHands
from tests.servers.slack.world import Json

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@pytest.fixture
async def ben(office: Office) -> AsyncIterator[PersonHands]:
    """A member, while Cairn is served by HTTP."""
    office.by_http()
    hands = office.slack.add_person(office.workspace, "UBEN", "ben")
    async with office.served():
        await office.join(hands)
        yield hands


def typed_event(office: Office, hands: PersonHands, text: str) -> Json:
    """Something that somebody typed to Cairn, not handed over yet."""
    said_ts = office.workspace.next_ts()
    return events.callback(
        office.workspace,
        {
            "type": "message",
            "user": hands.id,
            "ts": said_ts,
            "text": text,
            "channel": hands.direct.id,
            "channel_type": "im",
        },
    )


async def test_a_command_is_acknowledged_and_answered(office: Office, ben: PersonHands) -> None:
    outcome = await ben.command("status")
    assert (outcome.status, outcome.payload) == (200, None)
    await office.settled()
    assert "ben" in texts(ben)[-1]


async def test_a_forged_request_is_refused_and_leaves_nothing(
    office: Office, ben: PersonHands
) -> None:
    office.slack.faults.forged = 1
    before = len(said(ben))
    outcome = await ben.command("status")
    assert (outcome.status, outcome.acknowledged) == (401, False)
    await office.settled()
    assert len(said(ben)) == before


@pytest.mark.parametrize("skew", [-301, 301])
async def test_a_stale_request_is_refused(office: Office, ben: PersonHands, skew: float) -> None:
    office.slack.faults.skew = skew
    outcome = await ben.command("status")
    assert (outcome.status, outcome.acknowledged) == (401, False)
    office.slack.faults.skew = skew * 0.9
    assert (await ben.command("status")).acknowledged


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=", "X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Signature": "v0=\u00e4", "X-Slack-Request-Timestamp": str(int(time.time()))},
    ],
)
async def test_a_request_without_signature_is_refused(
    office: Office, ben: PersonHands, headers: dict[str, str]
) -> None:
    content = json.dumps(typed_event(office, ben, "hello"))
    status, _, _ = await office.slack.requests.post(content, {"Content-Type": JSON, **headers})
    assert status == 401


async def test_a_signature_of_another_body_is_refused(office: Office, ben: PersonHands) -> None:
    signed = json.dumps(typed_event(office, ben, "hello"))
    headers = {"Content-Type": JSON, **office.slack.requests.signature(signed)}
    status, _, _ = await office.slack.requests.post(signed.replace("hello", "h3llo"), headers)
    assert status == 401


async def test_the_address_proves_itself(office: Office, ben: PersonHands) -> None:
    content = json.dumps({"type": "url_verification", "token": "t", "challenge": "c-123"})
    headers = {"Content-Type": JSON, **office.slack.requests.signature(content)}
    status, answer, _ = await office.slack.requests.post(content, headers)
    assert status == 200
    assert "c-123" in answer


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("{", JSON),
        ("[1]", JSON),
        ("null", JSON),
        ('"x"', JSON),
        ("", JSON),
        ("payload=%7B", FORM),
        ("payload=%5B%5D", FORM),
        ("a=1&a=2&;;", FORM),
        ("\x00\x01", "text/plain"),
        ('{"type": "event_callback"}', JSON),
        ('{"type": "event_callback", "team_id": "T1", "event": []}', JSON),
        ('{"type": "event_callback", "team_id": ["T1"], "event": {"type": {}}}', JSON),
        ('{"type": "block_actions", "team": "T1", "user": 7}', JSON),
    ],
)
async def test_what_is_signed_but_makes_no_sense_hurts_nobody(
    office: Office, ben: PersonHands, content: str, kind: str
) -> None:
    headers = {"Content-Type": kind, **office.slack.requests.signature(content)}
    status, _, _ = await office.slack.requests.post(content, headers)
    assert status in (200, 400, 500)
    assert (await ben.command("status")).acknowledged


async def test_what_is_far_too_large_is_not_read(office: Office, ben: PersonHands) -> None:
    content = BytesIO(b"x" * 2_000_001)
    async with (
        aiohttp.ClientSession() as web,
        web.post(f"{office.public_url}/slack/events", data=content) as answer,
    ):
        assert answer.status == 413


async def test_an_event_that_comes_again_counts_once(office: Office, ben: PersonHands) -> None:
    first = office.slack.deliver("events_api", typed_event(office, ben, "I fixed the printer."))
    await first.done.wait()
    await office.slack.redeliver(first)
    await office.settled()
    assert [text.startswith("Kept") for text in texts(ben)].count(True) == 1


async def test_an_event_that_came_only_as_a_retry_counts(office: Office, ben: PersonHands) -> None:
    content = json.dumps(typed_event(office, ben, "I fixed the printer."))
    retry = {"x-slack-retry-num": "2", "x-slack-retry-reason": "http_timeout"}
    headers = {"Content-Type": JSON, **retry, **office.slack.requests.signature(content)}
    status, _, _ = await office.slack.requests.post(content, headers)
    assert status == 200
    await office.settled()
    assert texts(ben)[-1].startswith("Kept")


@pytest.mark.parametrize("what", ["command", "press"])
async def test_what_a_person_did_once_counts_once(
    office: Office, ben: PersonHands, what: str
) -> None:
    if what == "command":
        await ben.command("why For Mira")
    else:
        await ben.press(said(ben)[-1], number=2)
    await office.settled()
    before = len(said(ben))
    await office.slack.redeliver(office.slack.deliveries[-1])
    await office.settled()
    assert len(said(ben)) == before


@pytest.mark.parametrize(
    "inner",
    [
        {"type": "channel_rename", "channel": {"id": "C1"}},
        {"type": "app_rate_limited", "minute_rate_limited": 1},
        {"type": "member_joined_channel", "user": "UBEN", "channel": "C1", "channel_type": "C"},
    ],
)
async def test_what_does_not_matter_is_acknowledged_and_forgotten(
    office: Office, ben: PersonHands, inner: Json
) -> None:
    content = json.dumps(events.callback(office.workspace, inner))
    headers = {"Content-Type": JSON, **office.slack.requests.signature(content)}
    assert (await office.slack.requests.post(content, headers))[0] == 200


async def test_another_workspace_is_not_let_in(office: Office, ben: PersonHands) -> None:
    other = office.slack.add_workspace("T2", "Elsewhere")
    stranger = office.slack.add_person(other, "UEVE", "eve")
    assert (await stranger.command("start")).acknowledged
    await office.settled()
    assert [text.split(",")[0] for text in texts(stranger)] == [
        "Cairn isn't installed in this workspace"
    ]


async def test_an_event_that_can_not_be_kept_is_sent_again_and_kept(
    office: Office, ben: PersonHands
) -> None:
    async with office.locked():
        delivered = office.slack.deliver("events_api", typed_event(office, ben, "In the dark."))
        await asyncio.sleep(2.5)
        assert delivered.status == 503
    await delivered.done.wait()
    assert delivered.acknowledged
    await office.settled()
    assert [text.startswith("Kept") for text in texts(ben)].count(True) == 1


async def test_a_command_that_can_not_be_kept_is_given_back(
    office: Office, ben: PersonHands
) -> None:
    async with office.locked():
        outcome = await ben.command("why For &lt;Mira&gt; &amp; the others")
    assert outcome.acknowledged
    assert outcome.seconds is not None
    assert outcome.seconds < 3
    assert outcome.payload["response_type"] == "ephemeral"
    assert "nothing was kept" in outcome.payload["text"]
    assert "&gt; why For &lt;Mira&gt; &amp; the others" in outcome.payload["text"]


async def test_a_form_that_can_not_be_kept_stays_open_with_its_words(
    office: Office, ben: PersonHands
) -> None:
    await ben.command("why")
    assert ben.modal is not None
    async with office.locked():
        outcome = await ben.submit({"text": "For Mira"})
    assert outcome.payload["response_action"] == "errors"
    assert "Your words are still here" in ben.errors["text"]
    assert ben.modal is not None
    await ben.submit({"text": "For Mira"})
    await office.settled()
    assert ben.modal is None


async def test_a_press_that_can_not_be_kept_is_told(office: Office, ben: PersonHands) -> None:
    async with office.locked():
        assert (await ben.press(said(ben)[-1], number=2)).acknowledged
    await office.settled()
    assert any("nothing was kept" in text for text in texts(ben))
