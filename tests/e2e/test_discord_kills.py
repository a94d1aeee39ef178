"""Killed, and cut off the gateway, at random moments before Discord: nothing lost, nothing twice.

A process that starts anew is told nothing again by the gateway: it reads what it has missed.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.discord import names
from adapters.storage.database import Database
from adapters.storage.tables import delivery
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.incoming import Person
from tests.e2e.discord_settings import settings_for
from tests.e2e.members import joined
from tests.e2e.served import Nursery, Quiet, Rehearsal
from tests.servers.discord.hands import PersonHands
from tests.servers.discord.permissions import Permission
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.world import Channel, Guild

KILLS = int(os.environ.get("CAIRN_KILLS", "200"))
CUTS = KILLS
LOST_EVERY = 50
"""Every so many cuts the session is lost as well."""

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=2, seconds=5)
"""More than a lease, and more than the time for which a nonce is remembered."""

LONGEST_LIFE = 1.2
LONGEST_LINE = 0.3
PATIENCE = 240.0


@dataclass
class Server:
    """A guild whose members answer in the thread under a nudge, and one process of Cairn."""

    discord: DiscordServer
    guild: Guild
    cora: PersonHands
    people: list[PersonHands]
    clock: Rehearsal
    nursery: Nursery
    url: str
    key: str
    said: list[tuple[PersonHands, str]] = field(default_factory=list)

    async def nudge(self) -> Channel:
        """A question in a channel; the thread under it."""
        team = self.guild.channels[min(self.guild.channels, key=int)]
        await self.discord.gateway.wait()
        options = {"channel": team, "when": "every day 07:00", "zone": "UTC"}
        await self.cora.command("cairn-admin nudge add", options, team)
        await self.cora.command("cairn-admin nudge now", channel=team)
        found: list[Channel] = []
        while not found:
            await asyncio.sleep(0.05)
            found = [each for each in self.guild.channels.values() if each.is_thread]
        return found[0]

    async def say(self, person: PersonHands, where: Channel) -> None:
        text = f"thought number {len(self.said)} of mine"
        await person.say(text, where)
        self.said.append((person, text))

    async def kept(self) -> Counter[str]:
        """How often each text is kept."""
        database = Database(self.url)
        storage = SqlStorage(database, KeyRingCipher.from_keys([self.key]))
        found: Counter[str] = Counter()
        async with storage.reading() as work:
            for person in {person.id: person for person, _ in self.said}.values():
                account = await work.accounts.find(names.account(person.id))
                if account is not None:
                    for one in await work.reflections.of_author(account.id):
                        found.update(one.text.split("\n"))
        await database.close()
        return found

    async def settle(self) -> None:
        """Let time pass until everything is done: leases end, what was missed is read."""
        quiet = Quiet(self.url, KeyRingCipher.from_keys([self.key]), self.clock.now)
        try:
            for _ in range(6):
                self.clock.move_to(self.clock.now() + STEP)
                await asyncio.sleep(1.5)
            async with asyncio.timeout(PATIENCE):
                is_done = False
                while not is_done:
                    await asyncio.sleep(0.5)
                    is_done = not (await quiet.unfinished() or await self._is_anything_missing())
        finally:
            await quiet.close()

    async def _is_anything_missing(self) -> bool:
        kept = await self.kept()
        return any(not kept[text] for _, text in self.said)

    async def check(self) -> None:
        """Nothing lost, nothing twice, nothing in doubt."""
        assert self.discord.violations == []
        kept = await self.kept()
        assert {text: kept[text] for text in kept if kept[text] > 1} == {}
        assert [text for _, text in self.said if not kept[text]] == []
        places = [*self.guild.channels.values(), *(each.direct for each in self.people)]
        carried = Counter(
            message.nonce
            for place in places
            for message in place.standing()
            if message.author.is_bot and message.nonce is not None and not place.is_thread
        )
        assert [nonce for nonce, copies in carried.items() if copies > 1] == []
        database = Database(self.url)
        async with database.reading() as connection:
            rows = (await connection.execute(select(delivery))).all()
        await database.close()
        asked = [row for row in rows if row.kind in ("nudge", "reflection")]
        prompts = sum(any(m.buttons() for m in each.direct.standing()) for each in self.people)
        assert sum(row.state == "sent" for row in asked if row.kind == "reflection") >= prompts
        assert [row.id for row in rows if row.state not in ("sent", "failed", "skipped")] == []
        assert [
            row.id for row in rows if row.state == "failed" or row.reason == "unconfirmed"
        ] == []


@asynccontextmanager
async def _served(folder: Path, people: int) -> AsyncIterator[Server]:
    key = new_ring_key()
    clock = Rehearsal(folder / "offset", MORNING - timedelta(minutes=5))
    intents = {"message_content"}
    async with DiscordServer(now=clock.now, intents=intents) as discord:
        guild = discord.add_guild("Acme")
        guild.add_channel("team")
        may = int(Permission.MANAGE_GUILD)
        cora = discord.add_person(guild, "cora", permissions=may)
        members = [discord.add_person(guild, f"m{number}") for number in range(people)]
        url = f"sqlite:///{folder / 'data' / 'cairn.db'}"
        await joined(
            url,
            key,
            MORNING - timedelta(days=3),
            community=names.community(guild.id),
            coordinator=Person(names.account(cora.id), "cora"),
            people=[
                (Person(names.account(each.id), each.user.name), names.direct(each.direct.id))
                for each in members
            ],
            minutes_apart=2,
        )
        settings = settings_for(discord, folder, key, 0)
        settings["CAIRN_CLOCK_OFFSET_FILE"] = str(clock.path)
        nursery = Nursery(folder, settings)
        await nursery.open()
        try:
            yield Server(discord, guild, cora, members, clock, nursery, url, key)
        finally:
            await nursery.close()


async def test_killed_at_random_moments_it_loses_nothing_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    moments = random.Random(20260302)
    async with _served(tmp_path, KILLS) as server:
        await server.nursery.bear()
        thread = await server.nudge()
        for _ in range(KILLS):
            server.nursery.kill_all()
            await server.nursery.bear()
            ends_at = asyncio.get_running_loop().time() + moments.uniform(0.02, LONGEST_LIFE)
            while (left := ends_at - asyncio.get_running_loop().time()) > 0:
                await server.say(moments.choice(server.people), thread)
                await asyncio.sleep(min(left, moments.uniform(0.05, 0.3)))
            server.nursery.kill_all()
            server.clock.move_to(server.clock.now() + STEP)
        await server.nursery.bear()
        await server.settle()
        assert len(server.said) > KILLS
        await server.check()


async def test_cut_off_the_gateway_at_random_moments_it_loses_nothing(tmp_path: Path) -> None:
    """Most sessions are resumed; one that can't be is begun anew, and what was missed is read."""
    moments = random.Random(20260303)
    async with _served(tmp_path, CUTS) as server:
        await server.nursery.bear()
        thread = await server.nudge()
        cut = 0
        while cut < CUTS:
            await server.say(moments.choice(server.people), thread)
            await asyncio.sleep(moments.uniform(0.0, LONGEST_LINE))
            if server.discord.gateway.cut():
                cut += 1
                if cut % LOST_EVERY == 0:
                    server.discord.gateway.forget_sessions()
            server.clock.move_to(server.clock.now() + timedelta(seconds=20))
        await server.settle()
        assert server.discord.gateway.resumes > 0
        assert server.discord.gateway.identifies > cut // LOST_EVERY
        await server.check()
