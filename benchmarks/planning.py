"""Waves of reflections for a crowd, beside the same rows in bare INSERT ... SELECT statements.

The crowd is spread over communities with a programme each and over 38 zones; every zone's wall
time falls on the same instant. The baseline writes the same rows into the same table of a copy of
the same database, zone by zone, in as many transactions as the planner's. Meanwhile an event is
kept in the inbox every 20 ms, on both sides.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage import tables
from adapters.storage.database import Database
from adapters.storage.inbox import SqlInbox
from benchmarks._crowd import (
    NOW,
    PLATFORM,
    ZONES,
    Crowd,
    NoHolidays,
    StandingClock,
    fill,
    insert_due,
    make_due,
    storage_of,
)
from benchmarks._postgres import Copies, copies
from benchmarks._report import is_full, peak_memory, progress, report
from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef
from bot.chat.incoming import CommandGiven, Person
from scheduler.planner import SLICE, Planner

EVERY = 0.02
"""Seconds between two events."""

OFTEN = 5
"""How many times a wave is planned that takes less than a second; the median counts."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds that the work took, and the longest that an event waited meanwhile."""

    seconds: float
    longest_wait: float


def main() -> None:
    asyncio.run(_measure(is_full=is_full(str(__doc__))))


async def _measure(*, is_full: bool) -> None:
    members, communities = (1_000_000, 1_000) if is_full else (50_000, 100)
    hundredth = communities // 100
    with copies() as kinds:
        for kind, of_kind in kinds.items():
            await _wave(kind, of_kind, Crowd(members, communities, communities))
            few = await _wave(kind, of_kind, Crowd(members, communities, hundredth), OFTEN)
            tenth = Crowd(members // 10, communities // 10, hundredth)
            fewer = await _wave(kind, of_kind, tenth, OFTEN)
            case = f"{kind}: {tenth.due} due of {members}, beside as many due of {members // 10}"
            report("planning", case, few.seconds, "s", fewer.seconds)
    report("planning", "peak memory of the process", peak_memory(), "MiB", 200)


async def _wave(kind: str, of_kind: Copies, crowd: Crowd, times: int = 1) -> Measured:
    """Plan a wave, and write it in plain SQL, on copies of one database, so many times in turn."""
    progress(f"{kind}: a crowd of {crowd.members}")
    works = (_plan, _insert_in_slices, _insert_at_once)
    with of_kind.original() as original:
        await fill(original, crowd)
        rounds = [
            [await _on_copy(of_kind, original, crowd, work) for work in works] for _ in range(times)
        ]
    ours, bare, single = (_typical(measured) for measured in zip(*rounds, strict=True))
    case = f"{kind}: {crowd.due} due of {crowd.members}"
    report("planning", case, ours.seconds, "s", bare.seconds)
    report("planning", f"{case}, in one single statement", single.seconds, "s", bare.seconds)
    report(
        "planning",
        f"{case}, longest wait of an event",
        ours.longest_wait * 1000,
        "ms",
        bare.longest_wait * 1000,
    )
    return ours


def _typical(measured: Sequence[Measured]) -> Measured:
    """The median time, and the longest that an event ever waited."""
    return Measured(
        statistics.median(each.seconds for each in measured),
        max(each.longest_wait for each in measured),
    )


_Work = Callable[[Database, Crowd], Awaitable[None]]


async def _on_copy(of_kind: Copies, original: str, crowd: Crowd, work: _Work) -> Measured:
    with of_kind.copy(original) as url:
        database = Database(url)
        waits: list[float] = []
        inbox = SqlInbox(database, KeyRingCipher.from_keys([new_ring_key()]), StandingClock(), 600)
        await inbox.keep(_event("first"))
        keeping = asyncio.create_task(_keep_events(inbox, waits))
        start = time.perf_counter()
        await work(database, crowd)
        seconds = time.perf_counter() - start
        await asyncio.sleep(5 * EVERY)
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await inbox.close()
        await _check(database, crowd)
        await database.close()
    progress(f"{work.__name__.strip('_')}: {seconds:.1f} s, an event waited {max(waits):.3f} s")
    return Measured(seconds, max(waits))


async def _plan(database: Database, crowd: Crowd) -> None:
    await Planner(storage_of(database), StandingClock(), NoHolidays()).run()


async def _insert_in_slices(database: Database, crowd: Crowd) -> None:
    in_group = -(-crowd.members // (crowd.communities * len(ZONES)))
    at_once = max(1, SLICE // in_group)
    statement = insert_due(database, "g.id IN :groups")
    statement = statement.bindparams(bindparam("groups", expanding=True))
    for zone in range(len(ZONES)):
        for first in range(0, crowd.due_communities, at_once):
            last = min(first + at_once, crowd.due_communities)
            groups = [n * len(ZONES) + zone + 1 for n in range(first, last)]
            async with database.writing() as connection:
                await connection.execute(statement, {"groups": groups})


async def _insert_at_once(database: Database, _: Crowd) -> None:
    await make_due(database)


async def _keep_events(inbox: SqlInbox, waits: list[float]) -> None:
    """Keep an event every 20 ms, whether or not those before are kept, and note their waits."""
    start = time.perf_counter()

    async def keep(number: int, due: float) -> None:
        await inbox.keep(_event(str(number)))
        waits.append(time.perf_counter() - due)

    async with asyncio.TaskGroup() as group:
        number = 0
        while True:
            due = start + number * EVERY
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(keep(number, due))
            number += 1


def _event(name: str) -> CommandGiven:
    account = AccountRef(PLATFORM, f"U{name}")
    return CommandGiven(
        event_id=name,
        at=NOW,
        actor=Person(account, "Somebody"),
        place=PlaceRef(PLATFORM, f"D{name}", PlaceKind.DIRECT, "T1"),
        community=CommunityRef(PLATFORM, "T1"),
        words="status",
    )


async def _check(database: Database, crowd: Crowd) -> None:
    due = select(func.count()).where(tables.delivery.c.state == "due")
    async with database.reading() as connection:
        written = (await connection.execute(due)).scalar_one()
    if written != crowd.due:
        message = f"{written} rows written instead of {crowd.due}"
        raise RuntimeError(message)


if __name__ == "__main__":
    main()
