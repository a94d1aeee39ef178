"""The server: platforms, scheduler and web server in one process, until it is asked to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

import structlog

from bot.bootstrap.clock import RehearsalClock
from bot.bootstrap.collecting import collecting_seldom
from bot.bootstrap.core import Cairn, Ground, build, grounded
from bot.domain.errors import CairnError
from bot.ports.chat import Chat
from bot.ports.clock import Clock
from scheduler.runner import Job, Runner, standing_jobs

if TYPE_CHECKING:
    from adapters.web.metrics import Backlog
    from adapters.web.server import Routes

NOTE_PRESENCE_EVERY = timedelta(seconds=30)

_IDLE = 60.0
"""Seconds after which the wait for events is begun anew."""

_LOOK_LIMIT = 2.0
"""Seconds that the database has to answer when somebody asks whether Cairn is ready."""

_log = structlog.get_logger(__name__)


class NoPlatformError(CairnError):
    """There is nothing to serve."""


class Platform(Protocol):
    """A platform that is served: what speaks there, and what listens."""

    @property
    def chat(self) -> Chat:
        """What speaks there."""
        ...

    @property
    def routes(self) -> "Routes":
        """What it needs of the web server."""
        ...

    async def missing(self) -> str | None:
        """Why it does not listen at this moment; None while it does."""
        ...

    async def note_presence(self) -> None:
        """Remember that it listens at this moment, if it does."""
        ...

    async def start(self, core: Cairn) -> None:
        """Connect, and listen. Raises `CairnError` with what to do if that can't work."""
        ...

    async def stop(self) -> None:
        """Listen no more."""
        ...

    async def close(self) -> None:
        """Let go of everything; nothing is sent any more."""
        ...


@dataclass(frozen=True, slots=True)
class Web:
    """Where the web server listens; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0


async def serve(
    database_url: str,
    keys: tuple[str, ...],
    clock: Clock,
    platforms: Sequence[Callable[[Ground], Platform]],
    web: Web,
) -> None:
    """Serve these platforms until the process is asked to stop.

    Raises `CairnError` with what to do if it can't start.
    """
    async with serving(database_url, keys, clock, platforms, web):
        with collecting_seldom():
            await _asked_to_stop()


@asynccontextmanager
async def serving(
    database_url: str,
    keys: tuple[str, ...],
    clock: Clock,
    platforms: Sequence[Callable[[Ground], Platform]],
    web: Web,
) -> AsyncIterator[Cairn]:
    """Serve these platforms for as long as the block lasts."""
    # heavy, and of no use to the demo
    from adapters.web.metrics import Metrics
    from adapters.web.server import WebServer

    if isinstance(clock, RehearsalClock):
        _log.warning("rehearsal", clock_is_ahead_by=str(clock.offset()))
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(grounded(database_url, keys, clock))
        if not platforms:
            message = (
                "The database and the keys are in place, but there is no platform to serve. Set "
                "the tokens of one (docs/slack.md and docs/discord.md tell how to get them), or "
                "try `cairn demo`."
            )
            raise NoPlatformError(message)
        served = [make(ground) for make in platforms]
        for platform in served:
            stack.push_async_callback(platform.close)
        metrics = Metrics(partial(_look, ground))
        cairn = build(ground, {each.chat.platform: each.chat for each in served}, metrics)
        runner = Runner(
            [
                *standing_jobs(
                    cairn.planner, cairn.couriers, cairn.worker.drain, cairn.housekeeping.run
                ),
                *(
                    Job(f"presence {each.chat.platform}", NOTE_PRESENCE_EVERY, each.note_presence)
                    for each in served
                ),
            ]
        )

        async def readiness() -> dict[str, str]:
            return await _missing(ground, served)

        routes = [metrics.route, *(route for platform in served for route in platform.routes)]
        server = WebServer(web.host, web.port, routes, readiness)
        await server.start()
        stack.push_async_callback(server.stop)
        await runner.start()
        stack.push_async_callback(runner.stop)
        waker = asyncio.create_task(_wake(ground, runner), name="waker")
        stack.push_async_callback(_cancelled, waker)
        for platform in served:
            await platform.start(cairn)
            stack.push_async_callback(platform.stop)
        _log.info("serving", platforms=" ".join(cairn.couriers), port=server.port)
        yield cairn


async def _wake(ground: Ground, runner: Runner) -> None:
    """Let what was kept be handled at once, not at the next tick."""
    while True:
        await ground.inbox.wait(_IDLE)
        runner.wake("drain")


async def _look(ground: Ground) -> "Backlog":
    from adapters.web.metrics import Backlog

    now = ground.clock.now()
    async with ground.storage.reading() as work:
        deliveries = await work.deliveries.standing(now)
    return Backlog(now, deliveries, await ground.inbox.waiting())


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def _missing(ground: Ground, platforms: Sequence[Platform]) -> dict[str, str]:
    missing = {
        platform.chat.platform: why
        for platform in platforms
        if (why := await platform.missing()) is not None
    }
    try:
        async with asyncio.timeout(_LOOK_LIMIT), ground.storage.reading():
            pass
    # whatever is wrong with it, it can't be used now
    except Exception as error:  # noqa: BLE001
        missing["database"] = type(error).__name__
    return missing


async def _asked_to_stop() -> None:
    asked = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, asked.set)
    await asked.wait()
