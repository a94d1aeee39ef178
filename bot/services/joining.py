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
from bot.domain.schedule import Schedule
from bot.domain.wall_time import find_zone, to_instant, to_wall, wall_at, zone_names
from bot.ports.calendar import Calendar
from bot.ports.deliveries import NewDelivery
from bot.ports.storage import UnitOfWork

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a pause that only the member ends."""

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
    schedule = await work.schedules.reflections(programme.id)
    await _enter_group(work, schedule, membership.id, settings, now)
    if is_new:
        await ask_now(work, membership, settings, now, slot="first", count_day=True)
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
    schedule = await work.schedules.reflections(membership.programme_id)
    await _enter_group(work, schedule, membership.id, settings, now)
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
    work: UnitOfWork,
    schedule: Schedule,
    membership_id: int,
    settings: MemberSettings,
    now: datetime,
) -> None:
    first = next_occurrence(daily_at(settings.minute), find_zone(settings.zone), now)
    group_id = await work.schedules.ensure_group(schedule.id, settings.zone, settings.minute, first)
    await work.memberships.set_settings(membership_id, settings, group_id)


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
    wished = await work.deliveries.next_question(place_id, start)

    def is_left_out(day: date) -> bool:
        holiday = schedule.holidays is not None and calendar.is_holiday(schedule.holidays, day)
        return holiday or day in taken or not settings.is_prompt_day(day)

    zone = find_zone(settings.zone)
    planned = next_occurrence(daily_at(settings.minute), zone, start, is_left_out).at
    return min(planned, wished) if wished else planned


async def ask_now(
    work: UnitOfWork,
    membership: Membership,
    settings: MemberSettings,
    now: datetime,
    *,
    slot: str,
    count_day: bool = False,
    prompt_id: int | None = None,
) -> None:
    """Send a member a question at once; with `count_day` it is the one of their day."""
    if membership.direct_place_id is None:
        raise UserError("who.not_joined")
    schedule = await work.schedules.reflections(membership.programme_id)
    today = to_wall(now, find_zone(settings.zone)).date()
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
            day=today if count_day else None,
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
