"""Workspaces install Cairn, one after another, and remove it; each by itself."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.slack.manifest import SCOPES
from adapters.slack.oauth import STATE_LIVES
from tests.integration.slack_adapter.office import Office, prompts, said, texts, words
from tests.servers.slack import events
from tests.servers.slack.hands import PersonHands, link_on
from tests.servers.slack.server import ApiCall
from tests.servers.slack.world import BOT_USER, Json

REVOKED: Json = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}
UNINSTALLED: Json = {"type": "app_uninstalled"}


@pytest.fixture
def ana(office: Office) -> PersonHands:
    """In the workspace T1."""
    office.by_oauth()
    return office.slack.add_person(office.workspace, "UANA", "ana")


@pytest.fixture
def eve(office: Office) -> PersonHands:
    """In the workspace T2."""
    return office.slack.add_person(office.slack.add_workspace("T2", "Other"), "UEVE", "eve")


async def install(office: Office, *people: PersonHands) -> None:
    for hands in people:
        status, page = await hands.install(f"{office.public_url}/slack/install")
        assert (status, "xoxb" in page) == (200, False)
    await office.settled()


async def test_only_who_installs_is_greeted_and_coordinates(
    office: Office, ana: PersonHands
) -> None:
    dia = office.slack.add_person(office.workspace, "UDIA", "dia")
    async with office.served():
        await install(office, ana)
        assert [text.split(".")[0] for text in texts(ana)] == [
            "Hello ana, Cairn is here, and you are its coordinator"
        ]
        assert said(dia) == []
        setup = 'admin setup channel=<#C1|team> when="every weekday 09:30" zone=UTC'
        office.workspace.add_channel("C1", "team")
        for hands in (ana, dia):
            await hands.command(setup)
        await office.settled()
    assert "<#C1>" in texts(ana)[-1]
    assert "for coordinators" in texts(dia)[-1]
    assert office.workspace.messages("C1") == []


async def test_each_workspace_has_its_own_token_and_its_own_people(
    office: Office, ana: PersonHands, eve: PersonHands
) -> None:
    async with office.served():
        await install(office, ana, eve)
        for hands in (ana, eve):
            await office.join(hands)
    posted = [call for call in office.slack.calls if call.method == "chat.postMessage"]
    assert {call.team for call in posted} == {"T1", "T2"}
    assert all(call.response["ok"] for call in posted)
    assert len(said(ana)) == len(said(eve)) >= 3


async def test_tokens_stand_nowhere_in_clear(office: Office, ana: PersonHands) -> None:
    async with office.served():
        await install(office, ana)
    folder = Path(office.url.removeprefix("sqlite:///")).parent
    stored = b"".join(path.read_bytes() for path in folder.glob("cairn.db*"))
    assert b"Acme" in stored
    assert b"xoxb" not in stored
    assert office.slack.app.client_secret.encode() not in stored


async def test_after_a_restart_it_is_still_installed(office: Office, ana: PersonHands) -> None:
    async with office.served():
        await install(office, ana)
    async with office.served():
        await ana.command("help")
        await office.settled()
    assert len(said(ana)) == 2


@pytest.mark.parametrize("spoil", ["none", "other", "late", "no cookie"])
async def test_an_installation_that_nobody_here_began_is_refused(
    office: Office, ana: PersonHands, spoil: str
) -> None:
    async with office.served(), aiohttp.ClientSession() as web:
        async with web.get(f"{office.public_url}/slack/install") as page:
            cookie = {name: one.value for name, one in page.cookies.items()}
            state = next(iter(cookie.values()))
        answer = {"code": "code-1", "state": state}
        match spoil:
            case "none":
                del answer["state"]
            case "other":
                answer["state"] = f"{state[:-2]}AA"
            case "late":
                office.clock.advance(STATE_LIVES + timedelta(seconds=1))
            case _:
                cookie = {}
        address = f"{office.public_url}/slack/oauth_redirect"
        jar = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as browser,
            browser.get(address, params=answer, cookies=cookie) as page,
        ):
            assert page.status in (400, 401)
        await office.settled()
    assert [call for call in office.slack.calls if call.method == "oauth.v2.access"] == []


async def test_who_says_no_is_sent_back_without_harm(office: Office, ana: PersonHands) -> None:
    async with office.served(), aiohttp.ClientSession() as web:
        address = f"{office.public_url}/slack/oauth_redirect"
        async with web.get(address, params={"error": "access_denied", "state": "x"}) as page:
            assert page.status in (200, 400)
    assert [call for call in office.slack.calls if call.method == "oauth.v2.access"] == []


async def test_a_code_that_slack_does_not_take_installs_nothing(
    office: Office, ana: PersonHands
) -> None:
    office.slack.faults.fail("oauth.v2.access", "invalid_code")
    async with office.served():
        status, _ = await ana.install(f"{office.public_url}/slack/install")
        assert status >= 400
        await office.settled()
    assert said(ana) == []


async def test_the_way_to_slack_asks_for_exactly_what_cairn_needs(
    office: Office, ana: PersonHands
) -> None:
    async with (
        office.served(),
        aiohttp.ClientSession() as web,
        web.get(f"{office.public_url}/slack/install") as page,
    ):
        target = urlsplit(link_on(await page.text()))
    asked = {name: values[0] for name, values in parse_qs(target.query).items()}
    # the same host as the API: GovSlack has its own
    assert f"{target.scheme}://{target.netloc}/" == office.slack.api_url.removesuffix("api/")
    assert set(asked["scope"].split(",")) == set(SCOPES)
    assert asked.get("user_scope", "") == ""
    assert asked["redirect_uri"] == f"{office.public_url}/slack/oauth_redirect"


async def test_an_organisation_is_told_that_only_workspaces_work(
    office: Office, ana: PersonHands
) -> None:
    office.slack.is_org_wide = True
    async with office.served():
        status, page = await ana.install(f"{office.public_url}/slack/install")
        assert status == 400
        assert "single workspaces only" in page
        await office.settled()
    assert said(ana) == []


@pytest.mark.parametrize("order", [(REVOKED, UNINSTALLED), (UNINSTALLED, REVOKED)])
async def test_removing_stops_that_workspace_only_and_keeps_what_was_written(
    office: Office, ana: PersonHands, eve: PersonHands, order: tuple[Json, Json]
) -> None:
    async with office.served() as cairn:
        await install(office, ana, eve)
        for hands in (ana, eve):
            await office.join(hands, "time=09:00 quiet=none days=mon-sun cadence=daily zone=UTC")
        await ana.say_direct("I fixed the printer.")
        await office.settled()
        seen = len(said(ana))
        office.slack.spoil_tokens("T1", "account_inactive")
        for inner in order:
            delivered = office.slack.deliver("events_api", events.callback(office.workspace, inner))
            await delivered.done.wait()
            assert delivered.acknowledged
        calls = len(calls_for(office, "T1"))
        await office.pass_to_next_prompt(cairn, eve)
        assert len(calls_for(office, "T1")) == calls
        assert len(said(ana)) == seen
        # back again: everything is there, and comes again
        await install(office, ana)
        await office.settled()
        assert await words(cairn, ana) == ["I fixed the printer."]
        await office.pass_to_next_prompt(cairn, ana)


def calls_for(office: Office, team: str) -> list[ApiCall]:
    return [call for call in office.slack.calls if call.team == team]


async def test_a_removal_that_is_told_late_does_not_end_a_new_installation(
    office: Office, ana: PersonHands
) -> None:
    async with office.served():
        await install(office, ana)
        late = [events.callback(office.workspace, inner) for inner in (REVOKED, UNINSTALLED)]
        office.slack.spoil_tokens("T1", "token_revoked")
        await install(office, ana)
        before = len(said(ana))
        for body in late:
            await office.slack.deliver("events_api", body).done.wait()
        await ana.command("help")
        await office.settled()
        assert len(said(ana)) == before + 1
        await office.join(ana)
    assert len(prompts(said(ana))) == 1
