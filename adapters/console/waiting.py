"""Letting time pass: the clock goes from one thing that falls due to the next."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from adapters.console import sentences
from adapters.console.clock import DemoClock
from adapters.console.core import Core
from adapters.console.directives import LONGEST_WAIT, Unreadable, Wait
from adapters.console.render import note

_END = datetime(2200, 1, 1, tzinfo=UTC)
_SHORTEST_STEP = timedelta(minutes=1)
_PROGRESS_EVERY = 2.0


def to_moment(wait: Wait, now: datetime) -> datetime | Unreadable:
    """The moment that a `:wait` ends at, or why the clock can't go there."""
    until = wait.until or now + (wait.length or timedelta())
    if until < now:
        return Unreadable(sentences.already_past(now))
    if until - now > LONGEST_WAIT:
        return Unreadable(sentences.WAIT_TOO_LONG)
    if until >= _END:
        return Unreadable(sentences.PAST_THE_END)
    return until


async def wait_until(
    until: datetime, clock: DemoClock, core: Core, progress: Callable[[str], None]
) -> None:
    """Settle at each moment when something is due, in order, and at `until` itself.

    `progress` gets a line every two seconds that it takes.
    """
    timer = asyncio.get_running_loop()
    shown_at = timer.time()
    while (step := await _next_step(clock.now(), core)) is not None and step < until:
        clock.move_to(step)
        await core.settle()
        if timer.time() - shown_at >= _PROGRESS_EVERY:
            shown_at = timer.time()
            progress(note(sentences.now_is(step)))
    clock.move_to(until)
    await core.settle()


async def _next_step(now: datetime, core: Core) -> datetime | None:
    step = await core.next_at(now)
    if step is not None and step <= now:
        # What stays due after it was settled must not stop the clock.
        return now + _SHORTEST_STEP
    return step
