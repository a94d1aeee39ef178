"""What is due goes out once, in order, and every outcome is kept."""

import asyncio
import gc
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.chat.identity import CommunityRef, PlaceKind, PlaceRef
from bot.domain.delivery import DeliveryKind, DeliveryState, Reason
from bot.ports.chat import ChatBusyError, ChatRefusedError, ChatUncertainError, Pace
from bot.ports.composing import Prepared
from bot.ports.deliveries import LOOK_AFTER, Claimed, NewDelivery, WasSkipped
from bot.ports.storage import UnitOfWork
from scheduler.courier import Courier
from tests.cast import NOW, TOWN, found_town
from tests.fakes.chat import FakeChat, Reaction, hanging, raising
from tests.fakes.clock import FakeClock
from tests.fakes.composer import FakeComposer
from tests.fakes.deliveries import Row
from tests.fakes.meter import FakeMeter
from tests.fakes.storage import InMemoryStorage

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
DUE, SENT, FAILED = DeliveryState.DUE, DeliveryState.SENT, DeliveryState.FAILED
UNKNOWN, SENDING, SKIPPED = DeliveryState.UNKNOWN, DeliveryState.SENDING, DeliveryState.SKIPPED


class World:
    """A town with its ledger, and a courier with everything around it."""

    def __init__(self, batch: int, concurrency: int) -> None:
        self.clock = FakeClock(NOW)
        self.storage = InMemoryStorage()
        self.chat = FakeChat(self.clock, TOWN.platform)
        self.composer = FakeComposer()
        self.meter = FakeMeter()
        self.batch = batch
        self.concurrency = concurrency
        self.courier = self.another("one")

    @classmethod
    async def begin(cls, *, batch: int = 200, concurrency: int = 50) -> "World":
        world = cls(batch, concurrency)
        async with world.storage.work() as work:
            await found_town(work)
        return world

    def another(self, owner: str) -> Courier:
        return Courier(
            self.storage,
            self.clock,
            self.chat,
            self.composer,
            owner,
            lease=LEASE,
            call_timeout=timedelta(seconds=0.05),
            batch=self.batch,
            concurrency=self.concurrency,
            meter=self.meter,
        )

    async def put(
        self,
        place: int = 1,
        *,
        due_at: datetime = NOW,
        expires_at: datetime | None = None,
        kind: DeliveryKind = DeliveryKind.REFLECTION,
        community: CommunityRef | None = TOWN,
    ) -> int:
        """Write a delivery; gives its number, counted from 1."""
        where = None if community is None else community.native_id
        ref = PlaceRef(TOWN.platform, f"D{place}", PlaceKind.DIRECT, where)
        async with self.storage.work() as work:
            number = await work.deliveries.add(
                NewDelivery(
                    programme_id=1,
                    place_id=await work.places.ensure(ref),
                    kind=kind,
                    slot=f"put {len(self.rows)}",
                    due_at=due_at,
                    expires_at=expires_at,
                )
            )
        assert number is not None
        return number

    @property
    def rows(self) -> dict[int, Row]:
        return self.storage.unit.deliveries.rows

    def state(self, number: int) -> DeliveryState:
        return self.rows[number].state

    def sent(self) -> list[tuple[str, int]]:
        """Place and delivery of every message, in the order in which they were taken."""
        for one in self.chat.sent:
            assert one.message.plain() == f"number {one.delivery_id}"
        return [(one.ref.place.native_id, one.delivery_id) for one in self.chat.sent]

    def numbers(self) -> list[int]:
        return [number for _, number in self.sent()]

    async def run_in(self, length: timedelta) -> int:
        self.clock.advance(length)
        return await self.courier.run()


async def test_everything_due_goes_out_once() -> None:
    world = await World.begin(batch=7, concurrency=3)
    for place in range(1, 51):
        await world.put(place)
    assert await world.courier.run() == 50
    assert await world.courier.run() == 0
    assert sorted(world.numbers()) == list(range(1, 51))
    assert {row.state for row in world.rows.values()} == {SENT}
    assert world.chat.most_at_once == 3


async def test_outcomes_and_waits_are_counted() -> None:
    world = await World.begin()
    for place in range(1, 5):
        await world.put(place, expires_at=NOW if place == 4 else None)
    busy, refused = ChatBusyError(SECOND), ChatRefusedError(Reason.UNREACHABLE, "gone")
    world.chat.before = {1: raising(busy), 2: raising(refused)}
    world.clock.advance(SECOND)
    await world.courier.run()
    assert world.meter.deliveries == {
        ("waits", ""): 1,
        ("failed", "unreachable"): 1,
        ("sent", ""): 1,
        ("skipped", "late"): 1,
    }
    assert world.meter.waits == 1


async def test_what_is_due_later_waits() -> None:
    world = await World.begin()
    await world.put(due_at=NOW + SECOND)
    assert await world.courier.run() == 0
    assert await world.run_in(SECOND) == 1


async def test_two_couriers_at_once_send_everything_once() -> None:
    world = await World.begin(batch=5)
    for place in range(1, 41):
        await world.put(place)
    sent = await asyncio.gather(world.courier.run(), world.another("two").run())
    assert sum(sent) == 40
    assert sorted(world.numbers()) == list(range(1, 41))


async def test_a_place_takes_its_messages_at_the_platforms_pace() -> None:
    world = await World.begin()
    world.chat.pace = Pace(between=SECOND, per_minute=6000)
    for _ in range(3):
        await world.put()
    for _ in range(3):
        assert await world.courier.run() == 1
        assert await world.courier.run() == 0
        world.clock.advance(SECOND)
    assert world.numbers() == [1, 2, 3]


async def test_a_community_gets_a_second_of_its_pace_at_a_time() -> None:
    world = await World.begin()
    world.chat.pace = Pace(between=timedelta(), per_minute=180)
    for place in range(1, 8):
        await world.put(place)
    sent = []
    for _ in range(3):
        sent.append(await world.courier.run())
        world.clock.advance(SECOND)
    assert sent == [3, 3, 1]


async def test_a_platform_gets_a_second_of_its_pace_at_a_time() -> None:
    world = await World.begin()
    world.chat.pace = Pace(between=timedelta(), per_minute=180, whole_platform=True)
    village = CommunityRef(TOWN.platform, "village")
    async with world.storage.work() as work:
        await work.programmes.attach(village, "Village", 1)
    for place in range(1, 9):
        await world.put(place, community=(TOWN, village)[place % 2])
    assert await world.courier.run() == 2
    assert await world.run_in(SECOND) == 2


async def test_running_on_waits_for_the_pace() -> None:
    world = await World.begin()
    world.chat.pace = Pace(between=timedelta(seconds=0.05), per_minute=60_000)
    numbers = [await world.put() for _ in range(3)]

    async def take_time(_: int) -> None:
        world.clock.advance(seconds=0.1)

    for number in numbers:
        world.chat.after[number] = take_time
    assert await world.courier.run_on() == 3


async def test_one_place_gets_its_messages_in_due_order() -> None:
    world = await World.begin()
    for minutes in (1, 5, 3, 2, 4):
        await world.put(1, due_at=NOW - timedelta(minutes=minutes))
        await world.put(2, due_at=NOW - timedelta(minutes=minutes))
    await world.courier.run()
    first = [number for place, number in world.sent() if place == "D1"]
    second = [number for place, number in world.sent() if place == "D2"]
    assert first == [3, 9, 5, 7, 1]
    assert second == [4, 10, 6, 8, 2]
    assert world.chat.most_at_once == 2


async def test_expired_deliveries_are_skipped() -> None:
    world = await World.begin()
    late = await world.put(expires_at=NOW - SECOND)
    in_time = await world.put(2, expires_at=NOW)
    assert await world.courier.run() == 1
    assert (world.state(late), world.rows[late].reason) == (SKIPPED, Reason.LATE)
    assert world.state(in_time) is SENT


async def test_what_the_composer_finds_settled_is_not_sent() -> None:
    world = await World.begin()
    number = await world.put()
    world.composer.settled = {number}
    assert await world.courier.run() == 0
    assert world.rows[number].reason is Reason.SETTLED


async def test_the_chosen_prompt_is_written_before_the_call() -> None:
    world = await World.begin()
    number = await world.put()
    world.composer.prompts = {number: 3}
    seen = []

    async def look(_: int) -> None:
        seen.append((world.state(number), world.rows[number].prompt_id))

    world.chat.before[number] = look
    await world.courier.run()
    assert seen == [(SENDING, 3)]


async def test_each_lease_has_a_name_of_its_own() -> None:
    world = await World.begin(batch=2)
    numbers = [await world.put(place) for place in range(6)]
    owners: dict[int, str | None] = {}

    async def look(number: int) -> None:
        owners[number] = world.rows[number].owner

    world.chat.before = dict.fromkeys(numbers, look)
    await world.courier.run()
    await world.another("two").run()
    assert len(owners) == 6
    assert len(set(owners.values())) == 3
    assert all(owner is not None and owner.startswith("one/") for owner in owners.values())


async def test_what_somebody_else_closed_while_it_was_composed_is_not_sent() -> None:
    world = await World.begin()

    class LateComposer(FakeComposer):
        async def prepare(
            self, work: UnitOfWork, claimed: Sequence[Claimed], now: datetime
        ) -> tuple[Prepared | WasSkipped, ...]:
            for each in claimed:
                world.rows[each.id].close(SKIPPED, Reason.SETTLED, now)
            return await super().prepare(work, claimed, now)

    number = await world.put()
    world.composer = LateComposer()
    assert await world.another("two").run() == 0
    assert (world.chat.calls, world.state(number)) == ([], SKIPPED)


async def test_a_lease_must_outlast_a_call() -> None:
    world = await World.begin()
    with pytest.raises(ValueError, match="too short"):
        Courier(world.storage, world.clock, world.chat, world.composer, "one", lease=SECOND)


# a platform that does not take it


async def test_a_busy_place_waits_and_keeps_its_order() -> None:
    world = await World.begin()
    first, second = await world.put(), await world.put()
    await world.put(2)
    world.chat.before[first] = raising(ChatBusyError(timedelta(seconds=5)))
    assert await world.courier.run() == 1
    assert await world.run_in(timedelta(seconds=4)) == 0
    world.chat.before.clear()
    assert await world.run_in(SECOND) == 2
    assert world.numbers()[1:] == [first, second]


async def test_a_busy_community_waits_as_a_whole() -> None:
    world = await World.begin(concurrency=1)
    elsewhere = CommunityRef(TOWN.platform, "elsewhere")
    async with world.storage.work() as work:
        await work.programmes.attach(elsewhere, "Elsewhere", 1)
    busy = await world.put(1)
    await world.put(2)
    await world.put(3, community=elsewhere)
    error = ChatBusyError(timedelta(seconds=5), whole_community=True)
    world.chat.before[busy] = raising(error)
    assert await world.courier.run() == 1
    assert world.sent() == [("D3", 3)]
    world.chat.before.clear()
    assert await world.run_in(timedelta(seconds=5)) == 2


async def test_a_busy_platform_waits_as_a_whole() -> None:
    world = await World.begin(concurrency=1)
    world.chat.pace = Pace(between=SECOND, per_minute=240, whole_platform=True)
    busy = await world.put(1, community=None)
    await world.put(2)
    error = ChatBusyError(timedelta(seconds=5), whole_platform=True)
    world.chat.before[busy] = raising(error)
    assert await world.courier.run() == 0
    assert world.chat.calls == [busy]
    await world.put(3, community=None)
    assert await world.run_in(timedelta(seconds=4)) == 0
    world.chat.before.clear()
    assert await world.run_in(SECOND) == 3


async def test_a_platform_that_asks_for_no_wait_at_all_does_not_keep_us_busy() -> None:
    world = await World.begin()
    number = await world.put()
    world.chat.before[number] = raising(ChatBusyError(timedelta()))
    assert await world.courier.run() == 0
    assert world.state(number) is DUE


async def test_waits_go_on_until_the_delivery_expires() -> None:
    world = await World.begin()
    number = await world.put(expires_at=NOW + timedelta(minutes=30))
    world.chat.before[number] = raising(ChatBusyError(timedelta(minutes=1)))
    for _ in range(30):
        await world.run_in(timedelta(minutes=1))
        assert world.state(number) is DUE
    await world.run_in(timedelta(minutes=1))
    assert world.rows[number].reason is Reason.LATE


async def test_a_refusal_closes_the_delivery_with_its_reason() -> None:
    world = await World.begin()
    number = await world.put()
    world.chat.before[number] = raising(ChatRefusedError(Reason.NOT_ALLOWED, "no scope"))
    following = await world.put()
    assert await world.courier.run() == 1
    assert (world.state(number), world.state(following)) == (FAILED, SENT)
    assert world.rows[number].reason is Reason.NOT_ALLOWED
    assert world.composer.refusals == [number]


async def test_a_closed_place_gets_no_further_call() -> None:
    world = await World.begin()
    error = ChatRefusedError(Reason.UNREACHABLE, "blocked", closes_place=True)
    closed = await world.put()
    await world.put()
    world.chat.before[closed] = raising(error)
    assert await world.courier.run() == 0
    assert (world.chat.calls, world.composer.asked) == ([closed], [closed])
    assert [row.reason for row in world.rows.values()] == [Reason.UNREACHABLE] * 2


# calls without an answer


@pytest.mark.parametrize("kind", list(DeliveryKind))
@pytest.mark.parametrize("answer", [raising(ChatUncertainError("dropped")), hanging])
async def test_an_uncertain_message_that_was_taken_is_not_repeated(
    kind: DeliveryKind, answer: Reaction
) -> None:
    world = await World.begin()
    number = await world.put(kind=kind)
    world.chat.after[number] = answer
    assert await world.courier.run() == 0
    assert world.state(number) is UNKNOWN
    assert await world.run_in(LOOK_AFTER - SECOND) == 0
    assert world.chat.looks == []
    await world.run_in(SECOND)
    assert world.chat.looks == [(number, NOW - timedelta(minutes=10))]
    assert world.state(number) is SENT
    assert world.numbers() == [number]


@pytest.mark.parametrize("kind", [DeliveryKind.NUDGE, DeliveryKind.REFLECTION, DeliveryKind.NOTICE])
async def test_an_uncertain_message_that_was_not_taken_is_sent_again(kind: DeliveryKind) -> None:
    world = await World.begin()
    number = await world.put(kind=kind)
    world.chat.before[number] = raising(ChatUncertainError("dropped"))
    await world.courier.run()
    world.chat.before.clear()
    assert await world.run_in(LOOK_AFTER) == 1
    assert world.numbers() == [number]


async def test_an_introduction_that_is_not_found_waits_for_a_person() -> None:
    world = await World.begin()
    number = await world.put(kind=DeliveryKind.INTRODUCTION)
    world.chat.before[number] = raising(ChatUncertainError("dropped"))
    await world.courier.run()
    world.chat.before.clear()
    assert await world.run_in(LOOK_AFTER) == 0
    assert (world.state(number), world.chat.sent) == (FAILED, [])
    assert world.rows[number].reason is Reason.UNCONFIRMED


async def test_behind_an_uncertain_message_its_place_waits() -> None:
    world = await World.begin()
    first, second = await world.put(), await world.put()
    world.chat.before[first] = raising(ChatUncertainError("dropped"))
    await world.courier.run()
    assert world.chat.sent == []
    world.chat.before.clear()
    await world.run_in(LOOK_AFTER)
    assert world.numbers() == [first, second]


async def test_a_busy_platform_is_looked_at_later() -> None:
    world = await World.begin()
    number = await world.put()
    world.chat.after[number] = raising(ChatUncertainError("dropped"))
    world.chat.on_find[number] = raising(ChatBusyError(timedelta(seconds=30)))
    await world.courier.run()
    await world.run_in(LOOK_AFTER)
    assert world.state(number) is UNKNOWN
    world.chat.on_find.clear()
    await world.run_in(timedelta(seconds=29))
    assert world.state(number) is UNKNOWN
    await world.run_in(SECOND)
    assert world.state(number) is SENT


@pytest.mark.parametrize(
    ("kind", "times"), [(DeliveryKind.REFLECTION, 2), (DeliveryKind.INTRODUCTION, 1)]
)
async def test_where_nobody_may_look_a_prompt_comes_twice_and_an_introduction_does_not(
    kind: DeliveryKind, times: int
) -> None:
    world = await World.begin()
    number = await world.put(kind=kind)
    world.chat.after[number] = raising(ChatUncertainError("dropped"))
    world.chat.on_find[number] = raising(ChatRefusedError(Reason.NOT_ALLOWED, "no scope"))
    await world.courier.run()
    world.chat.after.clear()
    await world.run_in(LOOK_AFTER)
    assert world.numbers() == [number] * times


@pytest.mark.parametrize("answer", [hanging, raising(KeyError("ok"))])
async def test_a_look_that_keeps_failing_is_given_up_after_a_day(answer: Reaction) -> None:
    world = await World.begin()
    number = await world.put(kind=DeliveryKind.INTRODUCTION)
    world.chat.before[number] = raising(ChatUncertainError("dropped"))
    world.chat.on_find[number] = answer
    await world.courier.run()
    await world.run_in(timedelta(hours=12))
    assert world.state(number) is UNKNOWN
    await world.run_in(timedelta(hours=13))
    assert world.rows[number].reason is Reason.UNCONFIRMED


# failures that nobody foresaw


async def test_an_exploding_chat_sinks_nothing_else_and_no_words_are_logged() -> None:
    world = await World.begin()
    number = await world.put()
    world.chat.before[number] = raising(RuntimeError("secret words"))
    for place in range(2, 6):
        await world.put(place)
    with capture_logs() as logs:
        assert await world.courier.run() == 4
    assert world.state(number) is UNKNOWN
    assert [(entry["event"], entry["delivery"]) for entry in logs] == [("call_failed", number)]
    assert logs[0]["error"] == "RuntimeError"
    assert "secret" not in str(logs)


async def test_a_message_that_cannot_be_composed_sinks_nothing_else() -> None:
    world = await World.begin()
    for place in range(1, 6):
        await world.put(place)
    world.composer.broken = {3}
    with capture_logs() as logs:
        assert await world.courier.run() == 4
    assert world.state(3) is DUE
    assert [entry["event"] for entry in logs] == ["delivery_not_composed"]
    assert "secret" not in str(logs)


async def test_composing_is_tried_again_for_a_day_at_growing_intervals() -> None:
    world = await World.begin()
    number = await world.put()
    world.composer.broken = {number}
    pauses = []
    while world.state(number) is DUE:
        await world.courier.run()
        pauses.append(world.rows[number].act_at - world.clock.now())
        world.clock.at = world.rows[number].act_at
    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert minutes[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert world.rows[number].reason is Reason.REFUSED
    assert len(pauses) < 40


# a stop, a crash, a lease that runs out


async def test_a_crash_between_claim_and_begin_sends_later() -> None:
    world = await World.begin()
    await world.put()
    async with world.storage.work() as work:
        await work.deliveries.claim([TOWN.platform], "gone", NOW, NOW + LEASE, 10)
    assert await world.courier.run() == 0
    assert await world.run_in(LEASE) == 1


@pytest.mark.parametrize("taken", [False, True], ids=["not taken", "taken"])
async def test_a_call_cut_short_is_looked_for_when_its_lease_has_run_out(taken: bool) -> None:
    world = await World.begin()
    number = await world.put()
    reactions = world.chat.after if taken else world.chat.before
    reactions[number] = raising(asyncio.CancelledError())
    await world.put(2)
    assert await world.courier.run() == 1
    assert (world.state(number), world.state(2)) == (SENDING, SENT)
    reactions.clear()
    await world.run_in(LEASE - SECOND)
    assert world.state(number) is SENDING
    await world.run_in(LOOK_AFTER + SECOND)
    assert world.state(number) is SENT
    assert world.numbers().count(number) == 1


async def test_a_stop_records_what_is_known_and_leaves_the_rest_to_the_leases() -> None:
    world = await World.begin()
    answered, hung = await world.put(), await world.put(2)
    started = asyncio.Event()

    async def hang(_: int) -> None:
        started.set()
        await asyncio.Event().wait()

    world.chat.after[hung] = hang
    task = asyncio.create_task(world.courier.run())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (world.state(answered), world.state(hung)) == (SENT, SENDING)
    world.chat.after.clear()
    await world.run_in(LEASE + LOOK_AFTER)
    assert world.state(hung) is SENT
    assert sorted(world.numbers()) == [answered, hung]


async def test_a_stop_makes_no_call_that_waited_for_its_turn() -> None:
    world = await World.begin(batch=1, concurrency=1)
    hung, waiting = await world.put(), await world.put(2)

    started = asyncio.Event()

    async def hang(_: int) -> None:
        started.set()
        await asyncio.Event().wait()

    world.chat.before[hung] = hang
    task = asyncio.create_task(world.courier.run())
    await started.wait()
    await asyncio.sleep(0.01)
    assert world.state(waiting) is SENDING
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    gc.collect()  # complains of a call that nobody closed
    assert world.chat.calls == [hung]
    assert (world.state(hung), world.state(waiting)) == (SENDING, DUE)


async def test_a_stop_during_the_recording_waits_for_it() -> None:
    world = await World.begin()
    await world.put()
    locked, release = asyncio.Event(), asyncio.Event()

    async def hold_the_ledger() -> None:
        async with world.storage.work():
            locked.set()
            await release.wait()

    async def lock(_: int) -> None:
        holders.append(asyncio.create_task(hold_the_ledger()))
        await locked.wait()

    holders: list[asyncio.Task[None]] = []
    world.chat.after[1] = lock
    task = asyncio.create_task(world.courier.run())
    await locked.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.state(1) is SENT


async def test_no_call_begins_when_its_lease_is_about_to_run_out() -> None:
    world = await World.begin(concurrency=1)

    async def take_long(_: int) -> None:
        world.clock.advance(LEASE - timedelta(seconds=0.01))

    first, second = await world.put(1), await world.put(2)
    world.chat.after[first] = take_long
    assert await world.courier.run() == 2
    # the second one on a lease of its own
    assert [world.rows[number].attempt for number in (first, second)] == [1, 2]


async def test_a_delivery_begun_too_late_for_its_call_is_not_looked_for() -> None:
    world = await World.begin()
    number = await world.put(kind=DeliveryKind.INTRODUCTION)
    composing = world.composer.prepare

    async def take_long(*given: object) -> object:
        world.clock.advance(LEASE - timedelta(seconds=0.01))
        world.composer.prepare = composing  # type: ignore[method-assign]
        return await composing(*given)  # type: ignore[arg-type]

    world.composer.prepare = take_long  # type: ignore[method-assign, assignment]
    assert await world.courier.run() == 1
    assert world.rows[number].attempt == 2, "sent with a lease that has just begun"
    assert (world.numbers(), world.chat.looks) == ([number], [])


@pytest.mark.parametrize("another", [False, True])
async def test_after_a_long_sleep_only_what_was_sent_is_recorded_of_anothers(another: bool) -> None:
    world = await World.begin()

    async def sleep(_: int) -> None:
        world.clock.advance(LEASE)
        if another:
            await world.another("two").resolve()

    async def sleep_and_fail(_: int) -> None:
        raise ChatRefusedError(Reason.REFUSED, "too old")

    sent, refused = await world.put(), await world.put(2)
    world.chat.before[sent] = sleep
    world.chat.before[refused] = sleep_and_fail
    await world.courier.run()
    assert (world.state(sent), world.state(refused)) == (
        SENT,
        UNKNOWN if another else FAILED,
    )


async def test_a_lot_that_is_being_sent_does_not_hold_up_the_next() -> None:
    world = await World.begin(batch=1)
    first, second = await world.put(1), await world.put(2)
    second_is_called = asyncio.Event()

    async def wait(_: int) -> None:
        await second_is_called.wait()

    async def called(_: int) -> None:
        second_is_called.set()

    world.chat.before.update({first: wait, second: called})
    assert await world.courier.run() == 2
    assert (world.state(first), world.state(second)) == (SENT, SENT)


async def test_lots_together_make_no_more_calls_at_once_than_may_be() -> None:
    world = await World.begin(batch=2, concurrency=1)
    numbers = [await world.put(place) for place in range(6)]
    under_way: set[int] = set()

    async def alone(number: int) -> None:
        assert not under_way
        under_way.add(number)
        await asyncio.sleep(0)
        under_way.discard(number)

    world.chat.before.update(dict.fromkeys(numbers, alone))
    assert await world.courier.run() == 6


async def test_what_a_lot_has_sent_is_kept_when_another_fails() -> None:
    class ItEndsHere(BaseException):
        pass

    world = await World.begin(batch=1)
    first, second = await world.put(1), await world.put(2)
    is_out = asyncio.Event()

    async def gone(_: int) -> None:
        await is_out.wait()
        raise ItEndsHere

    async def out(_: int) -> None:
        is_out.set()

    world.chat.before.update({first: out, second: gone})
    with pytest.raises(ItEndsHere):
        await world.courier.run()
    assert (world.state(first), world.state(second)) == (SENT, SENDING)
