"""What is due goes out once, in order, and every outcome is kept."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.chat.identity import CommunityRef
from bot.domain.delivery import DeliveryKind, DeliveryState, Reason
from bot.ports.chat import ChatBusyError, ChatRefusedError, ChatUncertainError
from bot.ports.deliveries import LOOK_AFTER
from scheduler.courier import Courier
from tests.unit.scheduler.doubles import (
    NOON,
    FakeChat,
    FakeClock,
    FakeComposer,
    Ledger,
    LedgerStorage,
    hanging,
    raising,
)

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
DUE, SENT, FAILED = DeliveryState.DUE, DeliveryState.SENT, DeliveryState.FAILED
UNKNOWN, SENDING, SKIPPED = DeliveryState.UNKNOWN, DeliveryState.SENDING, DeliveryState.SKIPPED


class World:
    """A courier and everything around it."""

    def __init__(self, *, batch: int = 200, concurrency: int = 50) -> None:
        self.clock = FakeClock(NOON)
        self.storage = LedgerStorage()
        self.chat = FakeChat()
        self.composer = FakeComposer()
        self.courier = self.another(batch=batch, concurrency=concurrency)

    def another(self, owner: str = "one", *, batch: int = 200, concurrency: int = 50) -> Courier:
        return Courier(
            self.storage,
            self.clock,
            {"fake": self.chat},
            self.composer,
            owner,
            lease=LEASE,
            call_timeout=timedelta(seconds=0.05),
            batch=batch,
            concurrency=concurrency,
        )

    @property
    def ledger(self) -> Ledger:
        return self.storage.ledger

    async def run_in(self, length: timedelta) -> int:
        self.clock.advance(length)
        return await self.courier.run()


async def test_everything_due_goes_out_once() -> None:
    world = World(batch=7, concurrency=3)
    for place in range(1, 51):
        world.ledger.put(place=place)
    assert await world.courier.run() == 50
    assert await world.courier.run() == 0
    assert sorted(world.chat.numbers()) == list(range(1, 51))
    assert set(world.ledger.states()) == {SENT}
    assert world.chat.most_at_once == 3


async def test_what_is_due_later_waits() -> None:
    world = World()
    world.ledger.put(due_at=NOON + SECOND)
    assert await world.courier.run() == 0
    assert await world.run_in(SECOND) == 1


async def test_two_couriers_at_once_send_everything_once() -> None:
    world = World(batch=5)
    for place in range(1, 41):
        world.ledger.put(place=place)
    sent = await asyncio.gather(world.courier.run(), world.another("two", batch=5).run())
    assert sum(sent) == 40
    assert sorted(world.chat.numbers()) == list(range(1, 41))


async def test_a_turn_ends_after_its_time() -> None:
    world = World(batch=1)

    async def take_a_second(_: int) -> None:
        world.clock.advance(SECOND)

    for place in range(1, 6):
        number = world.ledger.put(place=place)
        world.chat.after[number] = take_a_second
    assert await world.courier.run(turn=2 * SECOND) == 2
    assert await world.courier.run() == 3


async def test_one_place_gets_its_messages_in_due_order() -> None:
    world = World()
    for minutes in (1, 5, 3, 2, 4):
        world.ledger.put(place=1, due_at=NOON - timedelta(minutes=minutes))
        world.ledger.put(place=2, due_at=NOON - timedelta(minutes=minutes))
    await world.courier.run()
    first = [number for place, number in world.chat.sent if place == "D1"]
    second = [number for place, number in world.chat.sent if place == "D2"]
    assert first == [3, 9, 5, 7, 1]
    assert second == [4, 10, 6, 8, 2]
    assert world.chat.most_at_once == 2


async def test_expired_deliveries_are_skipped() -> None:
    world = World()
    late = world.ledger.put(expires_at=NOON - SECOND)
    in_time = world.ledger.put(place=2, expires_at=NOON)
    assert await world.courier.run() == 1
    assert (world.ledger.state(late), world.ledger.rows[late].reason) == (SKIPPED, Reason.LATE)
    assert world.ledger.state(in_time) is SENT


async def test_what_the_composer_finds_settled_is_not_sent() -> None:
    world = World()
    world.composer.settled = {world.ledger.put()}
    assert await world.courier.run() == 0
    assert world.ledger.rows[1].reason is Reason.SETTLED


async def test_a_lease_must_outlast_a_call() -> None:
    world = World()
    with pytest.raises(ValueError, match="too short"):
        Courier(world.storage, world.clock, {}, world.composer, "one", lease=SECOND)


# a platform that does not take it


async def test_a_busy_place_waits_and_keeps_its_order() -> None:
    world = World()
    first, second = world.ledger.put(), world.ledger.put()
    world.ledger.put(place=2)
    world.chat.before[first] = raising(ChatBusyError(timedelta(seconds=5)))
    assert await world.courier.run() == 1
    assert await world.run_in(timedelta(seconds=4)) == 0
    world.chat.before.clear()
    assert await world.run_in(SECOND) == 2
    assert world.chat.numbers()[1:] == [first, second]


async def test_a_busy_community_waits_as_a_whole() -> None:
    world = World(concurrency=1)
    elsewhere = CommunityRef("fake", "T2")
    busy = world.ledger.put(place=1)
    world.ledger.put(place=2)
    world.ledger.put(place=3, community=elsewhere)
    error = ChatBusyError(timedelta(seconds=5), whole_community=True)
    world.chat.before[busy] = raising(error)
    assert await world.courier.run() == 1
    assert world.chat.sent == [("D3", 3)]
    world.chat.before.clear()
    assert await world.run_in(timedelta(seconds=5)) == 2


async def test_a_platform_that_asks_for_no_wait_at_all_does_not_keep_us_busy() -> None:
    world = World()
    world.chat.before[world.ledger.put()] = raising(ChatBusyError(timedelta()))
    assert await world.courier.run() == 0
    assert world.ledger.state(1) is DUE


async def test_waits_go_on_until_the_delivery_expires() -> None:
    world = World()
    number = world.ledger.put(expires_at=NOON + timedelta(minutes=30))
    world.chat.before[number] = raising(ChatBusyError(timedelta(minutes=1)))
    for _ in range(30):
        await world.run_in(timedelta(minutes=1))
        assert world.ledger.state(number) is DUE
    await world.run_in(timedelta(minutes=1))
    assert world.ledger.rows[number].reason is Reason.LATE


async def test_a_refusal_closes_the_delivery_with_its_reason() -> None:
    world = World()
    number = world.ledger.put()
    world.chat.before[number] = raising(ChatRefusedError(Reason.NOT_ALLOWED, "no scope"))
    following = world.ledger.put()
    assert await world.courier.run() == 1
    assert (world.ledger.state(number), world.ledger.state(following)) == (FAILED, SENT)
    assert world.ledger.rows[number].reason is Reason.NOT_ALLOWED


async def test_a_closed_place_gets_no_further_call() -> None:
    world = World()
    error = ChatRefusedError(Reason.UNREACHABLE, "blocked", closes_place=True)
    world.chat.before[world.ledger.put()] = raising(error)
    world.ledger.put()
    assert await world.courier.run() == 0
    assert world.chat.sent == []
    assert [row.reason for row in world.ledger.all()] == [Reason.UNREACHABLE] * 2


# calls without an answer


@pytest.mark.parametrize("kind", list(DeliveryKind))
@pytest.mark.parametrize("answer", [raising(ChatUncertainError("dropped")), hanging])
async def test_an_uncertain_message_that_was_taken_is_not_repeated(
    kind: DeliveryKind, answer: object
) -> None:
    world = World()
    number = world.ledger.put(kind=kind)
    world.chat.after[number] = answer  # type: ignore[assignment]
    assert await world.courier.run() == 0
    assert world.ledger.state(number) is UNKNOWN
    assert await world.run_in(LOOK_AFTER - SECOND) == 0
    assert world.chat.looks == []
    await world.run_in(SECOND)
    assert world.chat.looks == [(number, NOON - timedelta(minutes=1))]
    assert world.ledger.state(number) is SENT
    assert world.chat.numbers() == [number]


@pytest.mark.parametrize("kind", [DeliveryKind.NUDGE, DeliveryKind.REFLECTION, DeliveryKind.NOTICE])
async def test_an_uncertain_message_that_was_not_taken_is_sent_again(kind: DeliveryKind) -> None:
    world = World()
    number = world.ledger.put(kind=kind)
    world.chat.before[number] = raising(ChatUncertainError("dropped"))
    await world.courier.run()
    world.chat.before.clear()
    assert await world.run_in(LOOK_AFTER) == 1
    assert world.chat.numbers() == [number]


async def test_an_introduction_that_is_not_found_waits_for_a_person() -> None:
    world = World()
    number = world.ledger.put(kind=DeliveryKind.INTRODUCTION)
    world.chat.before[number] = raising(ChatUncertainError("dropped"))
    await world.courier.run()
    world.chat.before.clear()
    assert await world.run_in(LOOK_AFTER) == 0
    assert (world.ledger.state(number), world.chat.sent) == (FAILED, [])
    assert world.ledger.rows[number].reason is Reason.UNCONFIRMED


async def test_behind_an_uncertain_message_its_place_waits() -> None:
    world = World()
    first, second = world.ledger.put(), world.ledger.put()
    world.chat.before[first] = raising(ChatUncertainError("dropped"))
    await world.courier.run()
    assert world.chat.sent == []
    world.chat.before.clear()
    await world.run_in(LOOK_AFTER)
    assert world.chat.numbers() == [first, second]


async def test_a_busy_platform_is_looked_at_later() -> None:
    world = World()
    number = world.ledger.put()
    world.chat.after[number] = raising(ChatUncertainError("dropped"))
    world.chat.on_find[number] = raising(ChatBusyError(timedelta(seconds=30)))
    await world.courier.run()
    await world.run_in(LOOK_AFTER)
    assert world.ledger.state(number) is UNKNOWN
    world.chat.on_find.clear()
    await world.run_in(timedelta(seconds=29))
    assert world.ledger.state(number) is UNKNOWN
    await world.run_in(SECOND)
    assert world.ledger.state(number) is SENT


@pytest.mark.parametrize(
    ("kind", "times"), [(DeliveryKind.REFLECTION, 2), (DeliveryKind.INTRODUCTION, 1)]
)
async def test_where_nobody_may_look_a_prompt_comes_twice_and_an_introduction_does_not(
    kind: DeliveryKind, times: int
) -> None:
    world = World()
    number = world.ledger.put(kind=kind)
    world.chat.after[number] = raising(ChatUncertainError("dropped"))
    world.chat.on_find[number] = raising(ChatRefusedError(Reason.NOT_ALLOWED, "no scope"))
    await world.courier.run()
    world.chat.after.clear()
    await world.run_in(LOOK_AFTER)
    assert world.chat.numbers() == [number] * times


@pytest.mark.parametrize("answer", [hanging, raising(KeyError("ok"))])
async def test_a_look_that_keeps_failing_is_given_up_after_a_day(answer: object) -> None:
    world = World()
    number = world.ledger.put(kind=DeliveryKind.INTRODUCTION)
    world.chat.before[number] = raising(ChatUncertainError("dropped"))
    world.chat.on_find[number] = answer  # type: ignore[assignment]
    await world.courier.run()
    await world.run_in(timedelta(hours=12))
    assert world.ledger.state(number) is UNKNOWN
    await world.run_in(timedelta(hours=13))
    assert world.ledger.rows[number].reason is Reason.UNCONFIRMED


# failures that nobody foresaw


async def test_an_exploding_chat_sinks_nothing_else_and_no_words_are_logged() -> None:
    world = World()
    number = world.ledger.put()
    world.chat.before[number] = raising(RuntimeError("secret words"))
    for place in range(2, 6):
        world.ledger.put(place=place)
    with capture_logs() as logs:
        assert await world.courier.run() == 4
    assert world.ledger.state(number) is UNKNOWN
    assert [(entry["event"], entry["delivery"]) for entry in logs] == [("call_failed", number)]
    assert logs[0]["error"] == "RuntimeError"
    assert "secret" not in str(logs)


async def test_a_message_that_cannot_be_composed_sinks_nothing_else() -> None:
    world = World()
    for place in range(1, 6):
        world.ledger.put(place=place)
    world.composer.broken = {3}
    with capture_logs() as logs:
        assert await world.courier.run() == 4
    assert world.ledger.state(3) is DUE
    assert [entry["event"] for entry in logs] == ["delivery_not_composed"]
    assert "secret" not in str(logs)


async def test_composing_is_tried_again_for_a_day_at_growing_intervals() -> None:
    world = World()
    number = world.ledger.put()
    world.composer.broken = {number}
    pauses = []
    while world.ledger.state(number) is DUE:
        await world.courier.run()
        pauses.append(world.ledger.rows[number].act_at - world.clock.now())
        world.clock.time = world.ledger.rows[number].act_at
    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert minutes[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert world.ledger.rows[number].reason is Reason.REFUSED
    assert len(pauses) < 40


# a stop, a crash, a lease that runs out


async def test_a_crash_between_claim_and_begin_sends_later() -> None:
    world = World()
    world.ledger.put()
    async with world.storage.work() as work:
        await work.deliveries.claim(["fake"], "gone", NOON, NOON + LEASE, 10)
    assert await world.courier.run() == 0
    assert await world.run_in(LEASE) == 1


@pytest.mark.parametrize("taken", [False, True], ids=["not taken", "taken"])
async def test_a_call_cut_short_is_looked_for_when_its_lease_has_run_out(taken: bool) -> None:
    world = World()
    number = world.ledger.put()
    reactions = world.chat.after if taken else world.chat.before
    reactions[number] = raising(asyncio.CancelledError())
    world.ledger.put(place=2)
    assert await world.courier.run() == 1
    assert (world.ledger.state(number), world.ledger.state(2)) == (SENDING, SENT)
    reactions.clear()
    await world.run_in(LEASE - SECOND)
    assert world.ledger.state(number) is SENDING
    await world.run_in(LOOK_AFTER)
    assert world.ledger.state(number) is SENT
    assert world.chat.numbers().count(number) == 1


async def test_a_stop_records_what_is_known_and_leaves_the_rest_to_the_leases() -> None:
    world = World()
    answered, hung = world.ledger.put(), world.ledger.put(place=2)
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
    assert (world.ledger.state(answered), world.ledger.state(hung)) == (SENT, SENDING)
    world.chat.after.clear()
    await world.run_in(LEASE)
    assert world.ledger.state(hung) is SENT
    assert sorted(world.chat.numbers()) == [answered, hung]


async def test_a_stop_during_the_recording_waits_for_it() -> None:
    world = World()
    world.ledger.put()
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
    assert world.ledger.state(1) is SENT


async def test_no_call_begins_when_its_lease_is_about_to_run_out() -> None:
    world = World(concurrency=1)

    async def take_long(_: int) -> None:
        world.clock.advance(LEASE - timedelta(seconds=0.01))

    first = world.ledger.put(place=1)
    world.ledger.put(place=2)
    world.chat.after[first] = take_long
    assert await world.courier.run() == 1
    assert world.chat.numbers() == [first]
    assert await world.run_in(SECOND) == 1


async def test_a_delivery_begun_too_late_for_its_call_is_not_looked_for() -> None:
    world = World()
    number = world.ledger.put(kind=DeliveryKind.INTRODUCTION)
    composing = world.composer.prepare

    async def take_long(*given: object) -> object:
        world.clock.advance(LEASE - timedelta(seconds=0.01))
        world.composer.prepare = composing  # type: ignore[method-assign]
        return await composing(*given)  # type: ignore[arg-type]

    world.composer.prepare = take_long  # type: ignore[method-assign, assignment]
    assert await world.courier.run() == 1
    assert world.ledger.rows[number].claimed.attempt == 2, "sent with a lease that has just begun"
    assert (world.chat.numbers(), world.chat.looks) == ([number], [])


async def test_after_a_long_sleep_only_what_was_sent_is_recorded() -> None:
    world = World()

    async def sleep(_: int) -> None:
        world.clock.advance(LEASE)

    async def sleep_and_fail(_: int) -> None:
        raise ChatRefusedError(Reason.REFUSED, "too old")

    sent, refused = world.ledger.put(), world.ledger.put(place=2)
    world.chat.before[sent] = sleep
    world.chat.before[refused] = sleep_and_fail
    await world.courier.run()
    assert (world.ledger.state(sent), world.ledger.state(refused)) == (SENT, SENDING)
