"""What `/metrics` tells: counts of this process, and what waits in the database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.web import metrics as metrics_module
from adapters.web.metrics import Backlog, Metrics
from adapters.web.server import WebServer
from bot.ports.deliveries import Standing
from bot.ports.inbox import Waiting
from tests.cast import NOW

MINUTE = timedelta(minutes=1)
BACKLOG = Backlog(
    NOW,
    (
        Standing("slack", 12, NOW - 2 * MINUTE, NOW - MINUTE),
        Standing("discord", 0, None, None),
    ),
    Waiting(3, NOW - MINUTE),
)

Figures = dict[tuple[str, ...], float]


@asynccontextmanager
async def served(metrics: Metrics) -> AsyncIterator[Callable[[], Awaitable[Figures]]]:
    async def ready() -> dict[str, str]:
        return {}

    server = WebServer("127.0.0.1", 0, [metrics.route], ready)
    await server.start()
    async with aiohttp.ClientSession() as web:

        async def read() -> Figures:
            async with web.get(f"http://127.0.0.1:{server.port}/metrics") as answer:
                assert answer.status == 200
                page = await answer.text()
            return {
                # in order of the names of their labels
                (sample.name, *sample.labels.values()): sample.value
                for family in text_string_to_metric_families(page)
                for sample in family.samples
                if sample.name.startswith("cairn") and not sample.name.endswith("_created")
            }

        try:
            yield read
        finally:
            await server.stop()


async def test_what_was_counted_and_what_waits_is_told() -> None:
    async def look() -> Backlog:
        return BACKLOG

    metrics = Metrics(look)
    metrics.delivered("slack", "sent", "")
    metrics.delivered("slack", "sent", "")
    metrics.delivered("slack", "failed", "unreachable")
    metrics.asked_to_wait("slack")
    metrics.planned(4)
    async with served(metrics) as read:
        assert await read() == {
            ("cairn_deliveries_total", "sent", "slack", ""): 2,
            ("cairn_deliveries_total", "failed", "slack", "unreachable"): 1,
            ("cairn_rate_limit_waits_total", "slack"): 1,
            ("cairn_waves_total",): 4,
            ("cairn_deliveries_due", "slack"): 12,
            ("cairn_deliveries_due", "discord"): 0,
            ("cairn_deliveries_oldest_due_seconds", "slack"): 120,
            ("cairn_deliveries_oldest_due_seconds", "discord"): 0,
            ("cairn_last_sent_timestamp_seconds", "slack"): (NOW - MINUTE).timestamp(),
            ("cairn_inbox_events",): 3,
            ("cairn_inbox_oldest_seconds",): 60,
            ("cairn_database_up",): 1,
        }


async def test_the_database_is_not_asked_at_every_scrape(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = 0

    async def look() -> Backlog:
        nonlocal looks
        looks += 1
        return BACKLOG

    async with served(Metrics(look)) as read:
        assert await read() == await read()
        assert looks == 1
        monkeypatch.setattr(metrics_module, "FRESH_FOR", 0.0)
        await read()
        assert looks == 2


async def test_a_database_that_is_gone_is_told_beside_what_was_counted() -> None:
    async def look() -> Backlog:
        raise ConnectionError

    metrics = Metrics(look)
    metrics.planned(1)
    async with served(metrics) as read:
        told = await read()
    assert told["cairn_database_up",] == 0
    assert told["cairn_waves_total",] == 1
    assert ("cairn_deliveries_due", "slack") not in told
