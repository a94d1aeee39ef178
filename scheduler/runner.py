"""Says "now": calls jobs at their interval through APScheduler, which decides nothing else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
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

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do at an interval, never twice at once; first now, or after one interval.

    When it has done something (`run` gives what is true), the jobs that it `wakes` run at once.
    """

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]
    at_once: bool = True
    wakes: tuple[str, ...] = ()


class Runner:
    """Runs jobs until it is stopped; one that raises is logged and runs again at its next time.

    Nothing is stored and nothing is missed: every job asks the database what is due.
    """

    def __init__(self, jobs: Sequence[Job], *, patience: timedelta = timedelta(seconds=15)) -> None:
        """Take the jobs, and how long `stop` lets running ones go on."""
        self._jobs = jobs
        self._patience = patience
        self._running: set[asyncio.Task[object]] = set()
        self._at_work: set[str] = set()
        self._again: set[str] = set()
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
        """Run a job now instead of at its next time, or once more if it runs already."""
        if not self._scheduler.running or self._is_stopping:
            return
        if name in self._at_work:
            self._again.add(name)
        else:
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
        self._at_work.add(job.name)
        try:
            while not self._is_stopping:
                self._again.discard(job.name)
                if await self._run_once(job):
                    for name in job.wakes:
                        self.wake(name)
                if job.name not in self._again:
                    return
        finally:
            self._at_work.discard(job.name)

    async def _run_once(self, job: Job) -> object:
        task = asyncio.ensure_future(job.run())
        self._running.add(task)
        try:
            return await task
        # Cancelled by `stop`, or by something inside of the job; around us is only APScheduler.
        except asyncio.CancelledError:
            _log.warning("job_cut_short", job=job.name)
        # The next time may go better; the other jobs go on in any case.
        except Exception as error:  # noqa: BLE001
            _log.error("job_failed", job=job.name, **outline(error))
        finally:
            self._running.discard(task)
        return None


def standing_jobs(
    planner: Planner,
    couriers: Mapping[str, Courier],
    drain: Callable[[], Awaitable[object]],
    housekeeping: Callable[[], Awaitable[object]],
) -> tuple[Job, ...]:
    """The jobs of every process: `plan`, `drain` (the inbox), `housekeeping`, `deliver PLATFORM`.

    Each platform has its own, so that one that hangs holds up no other.
    """
    deliver = {f"deliver {name}": courier for name, courier in couriers.items()}
    return (
        Job("plan", TICK, planner.run, wakes=tuple(deliver)),
        *(Job(name, TICK, courier.run_on) for name, courier in deliver.items()),
        Job("drain", TICK, drain, wakes=tuple(deliver)),
        Job("housekeeping", TIDY_EVERY, housekeeping),
    )


def _now() -> datetime:
    # APScheduler goes by the machine's clock, whatever Cairn's own one says.
    return datetime.now(UTC)
