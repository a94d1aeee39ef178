"""Places, groups and waves for the contract of deliveries, on any storage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from adapters.storage.tables import delivery
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.identity import CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.domain.delivery import DeliveryKind, DeliveryState, Reason
from bot.domain.membership import Cadence, MemberSettings, Membership
from bot.domain.reading import QuietHours, Weekdays
from bot.domain.recurrence import Occurrence, daily_at
from bot.domain.schedule import Schedule, SendGroup
from bot.ports.deliveries import Claimed, NewDelivery, Outcome, Ready, WasSent, Wave
from bot.ports.storage import Storage
from tests.cast import LIBRARY, NOW, TOWN, occurrence, person
from tests.fakes.storage import InMemoryStorage

LEASE = timedelta(seconds=60)
GRACE = timedelta(hours=4)
EVERY_DAY = MemberSettings(zone="UTC", minute=570, days=Weekdays.all(), quiet=QuietHours())
WEEK = 8
"""An even one: those who are asked every other week are asked."""


@dataclass(frozen=True)
class Written:
    """What the ledger has of one delivery."""

    id: int
    place_id: int
    state: DeliveryState
    reason: Reason | None
    slot: str
    day: date | None


class Ledger:
    """A programme with a town, its storage, and short ways to use it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.programme_id = 0

    async def found(self) -> None:
        """Make the programme, the town and the library."""
        async with self.storage.work() as work:
            programme = await work.programmes.create("Guild", "en")
            await work.programmes.attach(TOWN, "Town", programme.id)
            await work.prompts.publish(LIBRARY, NOW)
            await work.schedules.add_reflections(programme.id)
        self.programme_id = programme.id

    async def attach(self, *communities: CommunityRef) -> None:
        """Put communities into the programme."""
        async with self.storage.work() as work:
            for community in communities:
                await work.programmes.attach(community, community.native_id, self.programme_id)

    async def place(
        self,
        name: str,
        community: CommunityRef | None = TOWN,
        kind: PlaceKind = PlaceKind.CHANNEL,
        platform: str = "console",
    ) -> int:
        """A place; gives its number."""
        where = None if community is None else community.native_id
        async with self.storage.work() as work:
            return await work.places.ensure(PlaceRef(platform, name, kind, where))

    async def prompts(self) -> list[int]:
        """Numbers of prompts."""
        async with self.storage.work() as work:
            found = await work.prompts.pool(self.programme_id, LIBRARY[0].room)
            return [prompt.id for prompt in found]

    async def nudge(self, place_id: int, at: datetime = NOW) -> Schedule:
        """A nudge to a place, due at a moment."""
        async with self.storage.work() as work:
            return await work.schedules.add_nudge(
                programme_id=self.programme_id,
                place_id=place_id,
                zone="UTC",
                recurrence=daily_at(570),
                words="daily",
                holidays=None,
                grace=GRACE,
                first=occurrence(at),
            )

    async def member(
        self,
        name: str,
        settings: MemberSettings = EVERY_DAY,
        *,
        joined: bool = True,
        paused_until: datetime | None = None,
        community: CommunityRef | None = TOWN,
    ) -> Membership:
        """A member with settings and a place, in the group that is due at NOW."""
        place_id = await self.place(f"dm-{name}", community, PlaceKind.DIRECT)
        async with self.storage.work() as work:
            account = await work.accounts.seen(person(name))
            member = await work.memberships.ensure(account.id, self.programme_id)
            member = replace(
                member,
                joined_at=NOW if joined else None,
                paused_until=paused_until,
                direct_place_id=place_id,
            )
            await work.memberships.save(member)
            schedule = await work.schedules.reflections(self.programme_id)
            group_id = await work.schedules.ensure_group(
                schedule.id, settings.zone, settings.minute, occurrence(NOW)
            )
            await work.memberships.set_settings(member.id, settings, group_id)
            return await work.memberships.get(member.id)

    async def due_group(self, now: datetime = NOW) -> SendGroup:
        """The one group that is due."""
        async with self.storage.reading() as work:
            [group] = await work.deliveries.due_groups(now, 10)
        return group

    async def plan(self, group: SendGroup, wave: Wave, limit: int = 100) -> bool:
        """One slice in one unit of work."""
        async with self.storage.work() as work:
            dealt_with = await work.deliveries.plan_slice([group], wave, limit)
        return dealt_with[group.id]

    async def add(self, place_id: int, slot: str = "asked", **values: object) -> int:
        """A delivery that is due at NOW; gives its number."""
        added = await self.try_to_add(place_id, slot, **values)
        assert added is not None
        return added

    async def try_to_add(self, place_id: int, slot: str, **values: object) -> int | None:
        """A delivery that is due at NOW, if slot and day are free."""
        new = NewDelivery(
            programme_id=self.programme_id,
            place_id=place_id,
            kind=DeliveryKind.REFLECTION,
            slot=slot,
            due_at=NOW,
        )
        async with self.storage.work() as work:
            return await work.deliveries.add(replace(new, **values))  # type: ignore[arg-type]

    async def claim(
        self, now: datetime = NOW, limit: int = 100, owner: str = "me"
    ) -> tuple[Claimed, ...]:
        """Lease what is due on the console."""
        async with self.storage.work() as work:
            return await work.deliveries.claim(["console"], owner, now, now + LEASE, limit)

    async def begin(self, *ids: int, prompt_id: int | None = None, now: datetime = NOW) -> set[int]:
        """Begin calls; gives those that may be made."""
        ready = [Ready(number, prompt_id) for number in ids]
        async with self.storage.work() as work:
            return set(await work.deliveries.begin(ready, "me", now))

    async def uncertain(
        self, now: datetime, limit: int = 100
    ) -> tuple[tuple[Claimed, datetime], ...]:
        """Lease what may be looked for on the console."""
        async with self.storage.work() as work:
            return await work.deliveries.uncertain(["console"], "me", now, now + LEASE, limit)

    async def record(self, *outcomes: Outcome, now: datetime = NOW) -> None:
        """Write outcomes in one unit of work."""
        async with self.storage.work() as work:
            await work.deliveries.record(outcomes, "me", now)

    async def send(
        self, delivery_id: int, prompt_id: int | None = None, at: datetime = NOW
    ) -> MessageRef:
        """Claim, begin and record a delivery as sent; gives its message."""
        [claimed] = [one for one in await self.claim(at) if one.id == delivery_id]
        assert await self.begin(delivery_id, prompt_id=prompt_id, now=at) == {delivery_id}
        message = MessageRef(claimed.place, f"m{delivery_id}")
        await self.record(WasSent(delivery_id, message, at), now=at)
        return message

    async def written(self) -> list[Written]:
        """All deliveries, by number."""
        if isinstance(self.storage, InMemoryStorage):
            rows = self.storage.unit.deliveries.rows.values()
            return [
                Written(row.id, row.new.place_id, row.state, row.reason, row.new.slot, row.new.day)
                for row in rows
            ]
        assert isinstance(self.storage, SqlStorage)
        async with self.storage._database.reading() as connection:
            query = select(
                delivery.c.id,
                delivery.c.place_id,
                delivery.c.state,
                delivery.c.reason,
                delivery.c.slot,
                delivery.c.day,
            ).order_by(delivery.c.id)
            return [
                Written(
                    row.id,
                    row.place_id,
                    DeliveryState(row.state),
                    None if row.reason is None else Reason(row.reason),
                    row.slot,
                    row.day,
                )
                for row in await connection.execute(query)
            ]

    async def states(self, ids: Sequence[int] = ()) -> list[tuple[DeliveryState, Reason | None]]:
        """State and reason of deliveries, of all by default."""
        rows = await self.written()
        return [(row.state, row.reason) for row in rows if not ids or row.id in ids]


def wave(group: SendGroup, skip: Reason | None = None, week: int = WEEK) -> Wave:
    """The wave that a group is due for; the next one is a day later."""
    return Wave(
        occurrence=Occurrence(group.next_slot, group.next_at),
        following=Occurrence(
            group.next_slot + timedelta(days=1), group.next_at + timedelta(days=1)
        ),
        expires_at=group.next_at + GRACE,
        weekday=group.next_slot.weekday(),
        week=week,
        skip=skip,
    )


def at_cadence(cadence: Cadence, *days: int) -> MemberSettings:
    """Settings with these days at this cadence."""
    return replace(EVERY_DAY, cadence=cadence, days=Weekdays.of(days))
