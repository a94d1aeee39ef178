"""What is lost and what comes twice while `cairn run` is killed again and again: nothing.

Processes are killed by SIGKILL at random moments, while questions go out and people answer, in
front of a local server of each platform. On SQLite one process serves, on PostgreSQL three. When
none is alive, time is moved past leases and doubts; it is never moved under a living one, which
would be a platform slower than Cairn allows for. Each figure stands beside how many there were.
"""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, Self

from sqlalchemy import func, select

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage.database import Database
from adapters.storage.tables import delivery, inbox
from adapters.storage.unit_of_work import SqlStorage
from benchmarks._discord_side import DiscordSide
from benchmarks._postgres import databases
from benchmarks._report import asked, peak_memory, progress, report
from benchmarks._slack_side import SlackSide
from bot.chat.identity import AccountRef
from tests.e2e.served import Nursery, Rehearsal

PROCESSES = {"SQLite": 1, "PostgreSQL": 3}
MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
ROUNDS = 10
STEP = timedelta(minutes=2, seconds=5)
"""More than a lease and the time after which a message is looked for."""

LONGEST_LIFE = 2.0
ALL_AT_ONCE = 5
"""So many kills, and then one of all processes."""

PATIENCE = 600.0
TOLD_EVERY = 10
"""So many looks at what is left."""

REST = 2.0
"""Seconds between two looks; twice as long after each at which nothing had changed."""

MOST_IDLE = 5
"""So often time passes without anything getting done before the rest counts as lost."""


class Side(AbstractAsyncContextManager["Side"], Protocol):
    """A platform with people on it."""

    name: str

    async def __aenter__(self) -> Self: ...

    def settings(self, folder: Path, key: str) -> Mapping[str, str]:
        """What a host sets for it."""
        ...

    async def join(self, url: str, key: str) -> None:
        """Everybody is a member, with nothing due."""
        ...

    async def fall_due(self, url: str, key: str, part: int, parts: int) -> None:
        """A question for everybody of one part of several.

        A second one to the same person, late, would make Cairn skip the first.
        """
        ...

    async def ask_in_channel(self) -> None:
        """A question that people can answer in its thread."""
        ...

    async def say(self, moments: random.Random, text: str) -> AccountRef:
        """Somebody answers in the thread."""
        ...

    async def quiet(self, patience: float) -> None:
        """Wait until the platform has nothing left to hand over."""
        ...

    def copies(self) -> Counter[int]:
        """How many messages carry each delivery."""
        ...

    def complaints(self) -> list[str]:
        """What the platform objected to."""
        ...


PLATFORMS: Mapping[str, Callable[[Rehearsal, int], Side]] = {
    "Slack": SlackSide,
    "Discord": DiscordSide,
}


@dataclass
class Endured:
    """What was said and done meanwhile."""

    said: list[tuple[AccountRef, str]]
    kills: int


def main() -> None:
    case = asked(str(__doc__), platform=PLATFORMS, database=PROCESSES)
    kills, people = (1_000, 100_000) if case.full else (40, 4_000)
    asyncio.run(_all(case.platform, case.database, kills, people))


async def _all(one_platform: str | None, one_kind: str | None, kills: int, people: int) -> None:
    for name, platform in PLATFORMS.items():
        if one_platform in (None, name):
            with databases() as urls:
                for kind, url in urls.items():
                    if one_kind in (None, kind):
                        await _endure(platform, kind, url, kills, people)


async def _endure(
    platform: Callable[[Rehearsal, int], Side], kind: str, url: str, kills: int, people: int
) -> None:
    key, moments = new_ring_key(), random.Random(kills)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clock = Rehearsal(folder / "offset", MORNING)
        async with platform(clock, people) as side:
            await side.join(url, key)
            settings = {
                **side.settings(folder, key),
                "CAIRN_DATABASE_URL": url,
                "CAIRN_CLOCK_OFFSET_FILE": str(clock.path),
            }
            nursery = Nursery(folder, settings)
            await nursery.open()
            try:
                await _bear(nursery, PROCESSES[kind])
                await side.ask_in_channel()
                life = _Life(side, nursery, clock, moments, PROCESSES[kind])
                endured = await life.endure(url, key, kills)
                await life.settle(url, key, endured)
            finally:
                await nursery.close()
            await _tell(f"{side.name}, {kind}", side, url, key, endured)


async def _bear(nursery: Nursery, processes: int) -> None:
    while len(nursery.children) < processes:
        await nursery.bear()


@dataclass
class _Life:
    """Lives and deaths of the processes."""

    side: Side
    nursery: Nursery
    clock: Rehearsal
    moments: random.Random
    processes: int

    async def endure(self, url: str, key: str, kills: int) -> Endured:
        """Kill so often; every so often there is something more to do."""
        endured, rounds = Endured([], 0), 0
        while endured.kills < kills:
            if rounds * kills <= endured.kills * ROUNDS:
                await self.side.fall_due(url, key, rounds, ROUNDS)
                rounds += 1
                await _say(endured, url)
            await self._live(endured)
            self.nursery.kill(self.moments.choice(self.nursery.children))
            endured.kills += 1
            if not self.nursery.children or endured.kills % ALL_AT_ONCE == 0:
                endured.kills += len(self.nursery.children)
                self.nursery.kill_all()
                self.clock.move_to(self.clock.now() + STEP)
            await _bear(self.nursery, self.processes)
        return endured

    async def _live(self, endured: Endured) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self.moments.uniform(0.02, LONGEST_LIFE)
        while (left := ends_at - loop.time()) > 0:
            text = f"thought number {len(endured.said)} of mine"
            endured.said.append((await self.side.say(self.moments, text), text))
            await asyncio.sleep(min(left, self.moments.uniform(0.05, 0.3)))

    async def settle(self, url: str, key: str, endured: Endured) -> None:
        """Let them live, and time pass while none does, until nothing is left to do."""
        await self.side.quiet(PATIENCE)
        database, idle, looks = Database(url), 0, 0
        storage = SqlStorage(database, KeyRingCipher.from_keys([key]))
        before = await _left(database, storage, endured)
        while before and idle < MOST_IDLE:
            if looks % TOLD_EVERY == 0:
                progress(f"settling: {before}")
            looks += 1
            await asyncio.sleep(REST * 2**idle)
            now = await _left(database, storage, endured)
            if now == before:
                # what is left waits for a lease to run out, for a doubt to be old enough, or
                # for a process that reads what was said while none was there
                idle += 1
                self.nursery.kill_all()
                self.clock.move_to(self.clock.now() + STEP)
                await _bear(self.nursery, self.processes)
            else:
                idle = 0
            before = now
        await database.close()


async def _say(endured: Endured, url: str) -> None:
    database = Database(url)
    left = await _under_way(database)
    await database.close()
    progress(f"{endured.kills} kills, {left}, {peak_memory():.0f} MiB with the platform")


async def _left(database: Database, storage: SqlStorage, endured: Endured) -> dict[str, int]:
    """What is still to be done, and then how many answers are not kept."""
    if left := await _under_way(database):
        return left
    # these are many to read: a look at them takes the platform's time
    kept = await _kept(storage, endured)
    missing = sum(not kept[text] for _, text in endured.said)
    return {"answers": missing} if missing else {}


async def _under_way(database: Database) -> dict[str, int]:
    """How many events and deliveries are in which state before their last."""
    async with database.reading() as connection:
        rows = [
            *await connection.execute(
                select(delivery.c.state, func.count())
                .where(delivery.c.state.not_in(("sent", "failed", "skipped")))
                .group_by(delivery.c.state)
            ),
            *await connection.execute(
                select(func.max("event"), func.count()).where(inbox.c.state != "done")
            ),
        ]
    return {str(state): number for state, number in rows if number}


async def _tell(case: str, side: Side, url: str, key: str, endured: Endured) -> None:
    if side.complaints():
        raise RuntimeError(f"the platform objects: {side.complaints()[:5]}")
    database, copies = Database(url), side.copies()
    async with database.reading() as connection:
        states = dict((await connection.execute(select(delivery.c.id, delivery.c.state))).all())
    kept = await _kept(SqlStorage(database, KeyRingCipher.from_keys([key])), endured)
    await database.close()
    progress(f"{endured.kills} kills, {len(states)} deliveries, {len(endured.said)} answers")
    lost = sum(state != "sent" or not copies[number] for number, state in states.items())
    twice = sum(number - 1 for number in copies.values())
    report("faults", f"deliveries lost, {case}", lost, "deliveries", len(states))
    report("faults", f"deliveries twice, {case}", twice, "deliveries", len(states))
    texts = [text for _, text in endured.said]
    lost, twice = (
        sum(not kept[text] for text in texts),
        sum(max(0, kept[text] - 1) for text in texts),
    )
    report("faults", f"answers lost, {case}", lost, "answers", len(texts))
    report("faults", f"answers twice, {case}", twice, "answers", len(texts))
    report("faults", f"kills, {case}", endured.kills, "kills", len(states))


async def _kept(storage: SqlStorage, endured: Endured) -> Counter[str]:
    """How often each answer was kept."""
    kept: Counter[str] = Counter()
    async with storage.reading() as work:
        for author in {author for author, _ in endured.said}:
            account = await work.accounts.find(author)
            if account is None:
                raise RuntimeError(f"{author} is gone")
            for one in await work.reflections.of_author(account.id):
                kept.update(one.text.split("\n"))
    return kept


if __name__ == "__main__":
    main()
