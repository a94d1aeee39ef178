"""A process dies at each of its steps in turn, and another one takes over."""

from datetime import timedelta

import pytest

from bot.domain.delivery import DeliveryKind, DeliveryState, Reason
from tests.cast import NOW
from tests.contract.ledger import Ledger
from tests.fakes.clock import FakeClock
from tests.fakes.storage import InMemoryStorage
from tests.faults.platform import Answer, Look, Platform
from tests.faults.replicas import LEASE, Replica

SECOND = timedelta(seconds=1)
CLOSED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED)
NOT_BEGUN = (DeliveryState.DUE, DeliveryState.LEASED)
REFUSALS = (Answer.REFUSED, Answer.CLOSED)
MOST_STEPS = 60


class World:
    """One delivery and two processes."""

    def __init__(self, kind: DeliveryKind) -> None:
        self.kind = kind
        self.clock = FakeClock(NOW)
        self.platform = Platform(self.clock)
        self.ledger = Ledger(InMemoryStorage())
        self.number = 0

    @classmethod
    async def begin(cls, kind: DeliveryKind) -> "World":
        world = cls(kind)
        await world.ledger.found()
        world.number = await world.ledger.add(await world.ledger.place("a"), kind=kind)
        return world

    def process(self, name: str) -> Replica:
        return Replica(name, self.ledger.storage, self.platform, concurrency=1)

    @property
    def is_introduction(self) -> bool:
        return self.kind is DeliveryKind.INTRODUCTION

    async def state(self) -> tuple[DeliveryState, Reason | None]:
        """Of the first delivery."""
        return (await self.ledger.states([self.number]))[0]

    async def takes_over(self) -> None:
        """Another process works until all is done."""
        other = self.process("other")
        for _ in range(30):
            await other.step(0)
            await other.finish()
            if (await self.state())[0] in CLOSED:
                break
            self.clock.advance(seconds=31)
        await other.end()


@pytest.fixture(params=[DeliveryKind.REFLECTION, DeliveryKind.INTRODUCTION], ids=str)
async def world(request: pytest.FixtureRequest) -> World:
    return await World.begin(request.param)


@pytest.mark.parametrize("answer", Answer, ids=lambda answer: answer.name)
@pytest.mark.parametrize("kind", [DeliveryKind.REFLECTION, DeliveryKind.INTRODUCTION], ids=str)
@pytest.mark.parametrize("how", ["between", "inside"])
async def test_whoever_dies_wherever_it_comes_once(
    kind: DeliveryKind, answer: Answer, how: str
) -> None:
    deaths = 0
    for step in range(MOST_STEPS):
        world = await World.begin(kind)
        world.platform.answers.append((answer, 60 * SECOND))
        mortal = world.process("mortal")
        if how == "inside":
            mortal.dies_in = step + 1
            await mortal.step(0)
            await mortal.finish()
        else:
            for _ in range(step + 1):
                await mortal.step(0)
                if not mortal.is_at_work:
                    break
        has_died = mortal.is_at_work or mortal.is_dead
        deaths += has_died
        mortal.die()

        await world.takes_over()

        await mortal.end()
        _judge(await world.state(), world.platform.copies[world.number], kind, answer)
        if not has_died:
            break
    assert 5 < deaths < MOST_STEPS


def _judge(
    state: tuple[DeliveryState, Reason | None], copies: int, kind: DeliveryKind, answer: Answer
) -> None:
    if state == (DeliveryState.SENT, None):
        assert copies == 1
    elif kind is DeliveryKind.INTRODUCTION and state[1] is Reason.UNCONFIRMED:
        assert copies == 0, "what can be seen is found"
    else:
        assert state[0] is DeliveryState.FAILED
        assert answer in REFUSALS
        assert copies == 0


async def test_who_stands_still_within_its_lease_before_it_dies_is_waited_for(
    world: World,
) -> None:
    world.platform.answers.append((Answer.DROPPED_AFTER_SENDING, 60 * SECOND))
    slow = world.process("slow")
    await _about_to_call(slow, world)
    world.clock.at = NOW + LEASE - SECOND
    while not world.platform.taken:
        await slow.step(0)
    slow.die()

    await world.takes_over()

    await slow.end()
    assert world.platform.copies[world.number] == 1
    assert await world.state() == (DeliveryState.SENT, None)


async def test_a_clock_that_is_set_back_in_a_call_hides_nothing(world: World) -> None:
    mortal = world.process("mortal")
    await _about_to_call(mortal, world)
    world.clock.advance(minutes=-9)
    while not world.platform.taken:
        await mortal.step(0)
    mortal.die()

    await world.takes_over()

    await mortal.end()
    assert world.platform.copies[world.number] == 1
    assert await world.state() == (DeliveryState.SENT, None)


async def test_what_a_sleeper_was_about_to_send_comes_twice_at_most_and_nothing_else(
    world: World,
) -> None:
    other_place = await world.ledger.place("b")
    second = await world.ledger.add(other_place, "asked:2", kind=world.kind)
    sleeper = world.process("sleeper")
    await _about_to_call(sleeper, world)
    world.clock.advance(LEASE)
    await world.takes_over()
    before = world.platform.copies

    await sleeper.finish()

    # nothing can stop the request that is on its way; the other one has not begun
    assert world.platform.copies[second] == before[second]
    if world.is_introduction:
        assert (before[world.number], world.platform.copies[world.number]) == (0, 1)
        assert await world.state() == (DeliveryState.FAILED, Reason.UNCONFIRMED)
    else:
        assert (before[world.number], world.platform.copies[world.number]) == (1, 2)
        assert await world.state() == (DeliveryState.SENT, None)
    await sleeper.end()


@pytest.mark.parametrize("dies", [True, False])
async def test_what_shows_late_comes_twice_at_most_and_an_introduction_once(
    world: World, dies: bool
) -> None:
    world.platform.answers.append((Answer.DROPPED_AFTER_SENDING, 3600 * SECOND))
    first = world.process("first")
    while not world.platform.taken:
        await first.step(0)
    if dies:
        first.die()
    else:
        await first.finish()

    await world.takes_over()

    await first.end()
    if world.is_introduction:
        assert await world.state() == (DeliveryState.FAILED, Reason.UNCONFIRMED)
        assert world.platform.copies[world.number] == 1
    else:
        assert await world.state() == (DeliveryState.SENT, None)
        assert world.platform.copies[world.number] == 2


@pytest.mark.parametrize("kind", [DeliveryKind.REFLECTION, DeliveryKind.INTRODUCTION], ids=str)
async def test_who_wakes_before_its_call_leaves_it_to_whoever_has_it_now(
    kind: DeliveryKind,
) -> None:
    moments = 0
    for steps in range(1, MOST_STEPS):
        for ahead in range(MOST_STEPS):
            world = await World.begin(kind)
            sleeper, other = world.process("sleeper"), world.process("other one")
            await _go(sleeper, steps)
            if (await world.state())[0] not in NOT_BEGUN:
                assert moments > 20
                return
            world.clock.advance(LEASE)
            await _go(other, ahead)
            is_done = ahead > 0 and not other.is_at_work

            await sleeper.finish()

            await other.finish()
            await _go(other, 1)
            await other.finish()
            assert world.platform.copies[world.number] == 1, (steps, ahead)
            assert await world.state() == (DeliveryState.SENT, None), (steps, ahead)
            await sleeper.end()
            await other.end()
            moments += 1
            if is_done:
                break


@pytest.mark.parametrize("steps", range(6))
@pytest.mark.parametrize("kind", [DeliveryKind.REFLECTION, DeliveryKind.INTRODUCTION], ids=str)
async def test_who_wakes_behind_a_call_in_doubt_takes_nothing_from_another(
    kind: DeliveryKind, steps: int
) -> None:
    for ahead in range(MOST_STEPS):
        world = await World.begin(kind)
        second = await world.ledger.add(await world.ledger.place("a"), "second", kind=kind)
        world.platform.answers.append((Answer.DROPPED_BEFORE, 0 * SECOND))
        sleeper, other = world.process("sleeper"), world.process("other one")
        while (await world.state())[0] is not DeliveryState.UNKNOWN:
            await sleeper.step(0)
        await _go(sleeper, steps)
        assert not world.platform.copies[second], "it waits behind the first"
        world.clock.advance(LEASE)
        await _go(other, ahead)
        is_done = ahead > 0 and not other.is_at_work

        await sleeper.finish()

        third = world.process("third")
        await _go(third, 1)
        await third.finish()
        await other.finish()
        assert world.platform.copies[second] <= 1, ahead
        for process in (sleeper, other, third):
            await process.end()
        if is_done:
            return
    raise AssertionError("it never ends")


async def _about_to_call(process: Replica, world: World) -> None:
    while not world.platform.about_to_leave:
        await process.step(0)
    assert not world.platform.taken


async def _go(process: Replica, steps: int) -> None:
    for count in range(steps):
        if count and not process.is_at_work:
            return
        await process.step(0)


async def test_a_look_that_fails_is_no_answer(world: World) -> None:
    world.platform.answers.append((Answer.DROPPED_AFTER_SENDING, 0 * SECOND))
    world.platform.looks.extend([Look.TIMED_OUT, Look.RATE_LIMITED, Look.TIMED_OUT])

    await world.takes_over()

    assert world.platform.copies[world.number] == 1
    assert await world.state() == (DeliveryState.SENT, None)
