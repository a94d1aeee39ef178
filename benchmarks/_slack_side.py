"""Slack, for the benchmark of kills: a local one in this process that people talk on."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from adapters.slack import names
from benchmarks._programme import POSTS_PER_MINUTE, make_due
from benchmarks._slack import TEAM, found
from bot.bootstrap.core import grounded
from bot.chat.identity import AccountRef
from tests.e2e.served import Rehearsal
from tests.e2e.slack_settings import settings_for
from tests.servers.slack.hands import PersonHands
from tests.servers.slack.server import SlackServer
from tests.servers.slack.world import StoredMessage

AS_LONG_AS_IT_TAKES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, *[8.0] * 100_000)
"""Pauses before redeliveries; Slack's own are 0, 60 and 300 s.

With shorter ones thousands that were said while nobody listened would come again all the time.
"""

PATIENCE = 30.0


class SlackSide:
    """One workspace by Socket Mode."""

    name = "Slack"

    def __init__(self, clock: Rehearsal, people: int) -> None:
        self._clock = clock
        self._slack = SlackServer(
            now=clock.now,
            retry_delays=AS_LONG_AS_IT_TAKES,
            ack_timeout=1.0,
            tells_own_messages=False,
        )
        # a call that reads a long thread back holds all of its words
        self._slack.calls = deque(maxlen=0)  # type: ignore[assignment]
        self._workspace = self._slack.add_workspace(TEAM, "Bench")
        self._people = [self._person(number) for number in range(people)]
        self._question: StoredMessage | None = None

    def _person(self, number: int) -> PersonHands:
        hands = self._slack.add_person(
            self._workspace, f"U{number}", f"m{number}", is_admin=number == 0
        )
        self._workspace.direct(hands.id)
        return hands

    async def __aenter__(self) -> Self:
        await self._slack.__aenter__()
        self._workspace.add_channel("CTEAM", "team", members=tuple(self._workspace.people))
        self._token = self._slack.install(TEAM).bot_token
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._slack.__aexit__(*error)

    def settings(self, folder: Path, key: str) -> Mapping[str, str]:
        """What a host sets for it."""
        given = settings_for(self._slack, self._token, folder, key, 0, socket_mode=True)
        return {**given, "SLACK_POSTS_PER_MINUTE": POSTS_PER_MINUTE}

    async def join(self, url: str, key: str) -> None:
        """Everybody is a member, with nothing due."""
        async with grounded(url, (key,), self._clock) as ground:
            await found(ground, len(self._people))

    async def fall_due(self, url: str, key: str, part: int, parts: int) -> None:
        """A question for everybody of one part of several."""
        async with grounded(url, (key,), self._clock) as ground:
            await make_due(ground, self._clock.now(), part, parts)

    async def ask_in_channel(self) -> None:
        """A question that people can answer in its thread; the next one is far away."""
        await self._slack.sockets.wait()
        coordinator = self._people[0]
        await coordinator.command(
            'admin nudge add channel=<#CTEAM|team> when="last Friday of the month 07:00"'
        )
        await coordinator.command("admin nudge now")
        self._slack.waits_for_acks = False
        async with asyncio.timeout(PATIENCE):
            while self._question is None:
                await asyncio.sleep(0.05)
                posted = [m for m in self._workspace.messages("CTEAM") if m.metadata is not None]
                self._question = posted[0] if posted else None

    async def say(self, moments: random.Random, text: str) -> AccountRef:
        """Somebody answers in the thread."""
        assert self._question is not None
        hands = moments.choice(self._people)
        await hands.say(text, self._question.channel, self._question.ts)
        return names.account(TEAM, hands.id)

    async def quiet(self, patience: float) -> None:
        """Wait until every event was acknowledged."""
        await self._slack.quiet(patience)

    def copies(self) -> Counter[int]:
        """How many messages carry each delivery."""
        return Counter(
            message.metadata["event_payload"]["delivery_id"]
            for channel in self._workspace.channels.values()
            for message in channel.messages
            if message.metadata is not None
        )

    def complaints(self) -> list[str]:
        """What the platform objected to."""
        return self._slack.violations
