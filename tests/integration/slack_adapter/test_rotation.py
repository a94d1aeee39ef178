"""Tokens that end after twelve hours, renewed by whoever sends, and by one replica at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from slack_sdk.oauth.installation_store import Installation

from adapters.crypto.ring import KeyRingCipher
from adapters.slack.calls import TOKEN_WAIT, Calls
from adapters.slack.records import InstallationRecords
from adapters.slack.rotation import RENEW_BEFORE, InstalledTokens
from adapters.slack.waits import CallWaits
from adapters.slack.web import Web
from adapters.storage.database import Database
from adapters.storage.installations import SqlInstallations, SqlWaits
from bot.ports.chat import ChatBusyError
from tests.fakes.clock import FakeClock
from tests.servers.slack.server import SlackServer
from tests.servers.slack.world import LIVES


@dataclass
class Rotating:
    """Slack, and replicas of Cairn that share a database."""

    slack: SlackServer
    clock: FakeClock
    replicas: list[Calls]
    lost: list[tuple[str, str]]

    @property
    def refreshes(self) -> int:
        return [call.method for call in self.slack.calls].count("oauth.v2.access")

    async def post(self, number: int = 0) -> None:
        """Post something through one of the replicas."""
        calls = self.replicas[number]
        await calls.send_json("T1", "chat.postMessage", channel="C1", text="hello")


@asynccontextmanager
async def replica(
    slack: SlackServer, url: str, cipher: KeyRingCipher, clock: FakeClock
) -> AsyncIterator[tuple[Calls, InstallationRecords]]:
    database, web = Database(url), Web(slack.api_url)
    installations = SqlInstallations(database, cipher)
    records = InstallationRecords(installations)
    credentials = {"client_id": slack.app.client_id, "client_secret": slack.app.client_secret}
    tokens = InstalledTokens(web, records, installations, clock, **credentials)
    try:
        yield Calls(web, tokens, CallWaits(SqlWaits(database), clock), clock), records
    finally:
        await web.close()
        await database.close()


@pytest.fixture
async def rotating(database_url: str, cipher: KeyRingCipher) -> AsyncIterator[Rotating]:
    clock = FakeClock()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackServer(now=clock.now))
        workspace = slack.add_workspace()
        workspace.add_channel("C1", "team")
        installed = slack.install("T1", rotating=True)
        made = [
            await stack.enter_async_context(replica(slack, database_url, cipher, clock))
            for _ in range(3)
        ]
        await made[0][1].async_save(
            Installation(
                user_id="UANA",
                team_id="T1",
                bot_token=installed.bot_token,
                bot_refresh_token=installed.refresh_token,
                bot_token_expires_at=int((clock.now() + LIVES).timestamp()),
            )
        )
        lost: list[tuple[str, str]] = []

        async def note(team: str, code: str) -> None:
            lost.append((team, code))

        for calls, _ in made:
            calls.on_token_refused = note
        yield Rotating(slack, clock, [calls for calls, _ in made], lost)
        assert slack.violations == []


async def test_a_token_with_time_left_is_used_as_it_is(rotating: Rotating) -> None:
    rotating.clock.advance(LIVES - RENEW_BEFORE - timedelta(minutes=1))
    await rotating.post()
    assert rotating.refreshes == 0


async def test_the_sender_renews_it_before_it_ends(rotating: Rotating) -> None:
    rotating.clock.advance(LIVES - RENEW_BEFORE)
    await rotating.post()
    await rotating.post()
    assert rotating.refreshes == 1


async def test_for_days_nobody_needs_to_look_after_it(rotating: Rotating) -> None:
    for _ in range(20):
        rotating.clock.advance(timedelta(hours=11))
        await rotating.post()
    assert rotating.refreshes == 20
    assert rotating.lost == []


async def test_replicas_at_the_same_moment_renew_it_once(rotating: Rotating) -> None:
    rotating.clock.advance(LIVES - RENEW_BEFORE)
    await asyncio.gather(*(rotating.post(number % 3) for number in range(30)))
    assert rotating.refreshes == 1
    assert rotating.lost == []


async def test_even_when_it_has_ended_already(rotating: Rotating) -> None:
    rotating.clock.advance(LIVES + timedelta(hours=5))
    await asyncio.gather(*(rotating.post(number % 3) for number in range(30)))
    assert rotating.refreshes == 1
    assert rotating.lost == []


async def test_a_replica_with_an_old_token_in_memory_takes_the_stored_one(
    rotating: Rotating,
) -> None:
    await rotating.post(1)
    rotating.clock.advance(LIVES - RENEW_BEFORE)
    await rotating.post(0)
    rotating.slack.spoil_old_tokens("T1", "token_revoked")
    await rotating.post(1)
    assert rotating.refreshes == 1
    assert rotating.lost == []


async def test_while_the_old_token_lives_a_failed_renewal_harms_nobody(rotating: Rotating) -> None:
    rotating.clock.advance(LIVES - RENEW_BEFORE)
    rotating.slack.faults.status("oauth.v2.access", 503)
    await rotating.post()
    await rotating.post()
    assert rotating.refreshes == 0
    rotating.clock.advance(timedelta(seconds=61))
    await rotating.post()
    assert rotating.refreshes == 1


async def test_a_refresh_token_that_slack_does_not_take_is_told(rotating: Rotating) -> None:
    rotating.clock.advance(LIVES + timedelta(hours=1))
    rotating.slack.faults.fail("oauth.v2.access", "invalid_refresh_token")
    with pytest.raises(ChatBusyError) as caught:
        await rotating.post()
    assert caught.value.retry_after == TOKEN_WAIT
    assert rotating.lost == [("T1", "token_not_renewed")]
