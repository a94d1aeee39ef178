"""Figures for Prometheus at `/metrics`; no label names a person, a community or a text."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.ports.deliveries import Standing
from bot.ports.inbox import Waiting

FRESH_FOR = 10.0
"""Seconds for which what was asked of the database is told again."""

_PATIENCE = 5.0
"""Seconds that the database has to answer a scrape."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the database at a moment."""

    at: datetime
    deliveries: tuple[Standing, ...]
    inbox: Waiting


class Metrics:
    """The port `Meter`, and the page that tells what it counted and what waits.

    What is counted is this process's own; what waits is in the database that all replicas share,
    so each of them tells the same.
    """

    def __init__(self, look: Callable[[], Awaitable[Backlog]]) -> None:
        """Take what looks into the database; it is called when somebody asks, and not often."""
        self._look = look
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._delivered = self._counter(
            "cairn_deliveries", "What became of deliveries.", "platform", "outcome", "reason"
        )
        self._waits = self._counter(
            "cairn_rate_limit_waits", "Calls that a platform asked to wait with.", "platform"
        )
        self._waves = self._counter("cairn_waves", "Waves of a send group that were planned.")
        self._due = self._gauge("cairn_deliveries_due", "Deliveries to be sent now.", "platform")
        self._lag = self._gauge(
            "cairn_deliveries_oldest_due_seconds", "Since when the oldest of them is.", "platform"
        )
        self._last = self._gauge(
            "cairn_last_sent_timestamp_seconds", "When something was last sent.", "platform"
        )
        self._events = self._gauge("cairn_inbox_events", "Events that are not done with.")
        self._age = self._gauge("cairn_inbox_oldest_seconds", "How old the oldest of them is.")
        self._is_told = self._gauge(
            "cairn_database_up", "Whether the database answered; else what waits is not told."
        )

    @property
    def route(self) -> Route:
        """Where it is read."""
        return Route("/metrics", self._answer)

    def delivered(self, platform: str, outcome: str, reason: str) -> None:
        """Count a delivery."""
        self._delivered.labels(platform, outcome, reason).inc()

    def asked_to_wait(self, platform: str) -> None:
        """Count a wait."""
        self._waits.labels(platform).inc()

    def planned(self, waves: int) -> None:
        """Count waves."""
        self._waves.inc(waves)

    async def _answer(self, _request: Request) -> Response:
        async with self._asking:
            if time.monotonic() - self._asked_at >= FRESH_FOR:
                await self._refresh()
        page = generate_latest(self._registry)
        return Response(page, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def _refresh(self) -> None:
        for gauge in (self._due, self._lag, self._last):
            gauge.clear()
        try:
            async with asyncio.timeout(_PATIENCE):
                backlog = await self._look()
        # whatever is wrong with it: what this process counted is told all the same
        except Exception:  # noqa: BLE001
            self._is_told.set(0)
            self._events.set(float("nan"))
            self._age.set(float("nan"))
        else:
            self._is_told.set(1)
            self._tell(backlog)
        self._asked_at = time.monotonic()

    def _tell(self, backlog: Backlog) -> None:
        for each in backlog.deliveries:
            self._due.labels(each.platform).set(each.due)
            self._lag.labels(each.platform).set(_age(each.oldest_due_at, backlog.at))
            if each.last_sent_at is not None:
                self._last.labels(each.platform).set(each.last_sent_at.timestamp())
        self._events.set(backlog.inbox.events)
        self._age.set(_age(backlog.inbox.oldest_at, backlog.at))

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self._registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self._registry)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else (now - since).total_seconds()
