"""Members who travel while days go by, on any storage; every question is sent when it is due."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.chat.identity import MessageRef
from bot.domain.membership import Cadence, Programme
from bot.domain.reading import QuietHours, Weekdays
from bot.ports.deliveries import Ready, WasSent
from bot.ports.storage import Storage
from bot.services import joining
from bot.services.joining import Wishes
from scheduler.planner import Planner
from tests.cast import direct, found_programme, person
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import FakeClock


@dataclass(frozen=True)
class Move:
    """Somebody is in another zone from a moment on."""

    at: datetime
    name: str
    zone: str


@dataclass
class Traveller:
    """Where somebody was from when on, and when a question came."""

    number: int
    wishes: Wishes
    zones: list[tuple[datetime, str]]
    asked: list[datetime] = field(default_factory=list)

    def zone_at(self, moment: datetime) -> str:
        return next(zone for at, zone in reversed(self.zones) if at <= moment)


class Journey:
    """A programme of travellers."""

    def __init__(self, storage: Storage, start: datetime) -> None:
        self.storage = storage
        self.clock = FakeClock(start)
        self.planner = Planner(storage, self.clock, FakeCalendar())
        self.travellers: dict[str, Traveller] = {}
        self._by_number: dict[int, Traveller] = {}
        self._programme: Programme | None = None

    async def join(
        self,
        *names: str,
        zone: str,
        minute: int,
        quiet: QuietHours | None = None,
        cadence: Cadence = Cadence.DAILY,
        days: Weekdays | None = None,
    ) -> None:
        """People who are asked every day unless they say otherwise; the first time now."""
        wishes = Wishes(
            zone=zone,
            minute=minute,
            days=days or Weekdays.all(),
            quiet=quiet or QuietHours(),
            cadence=cadence,
        )
        async with self.storage.work() as work:
            programme = self._programme or await found_programme(work)
            self._programme = programme
            for name in names:
                joined = await joining.join(
                    work,
                    person(name),
                    programme,
                    direct(name),
                    wishes=wishes,
                    now=self.clock.now(),
                )
                traveller = Traveller(joined.membership.id, wishes, [(self.clock.now(), zone)])
                self.travellers[name] = self._by_number[traveller.number] = traveller
        await self.send()

    async def go_on(self, end: datetime, *moves: Move) -> None:
        """Let time pass; whatever happens in a moment happens in that moment."""
        for move in sorted(moves, key=lambda each: each.at):
            await self._pass_to(move.at)
            await self._move(move)
            await self.send()
        await self._pass_to(end)

    async def _pass_to(self, end: datetime) -> None:
        while True:
            async with self.storage.reading() as work:
                following = await work.deliveries.next_at(self.clock.now())
            if following is None or following > end:
                break
            self.clock.at = following
            await self.planner.run()
            await self.send()
        self.clock.at = end

    async def _move(self, move: Move) -> None:
        traveller = self.travellers[move.name]
        now = self.clock.now()
        async with self.storage.work() as work:
            member = await work.memberships.get(traveller.number)
            await joining.change_settings(work, member, Wishes(zone=move.zone), now)
        traveller.zones.append((now, move.zone))

    async def change(self, name: str, wishes: Wishes) -> None:
        """Somebody changes other settings now."""
        async with self.storage.work() as work:
            member = await work.memberships.get(self.travellers[name].number)
            await joining.change_settings(work, member, wishes, self.clock.now())

    async def pause(self, name: str, until: datetime) -> None:
        """Somebody wants no questions for a while."""
        async with self.storage.work() as work:
            member = await work.memberships.get(self.travellers[name].number)
            await work.memberships.save(replace(member, paused_until=until))

    async def send(self) -> None:
        """Send what is due, and note to whom."""
        now = self.clock.now()
        async with self.storage.work() as work:
            claimed = await work.deliveries.claim(
                ["console"], "me", now, now + timedelta(minutes=1), 1000
            )
            await work.deliveries.begin([Ready(each.id, None) for each in claimed], "me", now)
            sent = [
                WasSent(each.id, MessageRef(each.place, f"m{each.id}"), now) for each in claimed
            ]
            await work.deliveries.record(sent, "me", now)
        came: dict[int, int] = defaultdict(int)
        for each in claimed:
            assert each.membership_id is not None
            came[each.membership_id] += 1
            self._by_number[each.membership_id].asked.append(now)
        assert set(came.values()) <= {1}, "one at a time"
