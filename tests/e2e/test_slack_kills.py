"""The program is killed at random moments in front of Slack: nothing lost, nothing twice."""

import asyncio
import os
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.slack import names
from adapters.storage.database import Database
from adapters.storage.tables import delivery
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.identity import PlaceKind
from bot.chat.incoming import Person
from tests.e2e.members import joined
from tests.e2e.served import Nursery, Quiet, Rehearsal
from tests.e2e.slack_settings import settings_for
from tests.servers.slack.hands import PersonHands
from tests.servers.slack.server import SlackServer
from tests.servers.slack.world import StoredMessage, Workspace

KILLS = int(os.environ.get("CAIRN_KILLS", "200"))
MEMBERS = 2 * KILLS
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=2, seconds=5)
"""More than a lease and the time after which a message is looked for."""

LONGEST_LIFE = 0.9
REDELIVERIES = (0.0, *[0.25] * 4000)


async def test_killed_at_random_moments_it_loses_nothing_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    key, moments = new_ring_key(), random.Random(20260302)
    clock = Rehearsal(tmp_path / "offset", MORNING - timedelta(minutes=5))
    async with SlackServer(now=clock.now, retry_delays=REDELIVERIES, ack_timeout=1.0) as slack:
        slack.waits_for_acks = False
        workspace = slack.add_workspace()
        people = [slack.add_person(workspace, f"U{n:04}", f"m{n}") for n in range(MEMBERS)]
        token = slack.install("T1").bot_token
        settings = settings_for(slack, token, tmp_path, key, 0, socket_mode=True)
        settings["CAIRN_CLOCK_OFFSET_FILE"] = str(clock.path)
        url = f"sqlite:///{tmp_path / 'data' / 'cairn.db'}"
        await _join(url, key, workspace, people)
        nursery = Nursery(tmp_path, settings)
        said: list[tuple[str, StoredMessage]] = []
        await nursery.open()
        try:
            await nursery.bear()
            nudge = await _nudge(slack, workspace)
            for _ in range(KILLS):
                await nursery.bear()
                ends_at = asyncio.get_running_loop().time() + moments.uniform(0.02, LONGEST_LIFE)
                while (left := ends_at - asyncio.get_running_loop().time()) > 0:
                    person = moments.choice(people)
                    text = f"thought number {len(said)} of mine"
                    message = await person.say(text, nudge.channel, nudge.ts)
                    said.append((person.id, message))
                    await asyncio.sleep(min(left, moments.uniform(0.05, 0.3)))
                nursery.kill_all()
                clock.move_to(clock.now() + STEP)
            await nursery.bear()
            await _settle(url, key, clock, slack)
        finally:
            await nursery.close()
        _check_slack(slack, workspace, said)
        await _check_database(url, key, slack, workspace, said)


async def _nudge(slack: SlackServer, workspace: Workspace) -> StoredMessage:
    """A question in a channel, that people answer in its thread."""
    workspace.add_channel("CTEAM", "team", members=tuple(workspace.people))
    cora = slack.add_person(workspace, "UCORA", "cora")
    await slack.sockets.wait()
    slack.waits_for_acks = True
    await cora.command('admin nudge add channel=<#CTEAM|team> when="every day 07:00" zone=UTC')
    await cora.command("admin nudge now")
    slack.waits_for_acks = False
    posted: list[StoredMessage] = []
    while not posted:
        await asyncio.sleep(0.05)
        posted = [m for m in workspace.messages("CTEAM") if m.metadata is not None]
    return posted[0]


async def _join(url: str, key: str, workspace: Workspace, people: list[PersonHands]) -> None:
    """Everybody is a member, each asked a minute after the one before."""
    await joined(
        url,
        key,
        MORNING - timedelta(days=3),
        community=names.community(workspace.team_id),
        coordinator=Person(names.account("T1", "UCORA"), "cora"),
        people=[
            (
                Person(names.account("T1", hands.id), hands.profile.name),
                names.place("T1", hands.direct.id, PlaceKind.DIRECT),
            )
            for hands in people
        ],
    )


async def _settle(url: str, key: str, clock: Rehearsal, slack: SlackServer) -> None:
    """Let time pass until everything is done: leases end, doubts are looked into."""
    quiet = Quiet(url, KeyRingCipher.from_keys([key]), clock.now)
    try:
        await slack.quiet(60)
        for _ in range(12):
            clock.move_to(clock.now() + STEP)
            await asyncio.sleep(1.5)
        for _ in range(600):
            if not await quiet.unfinished():
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(str(await quiet.unfinished()))
    finally:
        await quiet.close()


def _check_slack(
    slack: SlackServer, workspace: Workspace, said: list[tuple[str, StoredMessage]]
) -> None:
    assert slack.violations == []
    unacknowledged = [one.body for one in slack.deliveries if not one.acknowledged]
    assert unacknowledged == []
    assert len(said) > KILLS
    carried = Counter(
        message.metadata["event_payload"]["delivery_id"]
        for channel in workspace.channels.values()
        for message in channel.messages
        if message.metadata is not None
    )
    assert [number for number, copies in carried.items() if copies > 1] == []
    assert len(carried) > KILLS


async def _check_database(
    url: str,
    key: str,
    slack: SlackServer,
    workspace: Workspace,
    said: list[tuple[str, StoredMessage]],
) -> None:
    database = Database(url)
    storage = SqlStorage(database, KeyRingCipher.from_keys([key]))
    kept: Counter[str] = Counter()
    async with storage.reading() as work:
        for user in {user for user, _ in said}:
            account = await work.accounts.find(names.account("T1", user))
            assert account is not None
            for one in await work.reflections.of_author(account.id):
                kept.update(one.text.split("\n"))
    async with database.reading() as connection:
        rows = (await connection.execute(select(delivery))).all()
    await database.close()
    assert {text: kept[text] for text in kept if kept[text] > 1} == {}
    assert [message.text for _, message in said if not kept[message.text]] == []
    shown = {
        message.metadata["event_payload"]["delivery_id"]
        for channel in workspace.channels.values()
        for message in channel.messages
        if message.metadata is not None
    }
    assert {row.id for row in rows if row.state == "sent"} == shown
    assert [row.id for row in rows if row.state not in ("sent", "failed", "skipped")] == []
    assert [row.id for row in rows if row.state == "failed" or row.reason == "unconfirmed"] == []
