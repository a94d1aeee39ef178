"""Deliveries a second with a platform that answers at once, beside a bare loop of updates.

The baseline changes the same rows as often (leased, begun with a prompt put into the recipient's
rotation, sent) in the same batches and as many transactions, through the driver's `executemany`.
It chooses nothing, writes no message and calls nobody.

Then the lag: what falls due 500 times a second, to the moment when the platform has it. And what
one crowded community does to another's few.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from statistics import quantiles

from sqlalchemy import bindparam, func, select, text, update

from adapters.storage import tables
from adapters.storage.database import Database
from adapters.storage.types import UtcDateTime
from benchmarks._crowd import (
    NOW,
    PLATFORM,
    Crowd,
    InstantChat,
    NoHolidays,
    StandingClock,
    fill,
    make_due,
    storage_of,
)
from benchmarks._postgres import Copies, copies
from benchmarks._report import is_full, peak_memory, progress, report
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.collecting import collecting_seldom
from bot.chat.identity import MessageRef, PlaceRef
from bot.chat.outgoing import Message
from bot.ports.clock import Clock
from bot.services.composing import Composer
from scheduler.courier import Courier
from scheduler.planner import Planner
from scheduler.runner import Runner, standing_jobs

BATCH = 500
RATE = 500
"""Deliveries that fall due in a second."""

_DAY = timedelta(days=1)


class NotingChat(InstantChat):
    """Notes when each delivery was taken, until all that were expected have been."""

    def __init__(self, expected: int) -> None:
        super().__init__()
        self.at: dict[int, float] = {}
        self.has_all = asyncio.Event()
        self._expected = expected

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        self.at[delivery_id] = time.time()
        if len(self.at) == self._expected:
            self.has_all.set()
        return await super().send(place, message, delivery_id)


def main() -> None:
    with collecting_seldom():
        asyncio.run(_measure(is_full=is_full(str(__doc__))))


async def _measure(*, is_full: bool) -> None:
    members, crowded, seconds = (200_000, 100_000, 60) if is_full else (10_000, 5_000, 10)
    with copies() as kinds:
        for kind, of_kind in kinds.items():
            for communities in (1, 1_000):
                await _rate(kind, of_kind, Crowd(members, communities, communities))
            await _lag(kind, of_kind, seconds)
            await _fairness(kind, of_kind, crowded)
    report("courier", "peak memory of the process", peak_memory(), "MiB", 200)


async def _rate(kind: str, of_kind: Copies, crowd: Crowd) -> None:
    with of_kind.original() as original:
        await fill(original, crowd)
        database = Database(original)
        await make_due(database)
        await database.close()
        with of_kind.copy(original) as url:
            ours = crowd.due / await _deliver(url, crowd)
        with of_kind.copy(original) as url:
            bare = crowd.due / await _update(url, crowd)
    case = f"{kind}: {crowd.due} deliveries in {crowd.communities} communities"
    report("courier", case, ours, "deliveries/s", bare)


async def _deliver(url: str, crowd: Crowd) -> float:
    database, chat = Database(url), InstantChat()
    start = time.perf_counter()
    await _courier(database, chat, StandingClock()).run()
    seconds = time.perf_counter() - start
    progress(f"delivered in {seconds:.1f} s")
    await _check(database, crowd.due, len(chat.taken))
    await database.close()
    return seconds


def _courier(database: Database, chat: InstantChat, clock: Clock) -> Courier:
    return Courier(storage_of(database), clock, chat, Composer(), "bench", batch=BATCH)


async def _update(url: str, crowd: Crowd) -> float:
    database = Database(url)
    moment: object = NOW if not database.is_sqlite else NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
    start = time.perf_counter()
    for first in range(1, crowd.due + 1, BATCH):
        numbers = range(first, min(first + BATCH, crowd.due + 1))
        await _change(database, (_LEASE, [(moment, n) for n in numbers]))
        begin = (_BEGIN, [(1, moment, n) for n in numbers])
        await _change(database, begin, (_ROTATE, [("1", n) for n in numbers]))
        await _change(database, (_SENT, [(moment, moment, f"M{n}", n) for n in numbers]))
    seconds = time.perf_counter() - start
    progress(f"updated in {seconds:.1f} s")
    await _check(database, crowd.due, crowd.due)
    await database.close()
    return seconds


async def _change(database: Database, *work: tuple[str, Sequence[tuple[object, ...]]]) -> None:
    """Run statements, each for many rows, in one transaction."""
    async with database.writing() as connection:
        for statement, rows in work:
            mark = "?" if database.is_sqlite else "%s"
            await connection.exec_driver_sql(statement.replace("?", mark), list(rows))


_LEASE = (
    "UPDATE delivery SET state = 'leased', owner = 'bench', act_at = ?, attempt = attempt + 1"
    " WHERE id = ?"
)
_BEGIN = "UPDATE delivery SET state = 'sending', prompt_id = ?, began_at = ? WHERE id = ?"
# in this crowd a member's place has the member's number, and so has the delivery
_ROTATE = "UPDATE place SET seen_prompts = ? WHERE id = ?"
_SENT = (
    "UPDATE delivery SET state = 'sent', owner = NULL, reason = NULL, act_at = ?, sent_at = ?,"
    " message_id = ? WHERE id = ?"
)


async def _check(database: Database, due: int, taken: int) -> None:
    query = select(func.count()).where(tables.delivery.c.state == "sent")
    async with database.reading() as connection:
        sent = (await connection.execute(query)).scalar_one()
    if not sent == taken == due:
        message = f"{sent} sent and {taken} taken instead of {due}"
        raise RuntimeError(message)


async def _lag(kind: str, of_kind: Copies, seconds: int) -> None:
    """What falls due evenly over some time, through the jobs of a server."""
    crowd = Crowd(RATE * seconds, 100, 100)
    with of_kind.original() as url:
        await fill(url, crowd)
        chat, clock = NotingChat(crowd.due), SystemClock()
        async with AsyncExitStack() as stack:
            database = Database(url)
            stack.push_async_callback(database.close)
            await make_due(database)
            start = clock.now() + timedelta(seconds=2)
            due_at = await _spread(database, start)
            courier = _courier(database, chat, clock)
            planner = Planner(storage_of(database), clock, NoHolidays())
            runner = Runner(standing_jobs(planner, {PLATFORM: courier}, _nothing, _nothing))
            await runner.start()
            stack.push_async_callback(runner.stop)
            await chat.has_all.wait()
    lags = sorted(chat.at[number] - at.timestamp() for number, at in due_at.items())
    percentiles = quantiles(lags, n=100)
    for name, value in (
        ("p50", percentiles[49]),
        ("p90", percentiles[89]),
        ("p99", percentiles[98]),
        ("longest", lags[-1]),
    ):
        report("courier", f"{kind}: lag at {RATE} a second, {name}", value, "s", 1)


async def _spread(database: Database, start: datetime) -> dict[int, datetime]:
    """Let deliveries fall due one after another; gives when."""
    async with database.writing() as connection:
        numbers = (await connection.execute(select(tables.delivery.c.id))).scalars().all()
        due_at = {
            number: start + timedelta(seconds=position / RATE)
            for position, number in enumerate(sorted(numbers))
        }
        statement = text(
            "UPDATE delivery SET due_at = :at, act_at = :at, expires_at = NULL WHERE id = :number"
        ).bindparams(bindparam("at", type_=UtcDateTime))
        rows = [{"number": number, "at": at} for number, at in due_at.items()]
        await connection.execute(statement, rows)
        # planned already; the planner would write down all that it has missed since
        await connection.execute(update(tables.send_group).values(next_at=start + _DAY))
    return due_at


async def _nothing() -> None:
    pass


async def _fairness(kind: str, of_kind: Copies, crowded: int) -> None:
    """Ten members of one community, written behind a crowd of another."""
    with of_kind.original() as url:
        # members take turns between the communities; all but ten of the second are left out
        await fill(url, Crowd(2 * crowded, 2, 2))
        database, chat = Database(url), NotingChat(crowded + 10)
        await make_due(database, "g.next_at <= :now AND p.community_id = 1")
        await make_due(database, "g.next_at <= :now AND p.community_id = 2 AND m.id <= 20")
        start = time.time()
        await _courier(database, chat, StandingClock()).run()
        everything = max(chat.at.values()) - start
        few = max(chat.at[number] for number in range(crowded + 1, crowded + 11)) - start
        await database.close()
    case = f"{kind}: ten members of one community behind {crowded} of another"
    report("courier", case, few, "s", everything)


if __name__ == "__main__":
    main()
