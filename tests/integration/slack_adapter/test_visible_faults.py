"""What keeps Cairn from reaching somebody is recorded, and those whom it concerns can see it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.slack.history import OUTAGE
from bot.bootstrap.slack import examine_slack
from bot.domain.delivery import Reason
from tests.integration.slack_adapter.office import Office, prompts, said, until, words
from tests.servers.slack.hands import PersonHands
from tests.servers.slack.world import StoredMessage

NUDGE = 'admin nudge add channel=<#C1|team> when="every day 09:00" zone=UTC'


@pytest.fixture
async def ben(office: Office) -> AsyncIterator[PersonHands]:
    """Who runs the workspace, while Cairn is served."""
    office.by_socket()
    hands = office.slack.add_person(office.workspace, "UBEN", "ben", is_admin=True)
    async with office.served():
        yield hands


async def listed(office: Office, hands: PersonHands, command: str) -> str:
    """What a command shows, given where answers are for one person only."""
    if "CQUIET" not in office.workspace.channels:
        office.workspace.add_channel("CQUIET", "quiet", members=(hands.id,))
    await hands.command(command, "CQUIET")
    await office.settled()
    return hands.ephemerals[-1].text


async def test_a_closed_messages_tab_shows_in_status(office: Office, ben: PersonHands) -> None:
    office.workspace.is_tab_closed = True
    await ben.command("start zone=UTC")
    await office.settled()
    assert await office.reasons() == [Reason.UNREACHABLE]
    assert "can't be reached in a direct message" in await listed(office, ben, "status")
    office.workspace.is_tab_closed = False
    await ben.command("start zone=UTC")
    await ben.command("reflect")
    await office.settled()
    assert prompts(said(ben))
    assert "can't be reached" not in await listed(office, ben, "status")


async def test_somebody_who_was_deactivated_is_left_alone(office: Office, ben: PersonHands) -> None:
    dia = office.slack.add_person(office.workspace, "UDIA", "dia")
    await office.join(dia, "zone=UTC")
    asked = len(said(dia))
    await dia.change_profile(is_deleted=True)
    await dia.command("reflect")
    await office.settled()
    assert len(said(dia)) == asked
    assert set(await office.reasons()) <= {Reason.UNREACHABLE}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("archive", "the conversation isn't there any more"),
        ("private", "the conversation isn't there any more"),
        ("scope", "I'm not allowed to write there"),
        ("restricted", "I'm not allowed to write there"),
    ],
)
async def test_a_nudge_that_does_not_arrive_is_listed_with_its_reason(
    office: Office, ben: PersonHands, spoil: str, reason: str
) -> None:
    channel = office.workspace.add_channel("C1", "team")
    await ben.command(NUDGE)
    await office.settled()
    match spoil:
        case "archive":
            channel.is_archived = True
        case "private":
            channel.kind = "group"
            channel.members.clear()
        case "scope":
            office.slack.take_scope("T1", "chat:write")
        case _:
            office.slack.faults.fail(
                "chat.postMessage", "restricted_action", lambda asked: asked["channel"] == "C1"
            )
    await ben.command("admin nudge now")
    await until(lambda: any(c.method == "chat.postMessage" for c in office.slack.calls))
    await office.settled()
    assert reason in await listed(office, ben, "admin nudge list")


async def test_a_revoked_token_stops_sending_and_loses_nothing(
    office: Office, ben: PersonHands
) -> None:
    await office.join(ben, "zone=UTC")
    office.slack.spoil_tokens("T1", "token_revoked")
    asked = len(said(ben))
    await ben.command("reflect")
    await until(lambda: any(c.response.get("error") == "token_revoked" for c in office.slack.calls))
    assert len(said(ben)) == asked
    found = await examine_slack(office.read_settings())
    assert next((is_well, "token_revoked" in line) for is_well, line in found) == (False, True)
    assert await office.reasons() == []


async def test_doctor_names_what_is_missing(office: Office, ben: PersonHands) -> None:
    found = dict(await named_findings(office))
    assert found == {"SLACK_BOT_TOKEN": True, "The": True, "SLACK_APP_TOKEN": True}
    office.slack.take_scope("T1", "files:write")
    lines = [line for is_well, line in await examine_slack(office.read_settings()) if not is_well]
    assert len(lines) == 1
    assert "files:write" in lines[0]
    assert "Update its manifest" in lines[0]
    office.settings["SLACK_APP_TOKEN"] = "xapp-wrong"
    assert (await named_findings(office))[-1] == ("Slack", False)


async def named_findings(office: Office) -> list[tuple[str, bool]]:
    """The first word of each finding, and whether it is well."""
    found = await examine_slack(office.read_settings())
    return [(line.split()[0], is_well) for is_well, line in found]


async def test_one_workspaces_limit_holds_up_no_other(office: Office) -> None:
    office.by_oauth()
    ana = office.slack.add_person(office.workspace, "UANA", "ana")
    eve = office.slack.add_person(office.slack.add_workspace("T2", "Other"), "UEVE", "eve")
    async with office.served():
        for hands in (ana, eve):
            await hands.install(f"{office.public_url}/slack/install")
        await office.settled()
        office.slack.faults.rate_limit("chat.postMessage", 30)
        await ana.command("start zone=UTC")
        await until(lambda: any(c.method == "users.info" for c in office.slack.calls))
        await eve.command("start zone=UTC")
        await until(lambda: prompts(said(eve)))
        assert prompts(said(ana)) == []
        before = [c.team for c in office.slack.calls if c.method == "chat.postMessage"].count("T1")
        await office.pass_time(timedelta(seconds=31))
        await until(lambda: prompts(said(ana)))
    posts = [c for c in office.slack.calls if c.method == "chat.postMessage" and c.team == "T1"]
    assert len(posts) > before
    assert all(call.status == 200 for call in posts)


async def test_what_was_said_in_a_long_outage_is_read_once(office: Office) -> None:
    office.by_socket()
    office.slack.retry_delays = ()
    ben = office.slack.add_person(office.workspace, "UBEN", "ben")
    async with office.served():
        await office.join(ben, "zone=UTC")
        heard = await ben.say_direct("Said while it listened.")
        await office.settled()
    office.clock.advance(timedelta(minutes=1))
    own = office.workspace.channels[ben.direct.id]
    missed = StoredMessage(office.workspace.next_ts(), own.id, ben.id, "Said while it was away.")
    own.messages.append(missed)
    office.clock.advance(OUTAGE)
    async with office.served() as cairn:
        await until(lambda: reads(office))
        await asyncio.sleep(2.5)  # a second between two calls
        await office.settled()
        assert await words(cairn, ben) == [heard.text, missed.text]
    read = reads(office)
    # a short absence is Slack's to bridge
    async with office.served():
        await asyncio.sleep(1.5)
    assert reads(office) == read
    office.clock.advance(OUTAGE)
    async with office.served() as cairn:
        await until(lambda: reads(office) > read)
        await asyncio.sleep(2.5)
        await office.settled()
        assert await words(cairn, ben) == [heard.text, missed.text]


def reads(office: Office) -> int:
    """How often Cairn read a history."""
    return sum(call.method.startswith("conversations.hi") for call in office.slack.calls)
