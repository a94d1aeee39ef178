"""Time worked out slowly and plainly: clocks are watched minute by minute, days one by one."""

import calendar
import os
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ZONES = tuple(sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}))
IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

_SEARCHED_EVERY = timedelta(days=28)
"""Since 2020 no zone has kept its offset for less than a month (Morocco's Ramadan)."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class Change:
    """A moment at which the clocks of a zone jump, by so much."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta

    def __str__(self) -> str:
        return f"{self.zone} {self.at:%Y-%m-%dT%H:%M}"

    @property
    def kind(self) -> tuple[object, ...]:
        """What makes it unlike others: offsets, and the time of day at which clocks jump."""
        return self.before, self.after, (self.at + self.before).time()


def shown(instant: datetime, zone: ZoneInfo) -> datetime:
    """What clocks show."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


@cache
def changes_of(name: str) -> tuple[Change, ...]:
    """Every jump of a zone's clocks from 2020 to 2040, found by looking."""
    return tuple(_search(name, datetime(2020, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)))


def every_change() -> tuple[Change, ...]:
    """Every jump of every zone, or, unless the profile is thorough, one of each kind."""
    found = (change for name in ZONES for change in changes_of(name))
    if IS_THOROUGH:
        return tuple(found)
    return tuple({change.kind: change for change in found}.values())


def _search(name: str, start: datetime, end: datetime) -> Iterator[Change]:
    zone = ZoneInfo(name)
    while start < end:
        later = start + _SEARCHED_EVERY
        before, after = _offset(start, zone), _offset(later, zone)
        if before != after:
            yield Change(name, _moment(start, later, zone), before, after)
        start = later


def _moment(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first minute with the later offset."""
    before = _offset(low, zone)
    while high - low > MINUTE:
        middle = low + (high - low) // MINUTE // 2 * MINUTE
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def watch(
    zone: ZoneInfo, start: datetime, end: datetime, fits: Callable[[datetime], bool]
) -> list[tuple[datetime, datetime]]:
    """Watch a clock from minute to minute: each fitting wall time, and when it was first reached.

    One that the clock jumps over is reached by the jump; one that it shows again is over by then.
    """
    # the clocks may have gone back a moment ago
    reached = max(shown(start - number * MINUTE, zone) for number in range(181))
    found = []
    minute = start
    while minute + MINUTE <= end:
        minute += MINUTE
        now = shown(minute, zone)
        while reached < now:
            reached += MINUTE
            if fits(reached):
                found.append((reached, minute))
    return found


def days_from(first: date, count: int) -> Iterator[date]:
    """One day after the other."""
    return (first + number * DAY for number in range(count))


def month_days(day: date) -> list[date]:
    """All days of the day's month."""
    last = calendar.monthrange(day.year, day.month)[1]
    return [day.replace(day=number) for number in range(1, last + 1)]


def is_nth(day: date, place: int, among: Callable[[date], bool]) -> bool:
    """Whether the day is the month's first, second or last of some, counted from 1 or from -1."""
    chosen = [each for each in month_days(day) if among(each)]
    index = place - 1 if place > 0 else place
    return -len(chosen) <= index < len(chosen) and chosen[index] == day


def cron_fits(line: str) -> Callable[[datetime], bool]:
    """What crontab(5) says: Sunday is 0 and 7; of two restricted day fields, either is enough."""
    minute, hour, day, month, weekday = line.upper().split()
    minutes, hours = _numbers(minute, 0, 59), _numbers(hour, 0, 23)
    days, months = _numbers(day, 1, 31), _numbers(month, 1, 12)
    weekdays = {number % 7 for number in _numbers(weekday, 0, 7)}
    both = day.startswith("*") or weekday.startswith("*")

    def fits(wall: datetime) -> bool:
        in_month, in_week = wall.day in days, (wall.weekday() + 1) % 7 in weekdays
        is_day = (in_month and in_week) if both else (in_month or in_week)
        return (
            wall.minute in minutes and wall.hour in hours and wall.month in months and bool(is_day)
        )

    return fits


def _numbers(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first)
            end = _number(last) if last else (high if step else start)
        found |= set(range(start, end + 1, int(step or 1)))
    return found


def _number(text: str) -> int:
    if text in _MONTHS:
        return _MONTHS.index(text) + 1
    return _DAYS.index(text) if text in _DAYS else int(text)
