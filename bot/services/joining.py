"""Joining, settings, pausing, and leaving with nothing left behind."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.chat.identity import PlaceRef
from bot.chat.incoming import Person
from bot.chat.wording import clock_time
from bot.domain.delivery import DeliveryKind
from bot.domain.errors import UserError
from bot.domain.membership import Account, Cadence, MemberSettings, Membership, Programme
from bot.domain.reading import QuietHours, Weekdays
from bot.domain.recurrence import HORIZON, daily_at, next_occurrence
from bot.domain.schedule import LONGEST_WAIT, REST
from bot.domain.wall_time import find_zone, to_instant, to_wall, wall_at, zone_names
from bot.ports.calendar import Calendar
from bot.ports.deliveries import NewDelivery
from bot.ports.storage import UnitOfWork

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a pause that only the member ends."""

_INSTANT = timedelta(microseconds=1)

USUAL_DAYS = Weekdays.of(range(5))
USUAL_QUIET = QuietHours(20 * 60, 8 * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a member wants changed; None leaves a setting as it is. `minute` is of the day."""

    zone: str | None = None
    minute: int | None = None
    days: Weekdays | None = None
    quiet: QuietHours | None = None
    cadence: Cadence | None = None
    language: str | None = None

    def applied_to(self, settings: MemberSettings) -> MemberSettings:
        """The settings with these wishes granted.

        Raises UserError if the time of day lies in the quiet hours.
        """
        granted = replace(
            settings,
            zone=self.zone or settings.zone,
            minute=settings.minute if self.minute is None else self.minute,
            days=self.days or settings.days,
            quiet=settings.quiet if self.quiet is None else self.quiet,
            cadence=self.cadence or settings.cadence,
            language=self.language or settings.language,
        )
        if granted.quiet.covers(granted.minute):
            raise UserError(
                "settings.time_in_quiet",
                time=clock_time(granted.minute),
                quiet=str(granted.quiet),
            )
        return granted


@dataclass(frozen=True, slots=True)
class Joined:
    """A membership that is active now; `is_new` is False for someone who had joined before."""

    membership: Membership
    settings: MemberSettings
    is_new: bool


async def join(
    work: UnitOfWork,
    person: Person,
    programme: Programme,
    direct: PlaceRef,
    *,
    wishes: Wishes,
    now: datetime,
) -> Joined:
    """Make someone a member, who is asked their first question at once.

    Joining again only changes what is wished. Raises UserError if no zone is known.
    """
    account = await work.accounts.seen(person)
    membership = await work.memberships.ensure(account.id, programme.id)
    is_new = membership.joined_at is None
    settings = wishes.applied_to(membership.settings or _first_settings(account, wishes, programme))
    place_id = await work.places.ensure(direct, account.id)
    membership = replace(
        membership,
        joined_at=membership.joined_at or now,
        direct_place_id=place_id,
    )
    await work.memberships.save(membership)
    await _enter_group(work, membership, settings, now)
    if is_new:
        today = to_wall(now, find_zone(settings.zone)).date()
        await ask_now(work, membership, now, slot="first", day=today)
    return Joined(membership, settings, is_new)


def _first_settings(account: Account, wishes: Wishes, programme: Programme) -> MemberSettings:
    zone = wishes.zone or account.zone
    if zone is None:
        raise UserError("start.zone_missing")
    return MemberSettings(
        zone=find_zone(zone).key,
        days=USUAL_DAYS,
        quiet=USUAL_QUIET,
        language=programme.language,
    )


async def change_settings(
    work: UnitOfWork, membership: Membership, wishes: Wishes, now: datetime
) -> MemberSettings:
    """Grant a member's wishes. Raises UserError for settings that don't go together."""
    if membership.settings is None:
        raise UserError("who.not_joined")
    settings = wishes.applied_to(membership.settings)
    await _enter_group(work, membership, settings, now)
    return settings


async def follow(work: UnitOfWork, account: Account, told: Person, now: datetime) -> None:
    """Keep up with someone's profile: who travels is asked by the new zone.

    A zone that a member chose, other than the profile's, stays.
    """
    await work.accounts.seen(told)
    if told.zone is None or told.zone == account.zone or told.zone not in zone_names():
        return
    for membership in await work.memberships.of_account(account.id):
        settings = membership.settings
        if settings is not None and settings.zone == account.zone:
            await change_settings(work, membership, Wishes(zone=told.zone), now)


async def _enter_group(
    work: UnitOfWork, membership: Membership, settings: MemberSettings, now: datetime
) -> None:
    """Ask a member by these settings from now on, but not soon after their last question."""
    last = await work.deliveries.last_asked(membership.id, now)
    schedule = await work.schedules.reflections(membership.programme_id)
    rule, zone = daily_at(settings.minute), find_zone(settings.zone)
    group_id = await work.schedules.ensure_group(
        schedule.id, settings.zone, settings.minute, next_occurrence(rule, zone, now)
    )
    await work.memberships.set_settings(membership.id, settings, group_id)
    if membership.rests_until is not None:
        # the day of a question may have been freed by an earlier move
        known = membership.rests_until - REST
        last = known if last is None else max(last, known)
    if last is None:
        return
    has_moved = membership.settings is not None and membership.settings.zone != settings.zone
    if has_moved and settings.cadence is Cadence.DAILY:
        last = await _go_on_from(work, membership, settings, last, now)
    await work.memberships.save(replace(membership, rests_until=last + REST))


async def _go_on_from(
    work: UnitOfWork,
    membership: Membership,
    settings: MemberSettings,
    last: datetime,
    now: datetime,
) -> datetime:
    """Keep a daily question daily in another zone; gives when the last one came, now perhaps.

    By its calendar a day can begin again, or today's time can have passed: to wait for
    tomorrow's would be longer than anybody waits who stays at home.
    """
    if membership.direct_place_id is None:
        return last
    zone = find_zone(settings.zone)
    fitting = next_occurrence(daily_at(settings.minute), zone, last + REST - _INSTANT)
    day = fitting.slot.date()
    await work.deliveries.free_days(membership.direct_place_id, day, now)
    is_missed = fitting.at <= now <= last + LONGEST_WAIT and settings.is_prompt_day(day)
    is_fit = settings.leaves_room_at(to_wall(now, zone)) and not membership.is_paused(now)
    if not (is_missed and is_fit):
        return last
    await ask_now(work, membership, now, slot=fitting.key, day=day)
    return now


async def next_question(
    work: UnitOfWork, membership: Membership, now: datetime, calendar: Calendar
) -> datetime | None:
    """When a member is asked next, by the schedule or by a wish; None if nothing reaches them."""
    settings, place_id = membership.settings, membership.direct_place_id
    if membership.joined_at is None or settings is None or place_id is None:
        return None
    if membership.paused_until == FOR_EVER or membership.unreachable:
        return None
    schedule = await work.schedules.reflections(membership.programme_id)
    today = to_wall(now, find_zone(settings.zone)).date()
    taken = await work.deliveries.days_taken(place_id, today)
    start = max(now, membership.paused_until or now)
    rested = max(start, (membership.rests_until or start) - _INSTANT)
    wished = await work.deliveries.next_question(place_id, start)

    def is_left_out(day: date) -> bool:
        holiday = schedule.holidays is not None and calendar.is_holiday(schedule.holidays, day)
        return holiday or day in taken or not settings.is_prompt_day(day)

    zone = find_zone(settings.zone)
    planned = next_occurrence(daily_at(settings.minute), zone, rested, is_left_out).at
    return min(planned, wished) if wished else planned


async def ask_now(
    work: UnitOfWork,
    membership: Membership,
    now: datetime,
    *,
    slot: str,
    day: date | None = None,
    prompt_id: int | None = None,
) -> None:
    """Send a member a question at once; with `day` it is the one of that day of theirs."""
    if membership.direct_place_id is None:
        raise UserError("who.not_joined")
    schedule = await work.schedules.reflections(membership.programme_id)
    await work.deliveries.add(
        NewDelivery(
            programme_id=membership.programme_id,
            place_id=membership.direct_place_id,
            kind=DeliveryKind.REFLECTION,
            slot=slot,
            due_at=now,
            expires_at=now + schedule.grace,
            membership_id=membership.id,
            schedule_id=schedule.id,
            prompt_id=prompt_id,
            day=day,
        )
    )


async def pause(work: UnitOfWork, membership: Membership, until: datetime) -> None:
    """Send a member no prompts until then."""
    await work.memberships.save(replace(membership, paused_until=until))


async def resume(work: UnitOfWork, membership: Membership) -> None:
    """Send a member prompts again."""
    await work.memberships.save(replace(membership, paused_until=None))


def pause_end(now: datetime, zone: str, length: timedelta | None, until: date | None) -> datetime:
    """When a pause ends: at the start of a day in the member's zone, or after a length of time.

    With neither, or with a day too far off to be looked for, it lasts until the member resumes.
    Raises UserError for a day that is not ahead.
    """
    if until is not None:
        today = to_wall(now, find_zone(zone)).date()
        if until <= today:
            raise UserError("pause.not_ahead", until=until.isoformat())
        if until - today > HORIZON:
            return FOR_EVER
        return to_instant(wall_at(until, 0), find_zone(zone))
    return FOR_EVER if length is None else now + length
