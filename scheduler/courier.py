"""Sends what is due: delivery rows become messages, each in one call whose outcome is kept."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count

from bot.domain.delivery import Reason
from bot.ports.chat import Chat, ChatBusyError
from bot.ports.clock import Clock
from bot.ports.composing import Composer, Prepared
from bot.ports.deliveries import (
    Claimed,
    IsUncertain,
    MustWait,
    Outcome,
    Ready,
    WasRefused,
    WasSent,
    WasSkipped,
)
from bot.ports.meter import Meter, NoMeter
from bot.ports.storage import Storage, StorageUnavailableError, UnitOfWork
from scheduler.lots import Lot
from scheduler.outcomes import (
    SHORTEST_WAIT,
    of_failed_call,
    of_failed_composition,
    of_failed_look,
    of_missing,
)
from scheduler.together import together

_CATCHES_UP_AFTER = timedelta(minutes=5)
"""Until then a question is on time, however many come to its place."""

_LANES = 2
"""So many lots are under way at once: while one is being sent, the database has another."""

_BEFORE_CALL = timedelta(minutes=10)
"""A platform's clock may be this far behind ours, or ours be set back by this in a call."""


class Courier:
    """Delivers to one platform, at its pace; safe on every replica at once.

    `owner` names this process, and with a number each of its leases. A lease has to last longer
    than a call may (`call_timeout`); `batch` deliveries are claimed at a time, `concurrency` called
    at a time.

    What can't be known stays with the leases: a delivery whose call was cut short keeps its
    state, and is looked for once its lease has run out.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        chat: Chat,
        composer: Composer,
        owner: str,
        *,
        lease: timedelta = timedelta(seconds=60),
        call_timeout: timedelta = timedelta(seconds=10),
        batch: int = 500,
        concurrency: int = 50,
        meter: Meter | None = None,
    ) -> None:
        if lease <= call_timeout:
            message = f"a lease of {lease} is too short for calls of {call_timeout}"
            raise ValueError(message)
        self._meter = meter or NoMeter()
        self._storage = storage
        self._clock = clock
        self._chat = chat
        self._composer = composer
        self._owner = owner
        self._leases = count(1)
        self._lease = lease
        self._call_timeout = call_timeout
        self._batch = batch
        self._concurrency = concurrency
        self._free_call = asyncio.Semaphore(concurrency)
        self._holds: list[datetime] = []

    async def run(self) -> int:
        """Send everything that may be sent now; gives how many were sent."""
        await self.resolve()
        lot = await self._claim()
        if lot is None:
            return 0
        others = [self._deliver_lots() for _ in range(_LANES - 1)]
        return sum(await together([self._deliver_lots(lot), *others]))

    async def run_on(self) -> int:
        """Like `run`, but goes on with what the platform's pace holds up for a moment."""
        sent = await self.run()
        while self._holds:
            until = min(self._holds)
            await asyncio.sleep(max(0.0, (until - self._clock.now()).total_seconds()))
            # what ends while we look is looked for once more
            self._holds = [each for each in self._holds if each > until]
            sent += await self.run()
        return sent

    async def resolve(self) -> int:
        """Look for messages whose calls had no answer; gives how many were found."""
        found = 0
        while lot := await self._claim_doubtful():
            for claimed in lot.rounds(self._batch):
                outcomes: dict[int, Outcome] = {}
                await self._all([self._look(each, lot, outcomes) for each in claimed])
                await self._record(outcomes, lot)
                found += _count_sent(outcomes)
        return found

    async def _claim(self) -> Lot | None:
        owner, now = self._next_owner(), self._clock.now()
        until = now + self._lease
        async with self._storage.work() as work:
            claimed = await work.deliveries.claim(
                (self._chat.platform,),
                owner,
                now,
                until,
                self._batch,
                pace=self._chat.pace,
            )
        if claimed and self._chat.pace is not None:
            pace = self._chat.pace
            by_community = Counter(each.community for each in claimed)
            most = len(claimed) if pace.whole_platform else max(by_community.values())
            self._holds.append(now + pace.lasts(most))
        return Lot(claimed, owner, until) if claimed else None

    async def _claim_doubtful(self) -> Lot | None:
        owner, now = self._next_owner(), self._clock.now()
        until = now + self._lease
        async with self._storage.work() as work:
            doubtful = await work.deliveries.uncertain(
                (self._chat.platform,), owner, now, until, self._batch
            )
        if not doubtful:
            return None
        began_at = {delivery.id: began for delivery, began in doubtful}
        return Lot([delivery for delivery, _ in doubtful], owner, until, began_at)

    def _next_owner(self) -> str:
        return f"{self._owner}/{next(self._leases)}"

    async def _deliver_lots(self, first: Lot | None = None) -> int:
        sent = 0
        lot = first or await self._claim()
        while lot:
            sent += await self._deliver(lot)
            lot = await self._claim()
        return sent

    async def _deliver(self, lot: Lot) -> int:
        """Send a lot; what no time is left for is due again after its lease."""
        sent = 0
        for claimed in lot.rounds(self._batch):
            if not self._has_time(lot):
                break
            outcomes = await self._send(await self._prepare(claimed, lot), lot)
            sent += _count_sent(outcomes)
        return sent

    async def _prepare(self, claimed: Sequence[Claimed], lot: Lot) -> list[Prepared]:
        """Compose messages and mark them as being sent; one that can't be composed waits."""
        now = self._clock.now()
        try:
            composed = await self._compose(claimed, lot, now)
            return await self._begin(composed, lot)
        except StorageUnavailableError:
            raise
        # One delivery that can't be composed, for whatever reason, must not hold up the others.
        except Exception as error:  # noqa: BLE001
            if len(claimed) > 1:
                return [ready for each in claimed for ready in await self._prepare([each], lot)]
            outcome = of_failed_composition(claimed[0], error, now)
            await self._record({outcome.id: outcome}, lot)
            return []

    async def _compose(
        self, claimed: Sequence[Claimed], lot: Lot, now: datetime
    ) -> list[Prepared | Outcome]:
        """Messages, or what becomes of deliveries without one."""
        settled = [outcome for each in claimed if (outcome := _settled(each, lot, now))]
        async with self._storage.reading() as work:
            settled += await _overtaken(work, _without(settled, claimed), now)
            open_ones = _without(settled, claimed)
            return [*settled, *await self._composer.prepare(work, open_ones, now)]

    async def _begin(self, composed: Sequence[Prepared | Outcome], lot: Lot) -> list[Prepared]:
        """Mark those as being sent that are still ours, and record what is settled."""
        prepared = [each for each in composed if isinstance(each, Prepared)]
        settled = [each for each in composed if not isinstance(each, Prepared)]
        pace = self._chat.pace
        async with self._storage.work() as work:
            # the lease may have run out while this waited for its turn
            now = self._clock.now()
            free_at = None if pace is None else now + pace.between
            ready = [Ready(each.delivery.id, each.prompt_id, free_at) for each in prepared]
            ours = await work.deliveries.begin(ready, lot.owner, now)
            begun = [each for each in prepared if each.delivery.id in ours]
            await self._composer.begun(work, begun)
            written = await work.deliveries.record(settled, lot.owner, now)
        self._count(each for each in settled if each.id in written)
        if free_at is not None and begun:
            lot.keep_apart((each.delivery for each in begun), free_at)
            self._holds.append(free_at)
        return begun

    async def _send(self, prepared: Sequence[Prepared], lot: Lot) -> dict[int, Outcome]:
        """Make the calls; at a stop, what is known by then is recorded all the same."""
        now = self._clock.now()
        uncalled = {each.delivery.id for each in prepared}
        outcomes: dict[int, Outcome] = {}
        try:
            await self._all([self._call(each, lot, uncalled, outcomes) for each in prepared])
        finally:
            # until its call begins, a delivery is known not to have been sent
            outcomes.update(
                (number, MustWait(number, now, whole_place=False)) for number in uncalled
            )
            await _to_the_end(self._record(outcomes, lot))
        return outcomes

    async def _call(
        self, prepared: Prepared, lot: Lot, uncalled: set[int], outcomes: dict[int, Outcome]
    ) -> None:
        if not self._has_time(lot):
            return
        delivery = prepared.delivery
        uncalled.discard(delivery.id)
        if held := lot.held_with_others(delivery):
            outcomes[delivery.id] = held
            return
        try:
            async with self._time_limit():
                message = await self._chat.send(delivery.place, prepared.message, delivery.id)
            outcomes[delivery.id] = WasSent(delivery.id, message, self._clock.now())
        # Whatever a platform's adapter raises, the other calls go on.
        except Exception as error:  # noqa: BLE001
            if isinstance(error, ChatBusyError):
                self._meter.asked_to_wait(self._chat.platform)
            outcomes[delivery.id] = of_failed_call(delivery, error, self._clock.now())
            lot.note(outcomes[delivery.id])

    async def _look(self, delivery: Claimed, lot: Lot, outcomes: dict[int, Outcome]) -> None:
        if not self._has_time(lot):
            return
        began_at = lot.began_at[delivery.id]
        try:
            async with self._time_limit():
                message = await self._chat.find(
                    delivery.place, delivery.id, began_at - _BEFORE_CALL
                )
            outcomes[delivery.id] = (
                WasSent(delivery.id, message, began_at)
                if message
                else of_missing(delivery, self._clock.now())
            )
        # Whatever a platform's adapter raises, the other looks go on.
        except Exception as error:  # noqa: BLE001
            outcomes[delivery.id] = of_failed_look(delivery, began_at, error, self._clock.now())

    async def _all(self, calls: Sequence[Coroutine[None, None, None]]) -> None:
        """Make calls, as many at a time as may be."""
        waiting = iter(calls)

        async def work() -> None:
            # taken only then: one that is taken and not made is nobody's to close
            while True:
                async with self._free_call:
                    call = next(waiting, None)
                    if call is None:
                        return
                    await call

        try:
            await together(work() for _ in range(min(self._concurrency, len(calls))))
        finally:
            for call in waiting:
                call.close()

    def _time_limit(self) -> asyncio.Timeout:
        return asyncio.timeout(self._call_timeout.total_seconds())

    def _has_time(self, lot: Lot) -> bool:
        return lot.lease_until - self._clock.now() >= self._call_timeout

    async def _record(self, outcomes: Mapping[int, Outcome], lot: Lot) -> None:
        if not outcomes:
            return
        now = self._clock.now()
        async with self._storage.work() as work:
            written = await work.deliveries.record(list(outcomes.values()), lot.owner, now)
            known = [outcomes[number] for number in written]
            for each in known:
                # one that can't be confirmed may have been sent after all
                if isinstance(each, WasRefused) and each.reason is not Reason.UNCONFIRMED:
                    await self._composer.refused(work, lot.delivery(each.id), now)
        self._count(known)

    def _count(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            reason = outcome.reason.value if isinstance(outcome, WasSkipped | WasRefused) else ""
            self._meter.delivered(self._chat.platform, _NAMES[type(outcome)], reason)


_NAMES: Mapping[type[Outcome], str] = {
    WasSent: "sent",
    WasSkipped: "skipped",
    WasRefused: "failed",
    MustWait: "waits",
    IsUncertain: "uncertain",
}


def _settled(delivery: Claimed, lot: Lot, now: datetime) -> Outcome | None:
    if delivery.expires_at is not None and delivery.expires_at < now:
        return WasSkipped(delivery.id, Reason.LATE)
    return lot.held(delivery)


def _without(settled: Sequence[Outcome], claimed: Sequence[Claimed]) -> list[Claimed]:
    numbers = {outcome.id for outcome in settled}
    return [each for each in claimed if each.id not in numbers]


async def _overtaken(
    work: UnitOfWork, claimed: Sequence[Claimed], now: datetime
) -> list[WasSkipped | MustWait]:
    """After an outage a place gets the latest question, not one of each schedule.

    Until all that is due there has been planned, nobody knows which one that is.
    """
    late = [
        each.id for each in claimed if each.kind.is_prompt and now - each.due_at > _CATCHES_UP_AFTER
    ]
    found = await work.deliveries.overtaken(late, now) if late else {}
    return [
        WasSkipped(number, Reason.LATE)
        if is_overtaken
        else MustWait(number, now + SHORTEST_WAIT, whole_place=False)
        for number, is_overtaken in found.items()
    ]


def _count_sent(outcomes: Mapping[int, Outcome]) -> int:
    return sum(isinstance(outcome, WasSent) for outcome in outcomes.values())


async def _to_the_end(work: Coroutine[None, None, None]) -> None:
    """Finish `work` even if a cancellation comes meanwhile; then the cancellation goes on."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
