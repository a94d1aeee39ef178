"""Planning and delivering a morning's reflections on SQLite, beside the same rows in plain SQL.

The baseline writes as many rows, with as many statements of each kind and in as many
transactions, through the same driver, pragmas, tables and indexes: it plans nothing, chooses
nothing and sends nothing.
"""

import asyncio
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from sqlalchemy import func, select

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage import tables
from adapters.storage.database import Database
from adapters.storage.unit_of_work import SqlStorage
from benchmarks._report import is_full, peak_memory, progress, report
from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import Person
from bot.chat.outgoing import Message
from bot.domain.practices import Practice
from bot.domain.prompts import LibraryPrompt, Room
from bot.domain.recurrence import Occurrence
from bot.services.composing import Composer
from scheduler.courier import Courier
from scheduler.planner import SLICE, Planner

NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
SLOT = datetime(2026, 3, 4, 9, 0)  # noqa: DTZ001 - wall time in Berlin
ZONE = "Europe/Berlin"
TEAM = CommunityRef("bench", "T1")
BATCH, ROUND = 200, 50
"""What the courier claims and calls at a time."""


class StandingClock:
    """The morning, at which everybody is due."""

    def now(self) -> datetime:
        return NOW


class NoHolidays:
    """A calendar without days off."""

    def knows(self, country: str) -> bool:
        return False

    def is_holiday(self, country: str, day: date) -> bool:
        return False


class InstantChat:
    """A platform that takes everything at once."""

    platform = TEAM.platform
    pace = None

    def __init__(self) -> None:
        self.taken = 0

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        self.taken += 1
        return MessageRef(place, f"M{delivery_id}")

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        raise NotImplementedError

    async def answer(
        self,
        actor: AccountRef,
        place: PlaceRef,
        ticket: str | None,
        message: Message,
        *,
        instead_of: MessageRef | None = None,
    ) -> None:
        raise NotImplementedError

    async def show_home(
        self, actor: AccountRef, community: CommunityRef | None, message: Message
    ) -> None:
        raise NotImplementedError

    async def person(self, actor: Person, community: CommunityRef | None) -> Person:
        raise NotImplementedError

    def room(
        self,
        people: tuple[AccountRef, ...],
        community: CommunityRef | None,
        under: PlaceRef | None,
    ) -> PlaceRef | None:
        raise NotImplementedError

    async def open_direct(self, actor: AccountRef, community: CommunityRef | None) -> PlaceRef:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds taken by each half."""

    planning: float
    delivering: float


def main() -> None:
    members = 100_000 if is_full(str(__doc__)) else 10_000
    asyncio.run(_measure(members))


async def _measure(members: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bare = await _bare(Path(folder) / "bare.db", members)
        bare_memory = peak_memory()
        cairn = await _cairn(Path(folder) / "cairn.db", members)
    case = f"{members} reflections"
    report("spine", f"plan {case}", members / cairn.planning, "rows/s", members / bare.planning)
    report(
        "spine",
        f"deliver {case}",
        members / cairn.delivering,
        "messages/s",
        members / bare.delivering,
    )
    report("spine", f"peak memory, {case}", peak_memory(), "MiB", bare_memory)


async def _cairn(path: Path, members: int) -> Times:
    database = Database(f"sqlite:///{path}")
    storage = SqlStorage(database, KeyRingCipher.from_keys([new_ring_key()]))
    await _fill(database, storage, members)
    clock, chat = StandingClock(), InstantChat()
    planner = Planner(storage, clock, NoHolidays())
    courier = Courier(storage, clock, chat, Composer(), "bench", batch=BATCH, concurrency=ROUND)
    start = time.perf_counter()
    await planner.run()
    planned = time.perf_counter()
    progress(f"planned in {planned - start:.1f} s")
    sent = await courier.run()
    delivered = time.perf_counter()
    progress(f"delivered in {delivered - planned:.1f} s")
    await database.close()
    if not sent == chat.taken == members:
        message = f"{sent} sent and {chat.taken} taken instead of {members}"
        raise RuntimeError(message)
    return Times(planned - start, delivered - planned)


async def _bare(path: Path, members: int) -> Times:
    database = Database(f"sqlite:///{path}")
    storage = SqlStorage(database, KeyRingCipher.from_keys([new_ring_key()]))
    await _fill(database, storage, members)
    start = time.perf_counter()
    for first, last in _slices(members, SLICE):
        await _write(database, (_INSERT, [_row(number) for number in range(first, last)]))
    planned = time.perf_counter()
    progress(f"bare: inserted in {planned - start:.1f} s")
    for first, last in _slices(members, BATCH):
        await _write(database, (_LEASE, [(_text(60), n) for n in range(first, last)]))
        for low, high in _slices(last - first, ROUND):
            numbers = range(first + low - 1, first + high - 1)
            begin = (_BEGIN, [(1, _text(0), n) for n in numbers])
            await _write(database, begin, (_ROTATE, [("1", n) for n in numbers]))
            await _write(database, (_SENT, [(f"M{n}", _text(0), n) for n in numbers]))
    delivered = time.perf_counter()
    progress(f"bare: updated in {delivered - planned:.1f} s")
    await _check(database, members)
    await database.close()
    return Times(planned - start, delivered - planned)


_INSERT = (
    "INSERT INTO delivery (programme_id, community_id, schedule_id, membership_id, place_id, kind,"
    " slot, day, state, due_at, expires_at, act_at)"
    " VALUES (1, 1, 1, ?, ?, 'reflection', '2026-03-04T09:00', '2026-03-04', 'due', ?, ?, ?)"
)
_LEASE = (
    "UPDATE delivery SET state = 'leased', owner = 'bench', act_at = ?, attempt = attempt + 1"
    " WHERE id = ?"
)
_BEGIN = "UPDATE delivery SET state = 'sending', prompt_id = ?, began_at = ? WHERE id = ?"
_ROTATE = "UPDATE place SET seen_prompts = ? WHERE id = ?"
_SENT = "UPDATE delivery SET state = 'sent', message_id = ?, sent_at = ? WHERE id = ?"


def _row(number: int) -> tuple[object, ...]:
    return number, number, _text(0), _text(4 * 3600), _text(0)


def _text(seconds: int) -> str:
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S.%f")


def _slices(count: int, size: int) -> Iterator[tuple[int, int]]:
    """The numbers from 1 to `count` in slices, as (first, one after the last)."""
    for first in range(1, count + 1, size):
        yield first, min(first + size, count + 1)


async def _write(database: Database, *work: tuple[str, Sequence[tuple[object, ...]]]) -> None:
    """Run statements, each with its rows, in one transaction."""
    async with database.writing() as connection:
        for statement, rows in work:
            await connection.exec_driver_sql(statement, list(rows))


async def _check(database: Database, members: int) -> None:
    query = select(func.count()).where(tables.delivery.c.state == "sent")
    async with database.reading() as connection:
        sent = (await connection.execute(query)).scalar_one()
    if sent != members:
        message = f"{sent} rows sent instead of {members}"
        raise RuntimeError(message)


async def _fill(database: Database, storage: SqlStorage, members: int) -> None:
    """A programme with the shipped prompts and this many members of one send group."""
    async with database.writing() as connection:
        await connection.run_sync(tables.metadata.create_all)
    async with storage.work() as work:
        programme = await work.programmes.create("Bench", "en")
        await work.programmes.attach(TEAM, "Bench", programme.id)
        await work.prompts.publish(list(_library()), NOW)
        schedule = await work.schedules.add_reflections(programme.id)
        await work.schedules.ensure_group(schedule.id, ZONE, 9 * 60, Occurrence(SLOT, NOW))
    for first, last in _slices(members, 10_000):
        await _fill_members(database, range(first, last))


async def _fill_members(database: Database, numbers: range) -> None:
    await _write(
        database,
        (_ACCOUNT, [(n, f"U{n}", f"Member {n}") for n in numbers]),
        (_PLACE, [(n, n, f"D{n}", PlaceKind.DIRECT.value) for n in numbers]),
        (_MEMBERSHIP, [(n, n, _text(-86_400), n, ZONE) for n in numbers]),
    )


_ACCOUNT = (
    "INSERT INTO account (id, platform, native_id, name, wrapped_key)"
    " VALUES (?, 'bench', ?, ?, x'00')"
)
_PLACE = (
    "INSERT INTO place (id, account_id, platform, native_id, kind, community_id)"
    " VALUES (?, ?, 'bench', ?, ?, 1)"
)
_MEMBERSHIP = (
    "INSERT INTO membership (id, account_id, programme_id, joined_at, direct_place_id, group_id,"
    " zone, minute, days, quiet, cadence, language, prompt_days)"
    " VALUES (?, ?, 1, ?, ?, 1, ?, 540, 31, 'none', 'daily', 'en', 31)"
)


def _library() -> Iterator[LibraryPrompt]:
    for file in (files("bot.library") / "prompts").iterdir():
        if file.name.endswith(".toml"):
            shipped = tomllib.loads(file.read_text("utf-8"))
            for room in Room:
                for key, text in shipped[room.value].items():
                    yield LibraryPrompt(key, Practice(shipped["practice"]), room, text)


if __name__ == "__main__":
    main()
