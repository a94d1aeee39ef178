"""The ledger under every fault, in any order, judged by what the platform saw.

`LedgerMachine` keeps the two assumptions: a message that was accepted shows within 60 seconds, and
no process wakes after its lease. `BrokenAssumptions` breaks one of them, once.
"""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot.chat.identity import CommunityRef, PlaceKind
from bot.domain.delivery import DeliveryKind, DeliveryState, Reason
from bot.domain.recurrence import Recurrence, next_occurrence
from bot.ports.chat import Pace
from bot.ports.storage import Storage
from tests.cast import NOW
from tests.contract.ledger import Ledger, Written
from tests.fakes.clock import FakeClock
from tests.fakes.storage import InMemoryStorage
from tests.faults.platform import Answer, Look, Platform
from tests.faults.replicas import Replica
from tests.unit.domain.slow_time import cron_fits, watch

VILLAGE = CommunityRef("console", "village")
CLOSED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED)
EVERY_TWENTY_MINUTES = "*/20 * * * *"
GRACE = timedelta(minutes=30)
SECOND = timedelta(seconds=1)
CLOCK_ERROR = 600
"""Seconds; a clock that is further off from the platform's is beyond what is promised."""

replicas = st.integers(0, 3)
moments = st.integers(0, 5)


class LedgerMachine(RuleBasedStateMachine):
    """Two to four processes, one platform, one ledger."""

    shows_within = 60

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.clock = FakeClock(NOW)
        self.platform = Platform(self.clock)
        self.replicas: list[Replica] = []
        self.pace: Pace | None = None
        self.introductions: set[int] = set()
        self.places: list[int] = []
        self.furthest = NOW
        self.set_back = 0
        self.dead: list[Replica] = []
        self.born = 0
        self.may_have_more = 0
        self.loop.run(self._found())

    async def open_storage(self) -> Storage:
        """The storage of one example."""
        return InMemoryStorage()

    async def close_storage(self) -> None:
        """Nothing is left of it."""

    async def _found(self) -> None:
        self.storage = await self.open_storage()
        self.ledger = Ledger(self.storage)
        await self.ledger.found()
        await self.ledger.attach(VILLAGE)
        self.places = [
            await self.ledger.place("a"),
            await self.ledger.place("b"),
            await self.ledger.place("c", VILLAGE),
            await self.ledger.place("d", None, PlaceKind.DIRECT),
        ]
        rule_text = Recurrence.from_text(f"cron:{EVERY_TWENTY_MINUTES}")
        async with self.storage.work() as work:
            await work.schedules.add_nudge(
                programme_id=self.ledger.programme_id,
                place_id=await work.places.ensure(await work.places.get(self.places[2])),
                zone="UTC",
                recurrence=rule_text,
                words="often",
                holidays=None,
                grace=GRACE,
                first=next_occurrence(rule_text, ZoneInfo("UTC"), NOW),
            )

    # what there is

    @initialize(count=st.integers(2, 4), is_paced=st.booleans())
    def begin(self, count: int, is_paced: bool) -> None:
        if is_paced:
            self.pace = Pace(between=SECOND, per_minute=120)
        self.replicas = [self._be_born() for _ in range(count)]

    def _be_born(self) -> Replica:
        self.born += 1
        return Replica(f"process {self.born}", self.storage, self.platform, self.pace)

    @rule(
        place=st.integers(0, 3),
        kind=st.sampled_from(DeliveryKind),
        lasts=st.sampled_from([None, 30, 600]),
        count=st.integers(1, 3),
    )
    def is_due(self, place: int, kind: DeliveryKind, lasts: int | None, count: int) -> None:
        """Something is to be sent."""
        now = self.clock.now()
        for _ in range(count):
            number = self.loop.run(
                self._add(place, kind, now, None if lasts is None else now + lasts * SECOND)
            )
            if kind is DeliveryKind.INTRODUCTION:
                self.introductions.add(number)

    async def _add(
        self, place: int, kind: DeliveryKind, now: datetime, expires_at: datetime | None
    ) -> int:
        self.born += 1
        return await self.ledger.add(
            self.places[place], f"asked:{self.born}", kind=kind, due_at=now, expires_at=expires_at
        )

    # what the platform will say

    @rule(answer=st.sampled_from(Answer), delay=st.integers(0, 60))
    def will_answer(self, answer: Answer, delay: int) -> None:
        self.platform.answers.append((answer, min(delay, self.shows_within) * SECOND))

    @rule(look=st.sampled_from(Look))
    def will_look(self, look: Look) -> None:
        self.platform.looks.append(look)

    # what happens

    @rule(replica=replicas, steps=st.integers(1, 12), which=moments, plan=st.booleans())
    def goes_on(self, replica: int, steps: int, which: int, plan: bool) -> None:
        self.loop.run(self._go_on(self._replica(replica), steps, which, plan=plan))

    async def _go_on(self, replica: Replica, steps: int, which: int, *, plan: bool) -> None:
        for _ in range(steps):
            await replica.step(which, plan=plan)

    @rule(replica=replicas)
    def works(self, replica: int) -> None:
        self.loop.run(self._work(self._replica(replica)))

    async def _work(self, replica: Replica) -> None:
        await replica.finish()
        await replica.step(0, plan=True)
        await replica.finish()
        await replica.step(0)
        await replica.finish()

    @rule(replica=replicas)
    def dies(self, replica: int) -> None:
        self._replica(replica).die()
        self._replace_dead()

    @rule(replica=replicas, calls=st.integers(1, 8), which=moments)
    def dies_in_a_transaction(self, replica: int, calls: int, which: int) -> None:
        mortal = self._replica(replica)
        mortal.dies_in = calls
        self.loop.run(self._go_on(mortal, 12, which, plan=False))
        self._replace_dead()

    @rule(seconds=st.sampled_from([1, 4, 9, 11, 25, 45, 59, 61, 70, 130, 600, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.furthest = max(self.furthest, self.clock.now())
        self._nobody_wakes_after_a_lease()

    @rule(seconds=st.sampled_from([1, 30, 61, 250]))
    def clock_goes_back(self, seconds: int) -> None:
        if self.set_back + seconds < CLOCK_ERROR:
            self.set_back += seconds
            self.clock.advance(seconds=-seconds)

    @rule(
        seconds=st.sampled_from([61, 130]),
        replica=replicas,
        steps=st.integers(1, 9),
        kind=st.sampled_from(DeliveryKind),
        ahead=st.integers(0, 20),
    )
    def sleeps_before_its_calls(
        self, seconds: int, replica: int, steps: int, kind: DeliveryKind, ahead: int
    ) -> None:
        """Who has not begun to call anybody may wake whenever it likes."""
        self.is_due(0, kind, None, 1)
        sleeper = self._replica(replica)
        self.goes_on(replica, steps, 0, plan=False)
        if not sleeper.is_at_work or sleeper.calling:
            return
        self._sleep(sleeper, seconds)
        self.loop.run(self._go_on(self._replica(replica + 1), ahead, 0, plan=False))
        self.loop.run(sleeper.finish())

    def _sleep(self, sleeper: Replica, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.furthest = max(self.furthest, self.clock.now())
        self._nobody_wakes_after_a_lease(but=sleeper)

    def _nobody_wakes_after_a_lease(self, but: Replica | None = None) -> None:
        for replica in self.replicas:
            ends = replica.leases_end
            is_over = ends is not None and ends <= self.clock.now()
            if replica.is_at_work and is_over and replica is not but:
                replica.die()
        self._replace_dead()

    def _replica(self, number: int) -> Replica:
        return self.replicas[number % len(self.replicas)]

    def _replace_dead(self) -> None:
        self.dead += [each for each in self.replicas if each.is_dead]
        self.replicas = [self._be_born() if r.is_dead else r for r in self.replicas]

    # what has to be true

    @invariant()
    def nothing_comes_twice(self) -> None:
        copies = self.platform.copies
        more = {number: count for number, count in copies.items() if count > 1}
        assert all(count <= 1 + self.may_have_more for count in more.values()), more
        assert not more.keys() & self.introductions

    @invariant()
    def what_is_closed_has_its_reason(self) -> None:
        for row in self.loop.run(self.ledger.written()):
            self._judge(row)

    def _judge(self, row: Written) -> None:
        copies = self.platform.copies[row.id]
        match row.state:
            case DeliveryState.SENT:
                assert copies >= 1, "what is sent was seen"
                assert row.reason is None
            case DeliveryState.FAILED | DeliveryState.SKIPPED:
                assert row.reason is not None
                is_doubtful = row.id in self.introductions and row.reason is Reason.UNCONFIRMED
                assert is_doubtful or copies <= self.may_have_more, "what was seen is sent"

    def teardown(self) -> None:
        try:
            self.loop.run(self._come_to_an_end())
        finally:
            self.loop.run(self._clear())
            self.loop.close()

    async def _come_to_an_end(self) -> None:
        """When all goes well again, everything is closed before long."""
        self.platform.answers.clear()
        self.platform.looks.clear()
        latest = max((one.shows_at for one in self.platform.taken), default=NOW)
        self.clock.at = max(self.clock.at, self.furthest)
        for replica in self.replicas:
            replica.die()
        self._replace_dead()
        healthy = self.replicas[0]
        for _ in range(60):
            await self._work(healthy)
            rows = await self.ledger.written()
            if self.clock.now() > latest and all(row.state in CLOSED for row in rows):
                break
            self.clock.advance(seconds=41)
        rows = await self.ledger.written()
        assert [row for row in rows if row.state not in CLOSED] == [], "nothing is left lying"
        for row in rows:
            self._judge(row)
        self.nothing_comes_twice()
        self._nothing_is_missing(rows)

    def _nothing_is_missing(self, rows: list[Written]) -> None:
        fits = cron_fits(EVERY_TWENTY_MINUTES)
        due = [slot for slot, _ in watch(ZoneInfo("UTC"), NOW, self.clock.now(), fits)]
        planned = sorted(row.slot for row in rows if not row.slot.startswith("asked"))
        expected = [slot.isoformat(timespec="minutes") for slot in due]
        if any(place.native_id == "c" for place in self.platform.closed):
            assert set(planned) <= set(expected), "nothing more is planned for a closed place"
        else:
            assert planned == expected, (set(planned) ^ set(expected), self.clock.now())

    async def _clear(self) -> None:
        for replica in [*self.replicas, *self.dead]:
            await replica.end()
        await self.close_storage()


class BrokenAssumptions(LedgerMachine):
    """Once, a message shows later than it should, or a process wakes after its lease."""

    @precondition(lambda self: not self.may_have_more)
    @rule(
        answer=st.sampled_from([Answer.TIMED_OUT_AFTER_SENDING, Answer.DROPPED_AFTER_SENDING]),
        delay=st.sampled_from([61, 150, 2000]),
        replica=replicas,
        place=st.integers(0, 3),
        kind=st.sampled_from(DeliveryKind),
    )
    def shows_late(
        self, answer: Answer, delay: int, replica: int, place: int, kind: DeliveryKind
    ) -> None:
        self.may_have_more = 1
        self.is_due(place, kind, None, 1)
        self.platform.answers.appendleft((answer, delay * SECOND))
        self.works(replica)

    @precondition(lambda self: not self.may_have_more)
    @rule(
        seconds=st.sampled_from([61, 130, 600]),
        replica=replicas,
        steps=st.integers(1, 9),
        kind=st.sampled_from(DeliveryKind),
        others=st.booleans(),
    )
    def sleeps_past_its_lease(
        self, seconds: int, replica: int, steps: int, kind: DeliveryKind, others: bool
    ) -> None:
        sleeper = self._replica(replica)
        for place in range(3):
            self.is_due(place, kind, None, 1)
        self.goes_on(replica, steps, 0, plan=False)
        if not sleeper.is_at_work:
            return
        self.may_have_more = 1
        self._sleep(sleeper, seconds)
        if others:
            for each in self.replicas:
                if each is not sleeper:
                    self.loop.run(self._work(each))
        self.loop.run(sleeper.finish())
