"""The server on real time: the real scheduler, storage and clock behind one platform."""

import asyncio
import gc
import os
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from structlog.testing import capture_logs

from adapters.crypto.ring import new_ring_key
from adapters.web.server import Readiness, WebServer, WebServerError
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.core import opened
from bot.bootstrap.serving import NoPlatformError, Web, serve, serving
from bot.chat.incoming import CommandGiven, Installed, Told
from tests.cast import TOWN, direct, person
from tests.fakes.chat import FakeChat
from tests.fakes.platform import FakePlatform

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

    platform, usual = FakePlatform(chat), gc.get_threshold()[0]
    serving = asyncio.create_task(
        serve(database_url, keys, SystemClock(), [lambda _ground: platform], Web())
    )
    await asyncio.wait_for(taken.wait(), PATIENCE)
    # looking for cycles is a fifth of a delivery's time
    assert gc.get_threshold()[0] > 10 * usual
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, PATIENCE)
    assert gc.get_threshold()[0] == usual

    assert [sent.message.plain().count("?") for sent in chat.sent] == [1]
    assert "You've joined" in chat.answers[-1].message.plain()
    assert platform.told == ["start", "stop", "close"]
    assert platform.is_present


async def test_a_server_tells_what_it_did_and_what_waits(database_url: str) -> None:
    platform = FakePlatform(FakeChat(SystemClock(), "console"))
    make = [lambda _ground: platform]
    with capture_logs() as logs:
        async with serving(database_url, (new_ring_key(),), SystemClock(), make, Web()):
            [port] = [entry["port"] for entry in logs if entry["event"] == "serving"]
            async with (
                aiohttp.ClientSession() as web,
                web.get(f"http://127.0.0.1:{port}/metrics") as answer,
            ):
                page = await answer.text()
    assert "cairn_database_up 1.0" in page
    assert "cairn_inbox_events 0.0" in page
    assert "cairn_waves_total 0.0" in page


async def test_a_server_without_a_platform_says_so(database_url: str) -> None:
    with pytest.raises(NoPlatformError, match="no platform to serve"):
        await serve(database_url, (new_ring_key(),), SystemClock(), [], Web())


async def test_a_server_says_whether_it_is_alive_and_ready() -> None:
    platform = FakePlatform(FakeChat(SystemClock(), "console"))
    async with AsyncExitStack() as stack:
        server = WebServer("127.0.0.1", 0, (), readiness_of(platform))
        await server.start()
        stack.push_async_callback(server.stop)
        web = await stack.enter_async_context(
            aiohttp.ClientSession(f"http://127.0.0.1:{server.port}")
        )
        async with web.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        async with web.get("/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"ready": True, "missing": {}})
        platform.problem = "not connected"
        async with web.get("/readyz") as answer:
            assert answer.status == 503
            assert (await answer.json())["missing"] == {"console": "not connected"}


async def test_a_port_that_is_taken_is_named() -> None:
    platform = FakePlatform(FakeChat(SystemClock(), "console"))
    first = WebServer("127.0.0.1", 0, (), readiness_of(platform))
    await first.start()
    second = WebServer("127.0.0.1", first.port, (), readiness_of(platform))
    with pytest.raises(WebServerError, match=f"{first.port}.*CAIRN_HTTP_PORT"):
        await second.start()
    await first.stop()


def readiness_of(platform: FakePlatform) -> Readiness:
    async def missing() -> dict[str, str]:
        why = await platform.missing()
        return {"console": why} if why else {}

    return missing
