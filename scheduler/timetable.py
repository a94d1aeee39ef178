"""What a send group's planner has to do next, worked out from its rule, zone and holidays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.delivery import Reason
from bot.domain.membership import week_of
from bot.domain.recurrence import Occurrence, Recurrence, daily_at, next_occurrence
from bot.domain.schedule import SendGroup
from bot.domain.wall_time import to_instant
from bot.ports.calendar import Calendar
from bot.ports.deliveries import Wave


def next_step(
    group: SendGroup, calendar: Calendar, now: datetime, *, jump: bool = False
) -> Wave | Occurrence:
    """What to do with a group that is due: write this wave, or move to this occurrence.

    A wave is sent if it is within its grace and no later one is due as well; else it is recorded
    as late, or, with `jump`, passed over together with all before the last one in time. Days that
    have become holidays are passed over. Raises whatever the group's zone, its rule or the
    calendar is wrong with.
    """
    timetable = _Timetable.of(group, calendar)
    standing = Occurrence(group.next_slot, to_instant(group.next_slot, timetable.zone))
    if standing.at > now:
        # A zone's rules can change after the instant was written down.
        return standing
    following = timetable.after(standing)
    if timetable.is_holiday(standing.slot.date()):
        return following
    grace = group.schedule.grace
    is_late = now - standing.at > grace or following.at <= now
    if is_late and jump:
        return timetable.latest(now, grace)
    day = standing.slot.date()
    return Wave(
        occurrence=standing,
        following=following,
        expires_at=standing.at + grace,
        weekday=day.weekday(),
        week=week_of(day),
        skip=Reason.LATE if is_late else None,
    )


@dataclass(frozen=True, slots=True)
class _Timetable:
    recurrence: Recurrence
    zone: ZoneInfo
    country: str | None
    calendar: Calendar

    @classmethod
    def of(cls, group: SendGroup, calendar: Calendar) -> "_Timetable":
        schedule = group.schedule
        recurrence = schedule.recurrence if group.minute is None else daily_at(group.minute)
        if recurrence is None:
            message = f"send group {group.id} has neither a rule nor a minute"
            raise ValueError(message)
        return cls(recurrence, ZoneInfo(group.zone), schedule.holidays, calendar)

    def is_holiday(self, day: date) -> bool:
        return self.country is not None and self.calendar.is_holiday(self.country, day)

    def after(self, point: Occurrence | datetime) -> Occurrence:
        return next_occurrence(self.recurrence, self.zone, point, self.is_holiday)

    def latest(self, now: datetime, grace: timedelta) -> Occurrence:
        """The last one due within the grace, or else the next one to come."""
        found = self.after(now - grace)
        while (later := self.after(found)).at <= now:
            found = later
        return found
