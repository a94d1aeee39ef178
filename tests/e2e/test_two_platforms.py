"""One process serves Slack and Discord on one database: a pair across both, and their letters."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from tests.e2e import discord_settings, slack_settings
from tests.e2e.served import NOTICED_AFTER, PATIENCE, Quiet, Rehearsal, Served
from tests.ports import free_port
from tests.servers.discord.hands import PersonHands as DiscordHands
from tests.servers.discord.permissions import Permission
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.world import Channel
from tests.servers.discord.world import StoredMessage as DiscordMessage
from tests.servers.slack.hands import PersonHands as SlackHands
from tests.servers.slack.server import SlackServer
from tests.servers.slack.world import StoredMessage as SlackMessage

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=2, seconds=5)
"""More than a lease, and more than the time after which a message is looked for."""

LONG = 8.0
"""Seconds that an answer keeps the program waiting: less than a call may take."""

NOTE = "My lighthouse is a team of my own."
LETTER = "Shall we meet on Thursday? I'd bring the plan of the orchard."
ANSWER = "Thursday is good, and so is the orchard."


@dataclass
class Both:
    """A workspace and a server, with a coordinator and one more person on each."""

    slack: SlackServer
    discord: DiscordServer
    served: Served
    clock: Rehearsal
    database: Quiet
    cora: SlackHands
    ana: SlackHands
    dora: DiscordHands
    ben: DiscordHands
    lobby: Channel

    async def quiet(self, patience: float) -> None:
        """Wait until nothing is on its way to the program."""
        await self.slack.quiet(patience)
        await self.discord.quiet(patience)

    async def settle(self) -> None:
        """Wait until everything is done."""
        await self.database.wait(self)

    async def start(self, *platforms: str) -> None:
        """Start, and wait until it listens."""
        await self.served.start(*platforms)
        await self.slack.sockets.wait()
        if not platforms or "discord" in platforms:
            await self.discord.gateway.wait()

    async def come_back(self) -> None:
        """Start after a kill, and let time pass until nothing is in doubt any more."""
        self.clock.move_to(self.clock.now() + STEP)
        await self.start()
        async with asyncio.timeout(PATIENCE):
            while await self.database.unfinished():
                await asyncio.sleep(2 * NOTICED_AFTER)
                self.clock.move_to(self.clock.now() + STEP)
        await self.settle()

    async def link(self) -> None:
        """The coordinators bring their communities together."""
        await self.cora.command("start zone=Europe/Sofia time=18:00")
        await self.settle()
        await self.cora.command('admin setup channel=<#CTEAM|team> when="every day 07:00" zone=UTC')
        await self.settle()
        await self.cora.press(self.on_slack(self.cora, "would happen")[-1], "Go")
        await self.cora.command("admin link")
        await self.settle()
        told = self.on_slack(self.cora, "With the code")[-1].text
        code = re.search(r"`([A-Z0-9]{5}-[A-Z0-9]{5})`", told)
        assert code is not None
        await self.dora.command("cairn start", {"zone": "UTC", "time": "18:00"}, self.lobby)
        await self.settle()
        await self.dora.command("cairn-admin link", {"code": code[1]}, self.lobby)
        await self.settle()
        await self.cora.press(self.on_slack(self.cora, "would like to join")[-1], "Yes, together")
        await self.settle()

    async def ask(self) -> None:
        """Ana offers on Slack, Ben finds and asks her on Discord."""
        await self.ana.command("start zone=Europe/Berlin time=18:00")
        await self.settle()
        await self.ana.command('mentor offer topics="gardens, teams" capacity=2')
        await self.settle()
        options = {"zone": "America/New_York", "time": "18:00"}
        await self.ben.command("cairn start", options, self.lobby)
        await self.settle()
        await self.ben.command("cairn mentor find", {"topics": "gardens"})
        await self.settle()
        await self.ben.press(self.ben.latest(self.ben.direct, "Ask ana"), "Ask ana")
        await self.ben.submit({"note": NOTE})
        await self.settle()

    async def say_yes(self) -> None:
        """Ana presses yes."""
        await self.ana.press(self.on_slack(self.ana, "as a mentor")[-1], "Yes")

    def on_slack(self, person: SlackHands, words: str) -> list[SlackMessage]:
        """What Cairn has said to somebody with these words in it."""
        return [m for m in person.direct.messages if m.is_cairns and words in m.text]

    def on_discord(self, person: DiscordHands, words: str) -> list[DiscordMessage]:
        """What Cairn has said to somebody with these words in it."""
        found = [*person.direct.standing(), *person.ephemerals]
        return [m for m in found if m.author.is_bot and words in m.shown_text]


@asynccontextmanager
async def _both(folder: Path) -> AsyncIterator[Both]:
    key, port = new_ring_key(), free_port()
    clock = Rehearsal(folder / "offset", MORNING)
    async with (
        SlackServer(now=clock.now) as slack,
        DiscordServer(now=clock.now, intents=set()) as discord,
    ):
        workspace = slack.add_workspace("T1", "Acme")
        workspace.add_channel("CTEAM", "team", bot_is_member=False)
        cora = slack.add_person(workspace, "UCORA", "cora", is_admin=True)
        ana = slack.add_person(workspace, "UANA", "ana")
        guild = discord.add_guild("Harbour")
        lobby = guild.add_channel("lobby")
        dora = discord.add_person(guild, "dora", permissions=int(Permission.MANAGE_GUILD))
        ben = discord.add_person(guild, "ben")
        token = slack.install("T1").bot_token
        settings = {
            **slack_settings.settings_for(slack, token, folder, key, port, socket_mode=True),
            **discord_settings.settings_for(discord, folder, key, port),
            "CAIRN_CLOCK_OFFSET_FILE": str(clock.path),
        }
        served = Served(folder, settings)
        url = f"sqlite:///{folder / 'data' / 'cairn.db'}"
        database = Quiet(url, KeyRingCipher.from_keys([key]), clock.now)
        try:
            yield Both(slack, discord, served, clock, database, cora, ana, dora, ben, lobby)
        finally:
            await database.close()
            await served.kill()


def _assert_nothing_to_object(both: Both) -> None:
    assert both.slack.violations == []
    assert both.slack.mentions == []
    assert both.discord.violations == []
    assert both.discord.mentions == []
    assert both.discord.late == []


def _introductions(both: Both) -> tuple[list[SlackMessage], list[DiscordMessage]]:
    to_ana = both.on_slack(both.ana, "You and ben are a pair now.")
    return to_ana, both.on_discord(both.ben, "ana said yes: you are a pair now.")


def _assert_introduced(both: Both) -> DiscordMessage:
    """Each once, in their own conversation; gives the mentee's."""
    (to_ana,), (to_ben,) = _introductions(both)
    assert "ben is on Discord" in to_ana.text
    assert "ana is on Slack" in to_ben.shown_text
    assert to_ana.channel == both.ana.direct.id
    assert to_ben.channel_id == both.ben.direct.id
    return to_ben


async def test_a_mentor_on_slack_and_a_mentee_on_discord_become_a_pair(tmp_path: Path) -> None:
    async with _both(tmp_path) as both:
        await both.start()
        await both.link()
        assert "Acme" in both.on_discord(both.dora, "I've asked Acme")[-1].shown_text
        assert both.on_discord(both.dora, "Together in Acme: Acme (Slack) and Harbour (Discord).")
        await both.ask()
        assert NOTE in both.on_slack(both.ana, "as a mentor")[-1].text
        await both.say_yes()
        await both.settle()
        to_ben = _assert_introduced(both)

        await both.ben.press(to_ben, "Write to ana")
        await both.ben.submit({"text": LETTER})
        await both.settle()
        (letter,) = both.on_slack(both.ana, "ben writes to you:")
        assert LETTER in letter.text
        await both.ana.press(letter, "Answer")
        await both.ana.submit({"text": ANSWER})
        await both.settle()
        (answer,) = both.on_discord(both.ben, "ana writes to you:")
        assert ANSWER in answer.shown_text

        await both.cora.command("admin nudge list")
        await both.dora.command("cairn-admin nudge list", channel=both.lobby)
        await both.settle()
        assert both.on_slack(both.cora, "<#CTEAM>, every day 07:00 (UTC): next on")
        assert both.on_discord(both.dora, "a channel of Acme (Slack), every day 07:00 (UTC)")
        _assert_nothing_to_object(both)
        assert await both.served.stop() == 0
        log = both.served.log.read_text()
        assert "Traceback" not in log
        assert "level=error" not in log
        kept = b"".join(each.read_bytes() for each in (tmp_path / "data").iterdir())
        for words in ("lighthouse", "orchard"):
            assert words not in log
            assert words.encode() not in kept


async def test_killed_right_after_the_yes_it_introduces_each_once(tmp_path: Path) -> None:
    async with _both(tmp_path) as both:
        await both.start()
        await both.link()
        await both.ask()
        await both.say_yes()
        await both.served.kill()
        await both.come_back()
        _assert_introduced(both)
        _assert_nothing_to_object(both)


async def test_killed_while_both_introductions_are_on_their_way_it_introduces_each_once(
    tmp_path: Path,
) -> None:
    async with _both(tmp_path) as both:
        await both.start()
        await both.link()
        await both.ask()
        both.slack.faults.hang(
            "chat.postMessage", LONG, after_doing=True, fits=lambda post: "metadata" in post
        )
        both.discord.faults.hang("create_message", LONG, after_doing=True)
        await both.say_yes()
        async with asyncio.timeout(PATIENCE):
            are_there = False
            while not are_there:
                await asyncio.sleep(0.02)
                are_there = all(_introductions(both))
        await both.served.kill()
        assert (await both.database.unfinished())["deliveries"] == 2
        await both.come_back()
        _assert_introduced(both)
        _assert_nothing_to_object(both)


async def test_run_slack_serves_only_slack(tmp_path: Path) -> None:
    async with _both(tmp_path) as both:
        await both.start("slack")
        await both.cora.command("start zone=Europe/Sofia time=18:00")
        await both.settle()
        assert both.on_slack(both.cora, "Welcome, cora.")
        assert both.discord.calls == []
        assert both.discord.gateway.identifies == 0
        assert await both.served.stop() == 0
