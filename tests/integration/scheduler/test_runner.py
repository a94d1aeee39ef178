"""Jobs at their interval, on the real APScheduler."""

import asyncio
import logging
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from scheduler.courier import Courier
from scheduler.planner import Planner
from scheduler.runner import Job, Runner, standing_jobs
from tests.cast import TOWN
from tests.fakes.calendar import FakeCalendar
from tests.fakes.chat import FakeChat
from tests.fakes.composer import FakeComposer
from tests.unit.scheduler import test_courier, test_planner
from tests.unit.scheduler.test_planner import reflections

SOON = timedelta(milliseconds=10)
RARELY = timedelta(hours=1)
LIMIT = 5


class Counted:
    """A job that counts its calls and tells when there have been enough."""

    def __init__(self, enough: int = 1, error: Exception | None = None) -> None:
        self.calls = 0
        self.is_enough = asyncio.Event()
        self._enough = enough
        self._error = error

    async def run(self) -> None:
        self.calls += 1
        if self.calls >= self._enough:
            self.is_enough.set()
        if self._error:
            raise self._error

    async def wait(self) -> None:
        await asyncio.wait_for(self.is_enough.wait(), LIMIT)


class Endless:
    """A job that goes on until it is cancelled, and counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.has_begun = asyncio.Event()
        self.was_cancelled = False
        self.go_on = asyncio.Event()

    async def run(self) -> None:
        self.begun += 1
        self.has_begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


async def test_jobs_run_at_once_and_again() -> None:
    often, rare = Counted(3), Counted()
    runner = Runner([Job("often", SOON, often.run), Job("rare", RARELY, rare.run)])
    await runner.start()
    await often.wait()
    await rare.wait()
    await runner.stop()
    assert rare.calls == 1


async def test_a_job_that_raises_is_logged_without_its_words_and_runs_again() -> None:
    broken, sound = Counted(2, LookupError("secret words")), Counted(2)
    runner = Runner([Job("broken", SOON, broken.run), Job("sound", SOON, sound.run)])
    with capture_logs() as logs:
        await runner.start()
        await broken.wait()
        await sound.wait()
        await runner.stop()
    assert {(entry["event"], entry["job"]) for entry in logs} == {("job_failed", "broken")}
    assert logs[0]["error"] == "LookupError"
    assert "secret" not in str(logs)


async def test_a_job_never_runs_twice_at_once(caplog: pytest.LogCaptureFixture) -> None:
    slow, other = Endless(), Counted(10)
    runner = Runner([Job("slow", SOON, slow.run), Job("other", SOON, other.run)])
    caplog.set_level(logging.INFO)
    await runner.start()
    await other.wait()
    slow.go_on.set()
    await runner.stop()
    assert slow.begun == 1
    assert caplog.records == []


async def test_a_stop_lets_running_jobs_finish() -> None:
    slow = Endless()
    runner = Runner([Job("slow", SOON, slow.run)])
    await runner.start()
    await asyncio.wait_for(slow.has_begun.wait(), LIMIT)
    stopping = asyncio.create_task(runner.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    slow.go_on.set()
    await asyncio.wait_for(stopping, LIMIT)
    assert not slow.was_cancelled
    assert slow.begun == 1


async def test_a_stop_cancels_jobs_that_do_not_finish_in_time() -> None:
    slow = Endless()
    runner = Runner([Job("slow", SOON, slow.run)], patience=SOON)
    await runner.start()
    await asyncio.wait_for(slow.has_begun.wait(), LIMIT)
    with capture_logs() as logs:
        await asyncio.wait_for(runner.stop(), LIMIT)
    assert slow.was_cancelled
    assert [entry["event"] for entry in logs] == ["job_cut_short"]


async def test_nothing_runs_after_a_stop() -> None:
    counted = Counted()
    runner = Runner([Job("counted", SOON, counted.run)])
    await runner.start()
    await counted.wait()
    await runner.stop()
    calls = counted.calls
    runner.wake("counted")
    await asyncio.sleep(0.05)
    assert counted.calls == calls


async def test_a_runner_that_never_started_can_be_stopped() -> None:
    await Runner([]).stop()


async def test_a_job_can_be_woken() -> None:
    rare, often = Counted(2), Counted(2)
    runner = Runner([Job("rare", RARELY, rare.run), Job("often", SOON, often.run)])
    await runner.start()
    await often.wait()
    assert rare.calls == 1
    runner.wake("rare")
    await rare.wait()
    await runner.stop()


async def test_the_standing_jobs_plan_and_send_at_once() -> None:
    world = await test_planner.World.begin(reflections(), members=500)
    chat = FakeChat(world.clock, TOWN.platform)
    drain, housekeeping = Counted(), Counted()
    jobs = standing_jobs(
        world.planner,
        {TOWN.platform: Courier(world.storage, world.clock, chat, FakeComposer(), "one")},
        drain.run,
        housekeeping.run,
    )
    runner = Runner(jobs)
    await runner.start()
    await asyncio.gather(drain.wait(), housekeeping.wait())
    await runner.stop()
    assert sorted(one.delivery_id for one in chat.sent) == list(range(1, 501))


async def test_what_is_written_goes_out_though_nothing_more_can_be_planned() -> None:
    class BrokenPlanner(Planner):
        async def run(self) -> int:
            message = "secret words"
            raise LookupError(message)

    world = await test_courier.World.begin()
    await world.put()
    planner = BrokenPlanner(world.storage, world.clock, FakeCalendar())
    drain, housekeeping = Counted(), Counted()
    couriers = {TOWN.platform: world.courier}
    runner = Runner(standing_jobs(planner, couriers, drain.run, housekeeping.run))
    with capture_logs() as logs:
        await runner.start()
        await asyncio.gather(drain.wait(), housekeeping.wait())
        await runner.stop()
    assert world.numbers() == [1]
    assert {entry["event"] for entry in logs} == {"job_failed"}
    assert "secret" not in str(logs)


async def test_a_job_that_has_done_something_wakes_another() -> None:
    rare = Counted(2)
    runner = Runner(
        [Job("rare", RARELY, rare.run), Job("often", SOON, _something, wakes=("rare",))]
    )
    await runner.start()
    await rare.wait()
    await runner.stop()


async def test_a_job_that_is_woken_while_it_runs_runs_once_more() -> None:
    slow = Endless()
    runner = Runner([Job("slow", RARELY, slow.run)])
    await runner.start()
    await asyncio.wait_for(slow.has_begun.wait(), LIMIT)
    runner.wake("slow")
    runner.wake("slow")
    slow.go_on.set()
    for _ in range(20):
        await asyncio.sleep(0.01)
    await runner.stop()
    assert slow.begun == 2


async def _something() -> int:
    return 1
