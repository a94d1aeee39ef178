"""A workspace with people in it, and Cairn as it is served there, in this process."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from adapters.crypto.ring import KeyRingCipher
from adapters.slack import names
from adapters.storage.database import Database
from adapters.storage.tables import delivery
from bot.bootstrap.core import Cairn
from bot.bootstrap.serving import Web, serving
from bot.bootstrap.slack import slack_platform
from bot.settings import Settings
from tests.e2e.served import Quiet
from tests.ports import free_port
from tests.servers.slack.delivery import Delivered
from tests.servers.slack.hands import PersonHands
from tests.servers.slack.server import SlackServer
from tests.servers.slack.world import StoredMessage, Workspace

PATIENCE = 15.0


class Ahead:
    """A `Clock` that runs with the machine's, and is ahead of it by what a test says."""

    def __init__(self) -> None:
        self._by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by

    def advance(self, length: timedelta) -> None:
        self._by += length


@dataclass
class Office:
    """Slack on one side, a database on the other; between them, Cairn while it is `served`."""

    slack: SlackServer
    clock: Ahead
    url: str
    key: str
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0

    def __post_init__(self) -> None:
        self.port = self.port or free_port()

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspaces["T1"]

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def by_socket(self) -> None:
        """One workspace, by Socket Mode."""
        token = self.slack.install("T1").bot_token
        self.settings = {"SLACK_BOT_TOKEN": token, "SLACK_APP_TOKEN": self.slack.app.app_token}

    def by_http(self) -> None:
        """One workspace, by signed requests."""
        token = self.slack.install("T1").bot_token
        secret = self.slack.app.signing_secret
        self.settings = {"SLACK_BOT_TOKEN": token, "SLACK_SIGNING_SECRET": secret}
        self.slack.request_url = f"{self.public_url}/slack/events"

    def by_oauth(self) -> None:
        """Any workspace that installs Cairn, by signed requests."""
        app = self.slack.app
        self.settings = {
            "SLACK_CLIENT_ID": app.client_id,
            "SLACK_CLIENT_SECRET": app.client_secret,
            "SLACK_SIGNING_SECRET": app.signing_secret,
            "CAIRN_PUBLIC_URL": self.public_url,
        }
        self.slack.request_url = f"{self.public_url}/slack/events"

    def read_settings(self) -> Settings:
        return Settings(
            **{
                "CAIRN_KEYS": self.key,
                "CAIRN_DATABASE_URL": self.url,
                "SLACK_API_URL": self.slack.api_url,
                "SLACK_POSTS_PER_MINUTE": "6000",
                **self.settings,
            }  # type: ignore[arg-type]
        )

    @asynccontextmanager
    async def served(self, port: int | None = None) -> AsyncIterator[Cairn]:
        """Cairn serves for as long as the block lasts."""
        settings = self.read_settings()
        web = Web(port=self.port if port is None else port)
        make = [partial(slack_platform, settings)]
        async with serving(settings.database, settings.keys, self.clock, make, web) as cairn:
            yield cairn

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        quiet = Quiet(self.url, KeyRingCipher.from_keys([self.key]), self.clock.now)
        try:
            await quiet.wait(self.slack)
        finally:
            await quiet.close()

    async def join(self, hands: PersonHands, words: str = "") -> None:
        """Somebody joins, and has their first question."""
        await hands.command(f"start {words}".strip())
        if hands.modal is not None:
            await hands.submit()
        await self.settled()

    async def pass_time(self, length: timedelta) -> None:
        """Let time pass, and what falls due meanwhile be done."""
        self.clock.advance(length)
        await asyncio.sleep(1.1)  # so that planner and courier look again
        await self.settled()

    async def pass_to_next_prompt(self, cairn: Cairn, hands: PersonHands) -> None:
        """Let time pass until somebody is asked something again."""
        before = len(prompts(said(hands)))
        for _ in range(10):
            now = self.clock.now()
            at = await cairn.next_at(now)
            assert at is not None
            await self.pass_time(at - now + timedelta(seconds=1))
            if len(prompts(said(hands))) > before:
                return
        raise AssertionError("nothing was asked")

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Nobody else can write to the database for as long as the block lasts."""
        path = self.url.removeprefix("sqlite:///")
        # not in this thread: whoever holds the lock needs it to let go
        connection = await asyncio.to_thread(
            sqlite3.connect, path, isolation_level=None, check_same_thread=False
        )
        await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    def delivered(self, text: str) -> Delivered:
        """The handing over of something that somebody said."""
        return next(
            one for one in self.slack.deliveries if one.body.get("event", {}).get("text") == text
        )

    async def reasons(self) -> list[str]:
        """Why deliveries failed."""
        database = Database(self.url)
        async with database.reading() as connection:
            query = select(delivery.c.reason).where(delivery.c.state == "failed")
            found = [str(row.reason) for row in await connection.execute(query)]
        await database.close()
        return found


async def words(cairn: Cairn, hands: PersonHands) -> list[str]:
    """What Cairn keeps of what somebody wrote, a line each."""
    async with cairn.storage.reading() as work:
        account = await work.accounts.find(names.account(hands.workspace.team_id, hands.id))
        assert account is not None
        kept = await work.reflections.of_author(account.id)
    return [line for one in kept for line in one.text.split("\n")]


def said(hands: PersonHands) -> list[StoredMessage]:
    """What Cairn said to somebody, for everyone there or for them alone, oldest first."""
    own = [m for m in hands.direct.messages if m.is_cairns and not m.is_deleted]
    return sorted({m.ts: m for m in (*own, *hands.ephemerals)}.values(), key=lambda m: float(m.ts))


def texts(hands: PersonHands) -> list[str]:
    """The texts of what Cairn said to somebody."""
    return [message.text for message in said(hands)]


def prompts(messages: list[StoredMessage]) -> list[StoredMessage]:
    """Those that are questions to be answered."""
    return [
        m
        for m in messages
        if any(b["element"]["action_id"].startswith("cairn:answer") for b in m.buttons())
    ]


async def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    for _ in range(int(PATIENCE / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
