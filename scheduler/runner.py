"""Says "now": calls jobs at their interval through APScheduler, which decides nothing else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.domain.failures import outline
from scheduler.courier import Courier
from scheduler.planner import Planner

TICK = timedelta(seconds=1)
TIDY_EVERY = timedelta(hours=1)

TURN = timedelta(seconds=5)
"""How long the courier sends before the planner has a look at what has become due meanwhile."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do at an interval, never twice at once; first now, or after one interval."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]
    at_once: bool = True


class Runner:
    """Runs jobs until it is stopped; one that raises is logged and runs again at its next time.

    Nothing is stored and nothing is missed: every job asks the database what is due.
    """

    def __init__(self, jobs: Sequence[Job], *, patience: timedelta = timedelta(seconds=15)) -> None:
        """Take the jobs, and how long `stop` lets running ones go on."""
        self._jobs = jobs
        self._patience = patience
        self._running: set[asyncio.Task[object]] = set()
        self._is_stopping = False
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            jobstores={"default": MemoryJobStore()},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )

    async def start(self) -> None:
        """Start every job."""
        # It writes two lines for every call of a job, and one for every second that a job takes
        # longer than its interval.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for job in self._jobs:
            seconds = job.every.total_seconds()
            self._scheduler.add_job(
                partial(self._run, job),
                IntervalTrigger(seconds=seconds, timezone=UTC),
                id=job.name,
                next_run_time=_now() if job.at_once else _now() + job.every,
            )
        self._scheduler.start()

    def wake(self, name: str) -> None:
        """Run a job now instead of at its next time; no effect while it runs, or we don't."""
        if self._scheduler.running and not self._is_stopping:
            self._scheduler.modify_job(name, next_run_time=_now())

    async def stop(self) -> None:
        """Begin nothing more; running jobs may finish within the patience, then are cancelled."""
        self._is_stopping = True
        if not self._scheduler.running:
            return
        if self._running:
            await asyncio.wait(self._running, timeout=self._patience.total_seconds())
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._scheduler.shutdown(wait=False)
        # APScheduler puts its own end off to the loop's next turn.
        await asyncio.sleep(0)

    async def _run(self, job: Job) -> None:
        if self._is_stopping:
            return
        task = asyncio.ensure_future(job.run())
        self._running.add(task)
        try:
            await task
        # Cancelled by `stop`, or by something inside of the job; around us is only APScheduler.
        except asyncio.CancelledError:
            _log.warning("job_cut_short", job=job.name)
        # The next time may go better; the other jobs go on in any case.
        except Exception as error:  # noqa: BLE001
            _log.error("job_failed", job=job.name, **outline(error))
        finally:
            self._running.discard(task)


def standing_jobs(
    planner: Planner,
    courier: Courier,
    drain: Callable[[], Awaitable[object]],
    housekeeping: Callable[[], Awaitable[object]],
) -> tuple[Job, ...]:
    """The jobs of every process: `deliver`, `drain` (the inbox) and `housekeeping`."""
    return (
        Job("deliver", TICK, partial(deliver, planner, courier)),
        Job("drain", TICK, drain),
        Job("housekeeping", TIDY_EVERY, housekeeping),
    )


async def deliver(planner: Planner, courier: Courier) -> None:
    """Plan what is due and send it, in turns, until nothing is left to send."""
    is_busy = True
    while is_busy:
        try:
            await planner.run()
        # What is written down already goes out even if no more can be planned.
        except Exception as error:  # noqa: BLE001
            _log.error("planning_failed", **outline(error))
        is_busy = await courier.run(TURN) > 0


def _now() -> datetime:
    # APScheduler goes by the machine's clock, whatever Cairn's own one says.
    return datetime.now(UTC)
