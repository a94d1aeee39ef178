"""The server on real time: the real scheduler, storage and clock behind one platform."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from adapters.crypto.ring import new_ring_key
from bot.bootstrap import NoPlatformError, SystemClock, opened, serve
from bot.chat.incoming import CommandGiven, Installed, Told
from tests.cast import TOWN, direct, person
from tests.fakes.chat import FakeChat

PATIENCE = 20.0
"""Seconds until a server that says nothing counts as silent."""


async def test_a_server_handles_what_waits_and_sends_what_is_due(database_url: str) -> None:
    keys, chat, taken = (new_ring_key(),), FakeChat(SystemClock(), "console"), asyncio.Event()

    async def note(_delivery_id: int) -> None:
        taken.set()

    chat.after[1] = note
    now = datetime.now(UTC) - timedelta(seconds=1)
    async with opened(database_url, keys, SystemClock(), {}) as cairn:
        events: list[Told] = [
            Installed(
                event_id="1",
                at=now,
                actor=person("cora"),
                place=direct("cora"),
                community=TOWN,
                community_name="Town",
            ),
            CommandGiven(
                event_id="2",
                at=now,
                actor=person("cora"),
                place=direct("cora"),
                community=TOWN,
                words="start zone=Europe/Berlin",
            ),
        ]
        for event in events:
            assert await cairn.keep(event)

    serving = asyncio.create_task(serve(database_url, keys, {chat.platform: chat}))
    await asyncio.wait_for(taken.wait(), PATIENCE)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, PATIENCE)

    assert [sent.message.plain().count("?") for sent in chat.sent] == [1]
    assert "You've joined" in chat.answers[-1].message.plain()


async def test_a_server_without_a_platform_says_so(database_url: str) -> None:
    with pytest.raises(NoPlatformError, match="no platform to serve"):
        await serve(database_url, (new_ring_key(),), {})
