"""A programme for benchmarks of a platform: members with conversations, and due deliveries."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, insert, literal, select, update

from adapters.storage.tables import account, community, delivery, membership, place, schedule
from adapters.storage.types import UtcDateTime
from bot.bootstrap.core import Ground
from bot.chat.identity import AccountRef, CommunityRef, PlaceRef
from bot.chat.incoming import Person
from bot.domain.schedule import ScheduleKind
from bot.services.installing import install

JOINED = datetime(2026, 3, 1, 8, tzinfo=UTC)

POSTS_PER_MINUTE = "24000"
"""A pace at which lives of less than a second get something done."""

Member = tuple[AccountRef, PlaceRef]
"""Somebody, and their conversation with Cairn."""


async def found(ground: Ground, where: CommunityRef, members: Sequence[Member]) -> int:
    """A programme that these people have joined, without anything due; gives its number."""
    installer = Person(members[0][0], "m0")
    async with ground.storage.work() as work:
        programme = await install(work, where, "Bench", installer, "en")
    key = ground.cipher.new_author_key()
    accounts = [
        {
            "platform": ref.platform,
            "native_id": ref.native_id,
            "name": f"m{number}",
            "zone": "UTC",
            "wrapped_key": key,
        }
        for number, (ref, _) in enumerate(members)
    ]
    places = [
        {"platform": ref.platform, "native_id": ref.native_id, "kind": ref.kind.value}
        for _, ref in members
    ]
    async with ground.database.writing() as connection:
        await connection.execute(insert(account), accounts[1:])
        await connection.execute(insert(place), places)
        if members[0][1].community is not None:
            await connection.execute(
                update(place).values(community_id=select(community.c.id).scalar_subquery())
            )
        known = await connection.execute(select(account.c.native_id, account.c.id))
        account_ids = {row.native_id: row.id for row in known}
        stand = await connection.execute(select(place.c.native_id, place.c.id))
        place_ids = {row.native_id: row.id for row in stand}
        settings = {
            "programme_id": programme.id,
            "joined_at": JOINED,
            "zone": "UTC",
            "minute": 540,
            "days": 31,
            "quiet": "none",
            "cadence": "daily",
            "language": "en",
            "prompt_days": 31,
        }
        rows = [
            {
                "account_id": account_ids[ref.native_id],
                "direct_place_id": place_ids[direct.native_id],
                **settings,
            }
            for ref, direct in members
        ]
        await connection.execute(delete(membership))
        await connection.execute(insert(membership), rows)
    return programme.id


async def make_due(ground: Ground, now: datetime, part: int = 0, parts: int = 1) -> None:
    """A question for each member, or for each of one part of several, due now."""
    columns = ("programme_id", "community_id", "schedule_id", "membership_id", "place_id")
    more = {"kind": "reflection", "slot": now.isoformat()[:32], "state": "due"}
    times = {"due_at": now, "act_at": now}
    whom = (
        select(
            membership.c.programme_id,
            place.c.community_id,
            schedule.c.id,
            membership.c.id,
            place.c.id,
            *(literal(value) for value in more.values()),
            *(literal(value, UtcDateTime) for value in times.values()),
        )
        .join_from(membership, place, place.c.id == membership.c.direct_place_id)
        .join(schedule, schedule.c.programme_id == membership.c.programme_id)
        .where(
            schedule.c.kind == ScheduleKind.REFLECTION.value,
            membership.c.id % parts == part,
        )
    )
    async with ground.database.writing() as connection:
        await connection.execute(insert(delivery).from_select([*columns, *more, *times], whom))
