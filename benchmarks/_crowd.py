"""A crowd for benchmarks: communities with members in 38 zones, all asked at one moment."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage import tables
from adapters.storage.database import Database
from adapters.storage.types import UtcDateTime
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceRef
from bot.chat.incoming import Person
from bot.chat.outgoing import Message
from bot.domain.practices import Practice
from bot.domain.prompts import LibraryPrompt, Room
from bot.domain.schedule import DEFAULT_GRACE
from bot.domain.wall_time import to_wall

PLATFORM = "bench"
NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)

_NAMES = """
Pacific/Pago_Pago Pacific/Honolulu Pacific/Marquesas America/Anchorage America/Los_Angeles
America/Denver America/Phoenix America/Chicago America/Mexico_City America/New_York
America/Bogota America/Halifax America/Caracas America/St_Johns America/Sao_Paulo
America/Noronha Atlantic/Azores Atlantic/Reykjavik Europe/London Europe/Berlin Africa/Lagos
Europe/Athens Africa/Cairo Europe/Moscow Asia/Tehran Asia/Dubai Asia/Kabul Asia/Karachi
Asia/Kolkata Asia/Kathmandu Asia/Dhaka Asia/Bangkok Asia/Shanghai Asia/Tokyo Australia/Adelaide
Australia/Sydney Pacific/Auckland Pacific/Apia
"""
ZONES = tuple(_NAMES.split())


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

    platform = PLATFORM
    pace = None

    def __init__(self) -> None:
        self.taken: list[int] = []

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        self.taken.append(delivery_id)
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
class Crowd:
    """So many members in so many communities, of which the first are due NOW, the rest tomorrow.

    Every community has a programme of its own, and in it a send group for each zone.
    """

    members: int
    communities: int
    due_communities: int

    @property
    def due(self) -> int:
        """How many members are due."""
        return self.members * self.due_communities // self.communities


def storage_of(database: Database) -> SqlStorage:
    """A storage with a key of its own."""
    return SqlStorage(database, KeyRingCipher.from_keys([new_ring_key()]))


async def fill(url: str, crowd: Crowd) -> None:
    """Make the tables, the shipped prompts and the crowd, as if they had been there for a while."""
    database = Database(url)
    async with database.writing() as connection:
        await connection.run_sync(tables.metadata.create_all)
    async with storage_of(database).work() as work:
        await work.prompts.publish(list(library()), NOW)
    sizes = {"members": crowd.members, "communities": crowd.communities, "zones": len(ZONES)}
    async with database.writing() as connection:
        await take_any_time(connection)
        for statement in (_PROGRAMMES, _COMMUNITIES, _SCHEDULES):
            await connection.execute(text(statement), sizes)
        for number, zone in enumerate(ZONES):
            wall = to_wall(NOW, ZoneInfo(zone))
            group = {
                "number": number,
                "zone": zone,
                "minute": wall.hour * 60 + wall.minute,
                "slot": wall.isoformat(timespec="minutes"),
                "tomorrow": (wall + timedelta(days=1)).isoformat(timespec="minutes"),
                "due": crowd.due_communities,
            }
            await connection.execute(_GROUPS, sizes | group)
        for statement in (_ACCOUNTS, _PLACES):
            await connection.execute(text(statement), sizes)
        await connection.execute(_MEMBERSHIPS, sizes)
    if not database.is_sqlite:
        # as it does by itself in a while
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))
    await database.close()


async def take_any_time(connection: AsyncConnection) -> None:
    """Let this transaction's statements take longer than the program's ever should."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL statement_timeout = 0"))


_MOMENTS = (bindparam("now", NOW, UtcDateTime), bindparam("then", TOMORROW, UtcDateTime))
_C = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :communities)"
_M = "WITH RECURSIVE m(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM m WHERE n < :members - 1)"

_PROGRAMMES = (
    f"INSERT INTO programme (id, name, language) {_C} SELECT n, 'Programme ' || n, 'en' FROM c"
)
_COMMUNITIES = (
    f"INSERT INTO community (id, programme_id, platform, native_id, name) {_C}"
    f" SELECT n, n, '{PLATFORM}', 'T' || n, 'Community ' || n FROM c"
)
_SCHEDULES = (
    f"INSERT INTO schedule (id, programme_id, kind, grace_seconds) {_C}"
    " SELECT n, n, 'reflection', 14400 FROM c"
)
_GROUPS = text(
    f"INSERT INTO send_group (id, schedule_id, zone, minute, next_slot, next_at) {_C}"
    " SELECT (n - 1) * :zones + :number + 1, n, :zone, :minute,"
    " CASE WHEN n <= :due THEN :slot ELSE :tomorrow END,"
    " CASE WHEN n <= :due THEN :now ELSE :then END FROM c"
).bindparams(*_MOMENTS)
_ACCOUNTS = (
    f"INSERT INTO account (id, platform, native_id, name, wrapped_key) {_M}"
    f" SELECT n + 1, '{PLATFORM}', 'U' || n, 'Member ' || n, '' FROM m"
)
_PLACES = (
    f"INSERT INTO place (id, account_id, platform, native_id, kind, community_id) {_M}"
    f" SELECT n + 1, n + 1, '{PLATFORM}', 'D' || n, 'direct', n % :communities + 1 FROM m"
)
_MEMBERSHIPS = text(
    "INSERT INTO membership (id, account_id, programme_id, joined_at, direct_place_id, group_id,"
    f" zone, minute, days, quiet, cadence, language, prompt_days) {_M}"
    " SELECT n + 1, n + 1, n % :communities + 1, :now, n + 1, g.id,"
    " g.zone, g.minute, 127, 'none', 'daily', 'en', 127 FROM m JOIN send_group g"
    " ON g.id = n % :communities * :zones + n / :communities % :zones + 1"
).bindparams(_MOMENTS[0])


async def make_due(database: Database, which: str = "g.next_at <= :now") -> None:
    """Write the deliveries of a wave, in one statement."""
    async with database.writing() as connection:
        await take_any_time(connection)
        await connection.execute(insert_due(database, which).bindparams(_MOMENTS[0]))


def insert_due(database: Database, which: str) -> TextClause:
    """A bare INSERT of what a wave is, for the members `m` of some send groups `g`."""
    day = "substr(g.next_slot, 1, 10)"
    day = day if database.is_sqlite else f"CAST({day} AS date)"
    expires = bindparam("expires", NOW + DEFAULT_GRACE, UtcDateTime)
    return text(_DELIVERIES.format(day=day, which=which)).bindparams(expires)


_DELIVERIES = (
    "INSERT INTO delivery (programme_id, community_id, schedule_id, membership_id, place_id, kind,"
    " slot, day, state, due_at, expires_at, act_at)"
    " SELECT m.programme_id, p.community_id, g.schedule_id, m.id, p.id, 'reflection', g.next_slot,"
    " {day}, 'due', g.next_at, :expires, g.next_at"
    " FROM send_group g JOIN membership m ON m.group_id = g.id"
    " JOIN place p ON p.id = m.direct_place_id WHERE {which}"
)


def library() -> Iterator[LibraryPrompt]:
    """The shipped prompts."""
    for file in (files("bot.library") / "prompts").iterdir():
        if file.name.endswith(".toml"):
            shipped = tomllib.loads(file.read_text("utf-8"))
            for room in Room:
                for key, words in shipped[room.value].items():
                    yield LibraryPrompt(key, Practice(shipped["practice"]), room, words)
