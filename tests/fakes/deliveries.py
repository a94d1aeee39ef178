"""The ledger of deliveries in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.chat.identity import CommunityRef, MessageRef
from bot.domain.delivery import DeliveryKind, DeliveryState, Reason
from bot.domain.membership import Membership
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import ScheduleKind, SendGroup
from bot.ports.chat import Pace
from bot.ports.deliveries import (
    LOOK_AFTER,
    Claimed,
    IsUncertain,
    MustWait,
    NewDelivery,
    OpenPrompt,
    Outcome,
    PostedPrompt,
    Ready,
    Standing,
    WasRefused,
    WasSent,
    WasSkipped,
    Wave,
)
from tests.fakes.people import InMemoryMemberships, InMemoryPlaces, InMemoryProgrammes, Place
from tests.fakes.prompts import InMemoryPrompts
from tests.fakes.rows import Rows
from tests.fakes.schedules import InMemorySchedules

_OPEN = (
    DeliveryState.DUE,
    DeliveryState.LEASED,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
)


@dataclass
class Row:
    """A delivery: what was asked for, and where it stands."""

    id: int
    new: NewDelivery
    act_at: datetime
    state: DeliveryState = DeliveryState.DUE
    reason: Reason | None = None
    owner: str | None = None
    attempt: int = 0
    prompt_id: int | None = None
    began_at: datetime | None = None
    sent_at: datetime | None = None
    message_id: str | None = None
    is_closed: bool = False
    other_replies: int = 0
    other_reactions: int = 0

    def close(self, state: DeliveryState, reason: Reason | None, now: datetime) -> None:
        self.state, self.reason, self.owner, self.act_at = state, reason, None, now


class InMemoryDeliveries:
    """`Deliveries` in memory, on the other fakes' things: some of them are written here too."""

    def __init__(
        self,
        programmes: InMemoryProgrammes,
        places: InMemoryPlaces,
        memberships: InMemoryMemberships,
        schedules: InMemorySchedules,
        prompts: InMemoryPrompts,
    ) -> None:
        self.rows: Rows[Row] = Rows()
        self.community_waits: dict[CommunityRef, datetime] = {}
        self._paced: dict[CommunityRef | str, datetime] = {}
        self._communities = programmes.communities_by_ref
        self._places = places.rows
        self._memberships = memberships
        self._schedules = schedules
        self._prompts = prompts

    # the planner's side

    async def due_groups(self, now: datetime, limit: int) -> tuple[SendGroup, ...]:
        due = [
            SendGroup(
                id=group.id,
                schedule=self._schedules.rows[group.schedule_id],
                zone=group.zone,
                minute=group.minute,
                next_slot=group.next_slot,
                next_at=group.next_at,
                cursor=group.cursor,
            )
            for group in self._schedules.groups.values()
            if group.next_at is not None and group.next_at <= now
        ]
        running = [group for group in due if not group.schedule.paused]
        return tuple(sorted(running, key=lambda group: (group.next_at, group.id))[:limit])

    async def plan_slice(
        self, groups: Sequence[SendGroup], wave: Wave, limit: int
    ) -> Mapping[int, bool]:
        dealt_with = {group.id: True for group in groups if not self._stands(group)}
        ahead = {each.id: self._ahead(each) for each in groups if each.id not in dealt_with}
        here = sorted(
            (each for each in groups if each.id in ahead),
            key=lambda each: (len(ahead[each.id]), each.cursor, each.id),
        )
        for group in here:
            room = limit
            limit -= max(1, len(ahead[group.id]))
            # only the first is cut, if even that is too large
            if limit >= 0 or group is here[0]:
                dealt_with[group.id] = self._plan(group, wave, ahead[group.id], room)
        return dealt_with

    def _ahead(self, group: SendGroup) -> list[int]:
        return [number for number in self._members(group) if number > group.cursor]

    def _plan(self, group: SendGroup, wave: Wave, ahead: Sequence[int], limit: int) -> bool:
        if group.schedule.kind is ScheduleKind.NUDGE:
            assert group.schedule.place_id is not None
            self._write(group, wave, self._places[group.schedule.place_id], None)
        for number in ahead[:limit]:
            self._ask(group, wave, self._memberships.rows[number])
        if len(ahead) <= limit:
            self._move(group, wave.following)
            return True
        self._schedules.groups[group.id].cursor = ahead[limit - 1]
        return False

    async def move_groups(self, groups: Sequence[SendGroup], to: Occurrence) -> None:
        for group in groups:
            if self._stands(group):
                self._move(group, to)

    async def last_asked(self, membership_id: int, now: datetime) -> datetime | None:
        place_id = self._memberships.rows[membership_id].direct_place_id
        moments = [
            row.sent_at or row.new.due_at
            for row in self.rows.values()
            if row.new.place_id == place_id
            and row.new.day is not None
            and row.new.day >= (now - timedelta(days=3)).date()
            and row.new.due_at <= now
            and row.state not in (DeliveryState.SKIPPED, DeliveryState.FAILED)
        ]
        return max(moments, default=None)

    async def free_days(self, place_id: int, since: date, now: datetime) -> None:
        for row in self.rows.values():
            new = row.new
            if new.place_id == place_id and new.day and new.day >= since and new.due_at <= now:
                row.new = replace(new, day=None, slot=f"{new.slot}@{row.id}")

    async def add(self, new: NewDelivery) -> int | None:
        if not self._is_free(new):
            return None
        return self.rows.add(
            lambda number: Row(number, new, new.due_at, prompt_id=new.prompt_id)
        ).id

    # the courier's side

    async def claim(
        self,
        platforms: Sequence[str],
        owner: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
        *,
        pace: Pace | None = None,
    ) -> tuple[Claimed, ...]:
        for row in self._in(DeliveryState.LEASED):
            if row.act_at <= now:
                row.state, row.owner, row.act_at = DeliveryState.DUE, None, row.new.due_at
        self._fail_closed(now)
        if pace is not None:
            self._spread(platforms, pace, now)
        picked = self._shared_out(platforms, now, limit, pace)
        if pace is not None:
            self._hold_to_pace(picked, pace, now)
        return self._lease(picked, DeliveryState.LEASED, owner, lease_until)

    def _shared_out(
        self, platforms: Sequence[str], now: datetime, limit: int, pace: Pace | None
    ) -> list[Row]:
        share_most = limit
        if pace is not None and pace.whole_platform:
            platforms = [one for one in platforms if not self._is_paced(one, now)]
            limit = min(limit, pace.at_once)
        elif pace is not None:
            share_most = pace.at_once
        by_home: dict[CommunityRef | int, list[Row]] = defaultdict(list)
        for row in self._ready(DeliveryState.DUE, platforms, now):
            home = self._community_of(self._place(row))
            if home is None or not self._is_paced(home, now):
                by_home[home or row.new.programme_id].append(row)
        share = min(share_most, max(1, limit // max(1, len(by_home))))
        return [row for rows in by_home.values() for row in rows[:share]][:limit]

    def _is_paced(self, home: CommunityRef | str, now: datetime) -> bool:
        return self._paced.get(home, now) > now

    def _hold_to_pace(self, taken: Sequence[Row], pace: Pace, now: datetime) -> None:
        places = [self._place(row) for row in taken]
        held: Counter[CommunityRef | str] = Counter()
        for place in places:
            if home := place.ref.platform if pace.whole_platform else self._community_of(place):
                held[home] += 1
        for home, count in held.items():
            start = max(self._paced.get(home, now), now - timedelta(seconds=0.25))
            self._paced[home] = start + pace.lasts(count)

    def _spread(self, platforms: Sequence[str], pace: Pace, now: datetime) -> None:
        before: dict[int, int] = defaultdict(int)
        for row in list(self._ready(DeliveryState.DUE, platforms, now)):
            row.act_at = max(row.act_at, now + before[row.new.place_id] * pace.between)
            before[row.new.place_id] += 1

    async def overtaken(self, ids: Sequence[int], now: datetime) -> Mapping[int, bool]:
        waves = [row for row in self.rows.values() if _is_of_schedule(row.new)]
        coming = [
            row.new
            for row in waves
            if row.state not in (DeliveryState.SKIPPED, DeliveryState.FAILED)
        ]
        due = await self.due_groups(now, len(self._schedules.groups))
        planned = {place_id for group in due for place_id in self._asked_by(group)}
        found = {}
        for row in waves:
            where, due_at = row.new.place_id, row.new.due_at
            has_later = any(one.place_id == where and one.due_at > due_at for one in coming)
            if row.id in ids and (has_later or where in planned):
                found[row.id] = has_later
        return found

    def _asked_by(self, group: SendGroup) -> list[int | None]:
        """The places that a group asks."""
        members = [self._memberships.rows[number] for number in self._members(group)]
        return [group.schedule.place_id, *(each.direct_place_id for each in members)]

    async def begin(self, ready: Sequence[Ready], owner: str, now: datetime) -> frozenset[int]:
        ours = set()
        for one in ready:
            row = self.rows[one.id]
            if row.state is DeliveryState.LEASED and row.owner == owner and row.act_at > now:
                row.state, row.prompt_id, row.began_at = DeliveryState.SENDING, one.prompt_id, now
                ours.add(one.id)
                if one.prompt_id is not None:
                    await self._rotate(row.new.place_id, one.prompt_id)
                if one.place_free_at is not None:
                    place = self._place(row)
                    place.wait_until = max(place.wait_until or now, one.place_free_at)
        return frozenset(ours)

    async def record(
        self, outcomes: Sequence[Outcome], owner: str, now: datetime
    ) -> frozenset[int]:
        written = set()
        for outcome in outcomes:
            row = self.rows[outcome.id]
            is_ours = row.owner == owner
            if isinstance(outcome, WasSent):
                if row.state is not DeliveryState.SENT:
                    row.close(DeliveryState.SENT, None, now)
                    row.sent_at, row.message_id = outcome.at, outcome.message.native_id
            else:
                self._record_not_sent(row, outcome, now, is_ours=is_ours)
            if is_ours or isinstance(outcome, WasSent):
                written.add(outcome.id)
        return frozenset(written)

    async def uncertain(
        self,
        platforms: Sequence[str],
        owner: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
    ) -> tuple[tuple[Claimed, datetime], ...]:
        for row in self._in(DeliveryState.SENDING):
            if row.act_at <= now:
                row.state, row.owner = DeliveryState.UNKNOWN, None
                row.act_at += LOOK_AFTER
        ready = self._ready(DeliveryState.UNKNOWN, platforms, now)[:limit]
        claimed = self._lease(ready, DeliveryState.UNKNOWN, owner, lease_until)
        began_at = {row.id: row.began_at for row in ready if row.began_at is not None}
        return tuple((one, began_at[one.id]) for one in claimed)

    async def next_at(self, after: datetime) -> datetime | None:
        moments = [row.act_at for row in self._in(*_OPEN)]
        moments += [
            group.next_at
            for group in self._schedules.groups.values()
            if group.next_at is not None and not self._schedules.rows[group.schedule_id].paused
        ]
        return min((moment for moment in moments if moment > after), default=None)

    # what is known of them later

    async def posted(self, message: MessageRef) -> PostedPrompt | None:
        where = (message.place.platform, message.place.native_id)
        for row in self._posted():
            ref = self._place(row).ref
            is_there = (ref.platform, ref.native_id) == where
            if is_there and row.message_id == message.native_id:
                return _to_posted(row)
        return None

    async def posted_by_id(self, delivery_id: int) -> PostedPrompt | None:
        return next((_to_posted(row) for row in self._posted() if row.id == delivery_id), None)

    async def latest_prompt(self, place_id: int, since: datetime) -> PostedPrompt | None:
        found = [
            posted
            for row in self._posted()
            if (posted := _to_posted(row)).place_id == place_id and posted.sent_at >= since
        ]
        return max(found, key=lambda posted: (posted.sent_at, posted.delivery_id), default=None)

    async def open_prompts(self, platform: str, since: datetime) -> tuple[OpenPrompt, ...]:
        found = []
        for row in self._posted():
            place = self._place(row)
            where = self._community_of(place)
            is_removed = where is not None and self._communities[where].removed_at is not None
            if (
                place.ref.platform == platform
                and place.closed_reason is None
                and not is_removed
                and not row.is_closed
                and row.sent_at is not None
                and row.sent_at >= since
                and row.message_id is not None
            ):
                found.append(OpenPrompt(MessageRef(place.ref, row.message_id), row.sent_at))
        return tuple(sorted(found, key=lambda one: one.sent_at))

    async def close_prompt(self, delivery_id: int) -> None:
        self.rows[delivery_id].is_closed = True

    async def count_others(self, delivery_id: int, *, replies: int = 0, reactions: int = 0) -> None:
        row = self.rows[delivery_id]
        row.other_replies = max(0, row.other_replies + replies)
        row.other_reactions = max(0, row.other_reactions + reactions)

    async def next_question(self, place_id: int, now: datetime) -> datetime | None:
        moments = [
            row.act_at
            for row in self._in(DeliveryState.DUE)
            if row.new.place_id == place_id and row.new.kind.is_prompt
        ]
        return min((moment for moment in moments if moment > now), default=None)

    async def days_taken(self, place_id: int, since: date) -> frozenset[date]:
        days = [row.new.day for row in self.rows.values() if row.new.place_id == place_id]
        return frozenset(day for day in days if day is not None and day >= since)

    async def standing(self, now: datetime) -> tuple[Standing, ...]:
        found = []
        for platform in sorted({place.ref.platform for place in self._places.values()}):
            rows = [row for row in self.rows.values() if self._place(row).ref.platform == platform]
            due = [
                row.act_at
                for row in rows
                if row.state is DeliveryState.DUE
                and not self._is_removed(self._community_of(self._place(row)))
            ]
            late = [at for at in due if at <= now]
            sent = [row.sent_at for row in rows if row.sent_at is not None]
            found.append(
                Standing(platform, len(late), min(late, default=None), max(sent, default=None))
            )
        return tuple(found)

    async def last_problem(self, place_id: int, since: datetime) -> Reason | None:
        tried = [
            row
            for row in self._in(DeliveryState.SENT, DeliveryState.FAILED)
            if row.new.place_id == place_id and row.act_at >= since
        ]
        last = max(tried, key=lambda row: (row.act_at, row.id), default=None)
        return None if last is None or last.state is DeliveryState.SENT else last.reason

    # what the other fakes know

    def _community_of(self, place: Place) -> CommunityRef | None:
        if place.ref.community is None:
            return None
        ref = CommunityRef(place.ref.platform, place.ref.community)
        return ref if ref in self._communities else None

    def _is_removed(self, community: CommunityRef | None) -> bool:
        return community is not None and self._communities[community].removed_at is not None

    def _is_held(self, place: Place, now: datetime) -> bool:
        """Whether nothing may be sent there now."""
        community = self._community_of(place)
        waits = [place.wait_until]
        if community is not None:
            waits.append(self.community_waits.get(community))
        return self._is_removed(community) or any(wait and wait > now for wait in waits)

    async def _rotate(self, place_id: int, prompt_id: int) -> None:
        rotation = (await self._prompts.rotations([place_id]))[place_id]
        await self._prompts.set_rotation(place_id, rotation.after(prompt_id))

    def _stands(self, group: SendGroup) -> bool:
        known = self._schedules.groups.get(group.id)
        if known is None or self._schedules.rows[known.schedule_id].paused:
            return False
        there = (known.next_slot, known.next_at, known.cursor)
        return there == (group.next_slot, group.next_at, group.cursor)

    def _move(self, group: SendGroup, to: Occurrence) -> None:
        known = self._schedules.groups[group.id]
        is_nudge = group.schedule.kind is ScheduleKind.NUDGE
        known.next_slot, known.cursor = to.slot, 0
        known.next_at = to.at if is_nudge or self._members(group) else None

    def _members(self, group: SendGroup) -> list[int]:
        groups = self._memberships.groups
        return sorted(number for number, group_id in groups.items() if group_id == group.id)

    def _ask(self, group: SendGroup, wave: Wave, member: Membership) -> None:
        if member.direct_place_id is None or member.settings is None or member.joined_at is None:
            return
        is_asked = (
            not member.is_paused(wave.occurrence.at)
            and (member.rests_until is None or member.rests_until <= wave.occurrence.at)
            and wave.weekday in member.settings.prompt_days()
            and wave.week % member.settings.weeks_between == 0
        )
        if is_asked:
            self._write(group, wave, self._places[member.direct_place_id], member)

    def _write(self, group: SendGroup, wave: Wave, place: Place, member: Membership | None) -> None:
        if place.closed_reason or self._is_removed(self._community_of(place)):
            return
        new = NewDelivery(
            programme_id=group.schedule.programme_id,
            place_id=place.id,
            kind=DeliveryKind.REFLECTION if member else DeliveryKind.NUDGE,
            slot=wave.occurrence.key,
            due_at=wave.occurrence.at,
            expires_at=wave.expires_at,
            membership_id=member.id if member else None,
            schedule_id=group.schedule.id,
            day=wave.occurrence.slot.date() if member else None,
        )
        if self._is_free(new):
            row = self.rows.add(lambda number: Row(number, new, new.due_at))
            if wave.skip is not None:
                row.close(DeliveryState.SKIPPED, wave.skip, new.due_at)

    def _is_free(self, new: NewDelivery) -> bool:
        there = [row.new for row in self.rows.values() if row.new.place_id == new.place_id]
        slots = {(known.schedule_id, known.slot) for known in there}
        days = {known.day for known in there if known.day is not None}
        return (new.schedule_id, new.slot) not in slots and new.day not in days

    # rows

    def _place(self, row: Row) -> Place:
        return self._places[row.new.place_id]

    def _in(self, *states: DeliveryState) -> list[Row]:
        return [row for row in self.rows.values() if row.state in states]

    def _posted(self) -> Iterable[Row]:
        for row in self._in(DeliveryState.SENT):
            if row.new.kind.is_prompt and row.prompt_id is not None:
                yield row

    def _ready(self, state: DeliveryState, platforms: Sequence[str], now: datetime) -> list[Row]:
        ready = [
            row
            for row in self._in(state)
            if row.act_at <= now
            and self._place(row).ref.platform in platforms
            and not self._is_held(self._place(row), now)
        ]
        return sorted(ready, key=lambda row: (row.act_at, row.id))

    def _lease(
        self, rows: Sequence[Row], state: DeliveryState, owner: str, until: datetime
    ) -> tuple[Claimed, ...]:
        for row in rows:
            row.state, row.owner, row.act_at, row.attempt = state, owner, until, row.attempt + 1
        ordered = sorted(rows, key=lambda row: (row.new.due_at, row.id))
        return tuple(self._to_claimed(row) for row in ordered)

    def _fail_closed(self, now: datetime) -> None:
        for row in self._in(DeliveryState.DUE):
            if reason := self._place(row).closed_reason:
                row.close(DeliveryState.FAILED, Reason(reason), now)

    def _record_not_sent(
        self,
        row: Row,
        outcome: WasSkipped | WasRefused | MustWait | IsUncertain,
        now: datetime,
        *,
        is_ours: bool,
    ) -> None:
        match outcome:
            case WasSkipped(reason=reason) if is_ours:
                row.close(DeliveryState.SKIPPED, reason, now)
            case WasRefused(reason=reason, closes_place=closes_place):
                if is_ours:
                    row.close(DeliveryState.FAILED, reason, now)
                if closes_place:
                    self._close_place(self._place(row), reason, now)
            case MustWait(until=until):
                if is_ours:
                    row.state, row.owner, row.act_at = DeliveryState.DUE, None, until
                self._hold(self._place(row), outcome)
            case IsUncertain(look_at=look_at) if is_ours:
                row.state, row.owner, row.act_at = DeliveryState.UNKNOWN, None, look_at
            case _:
                pass

    def _close_place(self, place: Place, reason: Reason, now: datetime) -> None:
        place.closed_reason = reason.value
        for row in self._in(DeliveryState.DUE, DeliveryState.LEASED):
            if row.new.place_id == place.id:
                row.close(DeliveryState.FAILED, reason, now)

    def _hold(self, place: Place, outcome: MustWait) -> None:
        community = self._community_of(place)
        if outcome.whole_place or (outcome.whole_community and community is None):
            place.wait_until = max(place.wait_until or outcome.until, outcome.until)
        if outcome.whole_community and community is not None:
            known = self.community_waits.get(community, outcome.until)
            self.community_waits[community] = max(known, outcome.until)
        if outcome.whole_platform:
            known = self._paced.get(place.ref.platform, outcome.until)
            self._paced[place.ref.platform] = max(known, outcome.until)

    def _to_claimed(self, row: Row) -> Claimed:
        place = self._place(row)
        community = self._community_of(place)
        return Claimed(
            id=row.id,
            programme_id=row.new.programme_id,
            kind=row.new.kind,
            place_id=place.id,
            place=replace(place.ref, community=community.native_id if community else None),
            community=community,
            membership_id=row.new.membership_id,
            schedule_id=row.new.schedule_id,
            due_at=row.new.due_at,
            expires_at=row.new.expires_at,
            attempt=row.attempt,
            prompt_id=row.prompt_id,
            notice=row.new.notice,
            about=row.new.about,
            day=row.new.day,
        )


def _is_of_schedule(new: NewDelivery) -> bool:
    return new.kind.is_prompt and new.slot[:1].isdigit()


def _to_posted(row: Row) -> PostedPrompt:
    assert row.prompt_id is not None
    assert row.sent_at is not None
    return PostedPrompt(
        delivery_id=row.id,
        prompt_id=row.prompt_id,
        kind=row.new.kind,
        place_id=row.new.place_id,
        programme_id=row.new.programme_id,
        membership_id=row.new.membership_id,
        schedule_id=row.new.schedule_id,
        sent_at=row.sent_at,
        open=not row.is_closed,
    )
