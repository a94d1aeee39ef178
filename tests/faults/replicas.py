"""Processes that are driven step by step, stand still anywhere, and die anywhere.

A step leads from one moment at which something outside can happen to the next: before and after
every transaction, before a request leaves, and before its answer is heard. A process that dies
stops there for good: nothing of it is cleaned up, and what its transaction wrote is undone.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from bot.ports.chat import Pace
from bot.ports.storage import Storage, UnitOfWork
from scheduler.courier import Courier
from scheduler.planner import Planner
from tests.cast import TOWN
from tests.fakes.calendar import FakeCalendar
from tests.fakes.composer import FakeComposer
from tests.faults.platform import CALL_TIMEOUT, Platform, PlatformChat

LEASE = timedelta(seconds=60)
_QUIET_TURNS = 12
"""So many turns of the loop in which nothing happens mean that everybody stands still."""


class Death(BaseException):
    """Undoes a transaction."""


class Replica:
    """One process: a planner and a courier, one of them at work at a time."""

    def __init__(
        self,
        owner: str,
        storage: Storage,
        platform: Platform,
        pace: Pace | None = None,
        *,
        concurrency: int = 3,
    ) -> None:
        self.owner = owner
        self.is_dead = False
        self.has_ended = False
        self.leases: dict[object, datetime] = {}
        self.calling: set[object] = set()
        self.dies_in: int | None = None
        self.in_transaction = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._storage = storage
        self._task: asyncio.Task[int] | None = None
        self._planner = Planner(self, platform.clock, FakeCalendar())
        self._courier = Courier(
            self,
            platform.clock,
            PlatformChat(platform, TOWN.platform, pace, self.pause),
            FakeComposer(),
            owner,
            lease=LEASE,
            call_timeout=CALL_TIMEOUT,
            batch=4,
            concurrency=concurrency,
        )

    # driving

    @property
    def is_at_work(self) -> bool:
        return not self.is_dead and self._task is not None and not self._task.done()

    @property
    def leases_end(self) -> datetime | None:
        """When the first of its leases does."""
        return min(self.leases.values(), default=None)

    async def step(self, which: int, *, plan: bool = False) -> None:
        """Begin to work, or go on from where it stands; of several places, one."""
        if self.is_dead:
            return
        if self._task is None or self._task.done():
            if self._task is not None:
                self._task.result()
            self.leases.clear()
            self.calling.clear()
            self._task = asyncio.ensure_future(self._planner.run() if plan else self._courier.run())
        elif self._waiting:
            self._waiting.pop(which % len(self._waiting)).set_result(None)
        await self._stand_still()

    async def finish(self) -> None:
        """Go on until the work is done."""
        for _ in range(2000):
            if not self.is_at_work:
                return
            await self.step(0)
        message = "it never ends"
        raise AssertionError(message)

    async def _stand_still(self) -> None:
        turns = 0
        while turns < _QUIET_TURNS:
            await asyncio.sleep(0)
            turns = 0 if self.in_transaction else turns + 1

    def die(self) -> None:
        """Stop for good, here."""
        self.is_dead = True

    async def end(self) -> None:
        """After the test: let nothing of it be left in the loop."""
        self.has_ended = True
        if self._task is None:
            return
        while not self._task.done():
            self._task.cancel()
            for waiting in self._waiting:
                waiting.cancel()
            self._waiting.clear()
            await asyncio.sleep(0)
        if not self._task.cancelled():
            self._task.exception()

    # where it can stand still

    async def pause(self) -> None:
        """Stand still until the next step; for ever if it dies."""
        if self.has_ended:
            raise asyncio.CancelledError
        here: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(here)
        await here

    @asynccontextmanager
    async def work(self) -> AsyncIterator[UnitOfWork]:
        """A transaction, which can be cut short at every call in it."""
        await self.pause()
        self.in_transaction += 1
        whole = self._storage.work()
        try:
            unit = await whole.__aenter__()
            watched: Any = _Watched(unit, self, whole)
            try:
                yield watched
            except BaseException as error:
                if not self.is_dead:
                    await whole.__aexit__(type(error), error, error.__traceback__)
                raise
            else:
                await whole.__aexit__(None, None, None)
        finally:
            self.in_transaction -= 1
        await self.pause()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        await self.pause()
        self.in_transaction += 1
        try:
            async with self._storage.reading() as unit:
                yield unit
        finally:
            self.in_transaction -= 1

    async def inside(self, whole: Any) -> None:
        """A call in a transaction: if it is to die here, the transaction is undone first."""
        if self.dies_in is None:
            return
        self.dies_in -= 1
        if self.dies_in > 0:
            return
        self.is_dead = True
        error = Death()
        with suppress(Death):
            await whole.__aexit__(Death, error, None)
        self.in_transaction -= 1
        try:
            await self.pause()
        finally:
            self.in_transaction += 1


class _Watched:
    """A unit of work whose ledger is called before the eyes of its process."""

    def __init__(self, unit: UnitOfWork, replica: Replica, whole: object) -> None:
        self._unit = unit
        self.deliveries = _WatchedDeliveries(unit, replica, whole)

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)


class _WatchedDeliveries:
    def __init__(self, unit: UnitOfWork, replica: Replica, whole: object) -> None:
        self._deliveries = unit.deliveries
        self._replica = replica
        self._whole = whole

    def __getattr__(self, name: str) -> object:
        method = getattr(self._deliveries, name)

        async def call(*given: Any, **named: Any) -> object:
            await self._replica.inside(self._whole)
            answer = await method(*given, **named)
            # each of its tasks has one lease at a time
            task = asyncio.current_task()
            if name in ("claim", "uncertain"):
                self._replica.calling.discard(task)
                self._replica.leases.pop(task, None)
                if answer:
                    self._replica.leases[task] = given[3]
            if name == "begin" and answer:
                self._replica.calling.add(task)
            await self._replica.inside(self._whole)
            return answer

        return call
