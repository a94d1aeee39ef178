"""Two processes on one PostgreSQL in front of Slack; one is killed in the middle of a wave."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.slack import names
from adapters.storage.database import Database
from adapters.storage.tables import delivery
from bot.bootstrap.core import build, grounded
from bot.chat.identity import PlaceKind
from bot.chat.incoming import Person
from bot.services.installing import install
from bot.services.joining import Wishes, join
from tests.e2e.served import NOTICED_AFTER, Quiet, Rehearsal, Served
from tests.e2e.slack_settings import settings_for
from tests.fakes.clock import FakeClock
from tests.ports import free_port
from tests.servers.slack.hands import PersonHands
from tests.servers.slack.server import SlackServer
from tests.servers.slack.world import Workspace

MEMBERS = 300
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=2, seconds=5)
"""More than a lease and the time after which a message is looked for."""


async def test_what_a_killed_replica_was_at_is_done_by_the_other(
    tmp_path: Path, postgresql_url: str
) -> None:
    key = new_ring_key()
    clock = Rehearsal(tmp_path / "offset", MORNING - timedelta(minutes=1))
    async with SlackServer(now=clock.now) as slack:
        workspace = slack.add_workspace()
        people = [slack.add_person(workspace, f"U{n:04}", f"m{n}") for n in range(MEMBERS)]
        await _join(postgresql_url, key, workspace, people)
        token = slack.install("T1").bot_token
        replicas = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            settings = settings_for(slack, token, folder, key, free_port(), socket_mode=True)
            settings["CAIRN_DATABASE_URL"] = postgresql_url
            settings["CAIRN_CLOCK_OFFSET_FILE"] = str(clock.path)
            replicas.append(Served(folder, settings))
        await asyncio.gather(*[each.start() for each in replicas])
        quiet = Quiet(postgresql_url, KeyRingCipher.from_keys([key]), clock.now)
        clock.move_to(MORNING)
        try:
            await _until_posted(workspace, MEMBERS // 5)
            await replicas[0].kill()
            at_kill = len(_posted(workspace))
            for _ in range(3):
                await asyncio.sleep(2 * NOTICED_AFTER)
                clock.move_to(clock.now() + STEP)
            for _ in range(300):
                if not await quiet.unfinished():
                    break
                await asyncio.sleep(0.1)
        finally:
            await replicas[0].kill()
            await replicas[1].stop()
            await quiet.close()
        assert slack.violations == []
        assert at_kill < MEMBERS
        copies = Counter(_posted(workspace))
        assert set(copies.values()) == {1}
        assert len(copies) == MEMBERS
    database = Database(postgresql_url)
    async with database.reading() as connection:
        states = (await connection.execute(select(delivery.c.state))).scalars().all()
    await database.close()
    assert Counter(states) == {"sent": MEMBERS}


async def _until_posted(workspace: Workspace, number: int) -> None:
    for _ in range(1_200):
        if len(_posted(workspace)) >= number:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def _posted(workspace: Workspace) -> list[str]:
    return [
        message.metadata["event_payload"]["delivery_id"]
        for channel in workspace.channels.values()
        for message in channel.messages
        if message.metadata is not None
    ]


async def _join(url: str, key: str, workspace: Workspace, people: list[PersonHands]) -> None:
    """Everybody is a member, and all are asked at once."""
    clock = FakeClock(MORNING - timedelta(days=3))
    async with grounded(url, (key,), clock) as ground:
        community = names.community(workspace.team_id)
        host = Person(names.account("T1", people[0].id), "m0")
        async with build(ground, {}).storage.work() as work:
            programme = await install(work, community, "Acme", host, "en")
            for hands in people:
                person = Person(names.account("T1", hands.id), hands.profile.name)
                place = names.place("T1", hands.direct.id, PlaceKind.DIRECT)
                wishes = Wishes(zone="UTC", minute=8 * 60)
                await join(work, person, programme, place, wishes=wishes, now=clock.now())
        async with ground.database.writing() as connection:
            # the first questions, which came days ago
            await connection.execute(delivery.delete())
