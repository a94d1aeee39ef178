"""What the benchmarks of Slack share: a local Slack, a community on it, and due deliveries."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update

from adapters.slack import names
from adapters.storage.tables import account, community, delivery, membership, place, schedule
from adapters.storage.types import UtcDateTime
from bot.bootstrap.core import Ground
from bot.chat.identity import PlaceKind
from bot.chat.incoming import Person
from bot.domain.schedule import ScheduleKind
from bot.services.installing import install

TEAM = "T1"
JOINED = datetime(2026, 3, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class LocalSlack:
    """A local Slack in its own process."""

    api_url: str
    token: str
    app_token: str
    process: asyncio.subprocess.Process

    async def counts(self) -> dict[str, Any]:
        """How many posts it took and refused so far, and when (seconds of its own clock)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"counts\n")
        told: dict[str, Any] = json.loads(await self.process.stdout.readline())
        if told["violations"]:
            raise RuntimeError(str(told["violations"]))
        return told


@asynccontextmanager
async def local_slack(people: int, posts_per_minute: int = 0) -> AsyncIterator[LocalSlack]:
    """A local Slack with so many people; 0 posts a minute means that there are no limits."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.servers.slack",
        f"--people={people}",
        f"--posts-per-minute={posts_per_minute}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    try:
        assert process.stdout is not None
        yield LocalSlack(**json.loads(await process.stdout.readline()), process=process)
    finally:
        process.kill()
        await process.wait()


async def found(ground: Ground, people: int) -> int:
    """A programme that these people have joined, without anything due; gives its number."""
    installer = Person(names.account(TEAM, "U0"), "m0")
    async with ground.storage.work() as work:
        programme = await install(work, names.community(TEAM), "Bench", installer, "en")
    key, numbers = ground.cipher.new_author_key(), range(people)
    rows = [
        {
            "platform": names.PLATFORM,
            "native_id": f"{TEAM}/U{number}",
            "name": f"m{number}",
            "zone": "UTC",
            "wrapped_key": key,
        }
        for number in numbers
    ]
    places = [
        {
            "platform": names.PLATFORM,
            "native_id": f"{TEAM}/DU{number}",
            "kind": PlaceKind.DIRECT.value,
        }
        for number in numbers
    ]
    async with ground.database.writing() as connection:
        await connection.execute(insert(account), rows[1:])
        await connection.execute(insert(place), places)
        await connection.execute(
            update(place).values(community_id=select(community.c.id).scalar_subquery())
        )
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
        query = select(account.c.id, place.c.id).join_from(
            account,
            place,
            place.c.native_id == literal(f"{TEAM}/D") + func.substr(account.c.native_id, 4),
        )
        pairs = (await connection.execute(query)).all()
        await connection.execute(delete(membership))
        await connection.execute(
            insert(membership),
            [{"account_id": a, "direct_place_id": p, **settings} for a, p in pairs],
        )
    return programme.id


async def make_due(ground: Ground, now: datetime) -> None:
    """A question for each member, due now."""
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
        .where(schedule.c.kind == ScheduleKind.REFLECTION.value)
    )
    async with ground.database.writing() as connection:
        await connection.execute(insert(delivery).from_select([*columns, *more, *times], whom))
