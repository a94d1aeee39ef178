"""Rules for when something happens again, in wall-clock time, and their occurrences in a zone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Self, assert_never
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from dateutil.rrule import rrule, rruleset, rrulestr

from bot.domain.errors import UserError
from bot.domain.reading import MINUTES_PER_DAY, Weekdays
from bot.domain.wall_time import to_instant, to_wall

HORIZON = timedelta(days=5 * 366)
"""How far ahead an occurrence is looked for."""

_LONGEST_GAP = timedelta(days=2)
"""More than clocks ever jumped: Manila in 1844, Kwajalein in 1993 and Apia in 2011 lost a day."""

_ANY_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - wall time

_SPAN_OF_ONE = re.compile(r"\b(\w+)-\1(?:/[1-9][0-9]*)?(?=[, ]|$)")
"""`5-5/2` is 5; cronsim takes it for `5/2`, every other one from 5 on."""


def _list_of(item: str) -> str:
    return f"{item}(?:,{item})*"


# Only shapes that always happen again: dateutil follows one that never does to the year 9999.
_INTERVAL = "(?:;INTERVAL=[1-9][0-9]?)?"
_DAYS = _list_of("(?:MO|TU|WE|TH|FR|SA|SU)")
_PLACED_DAYS = _list_of("-?[1-5](?:MO|TU|WE|TH|FR|SA|SU)")
_MONTH_DAYS = _list_of("-?(?:[1-9]|[12][0-9]|3[01])")
_CALENDAR_RULE = re.compile(
    r"DTSTART:(?P<start>[0-9]{8}T[0-9]{4}00) RRULE:(?P<rule>"
    rf"FREQ=DAILY{_INTERVAL}|FREQ=WEEKLY{_INTERVAL};BYDAY={_DAYS}|FREQ=MONTHLY;(?:"
    rf"BYDAY={_PLACED_DAYS}|BYDAY={_DAYS};BYSETPOS=-?[1-5]|BYMONTHDAY={_MONTH_DAYS}))"
)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule that can be stored; `from_text` makes one and checks it.

    `text` is its canonical form on one line: `cron:` and five fields, or `rrule:` and the DTSTART
    (local, without a zone: the anchor of intervals) and RRULE of RFC 5545, one space between.
    """

    text: str

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The recurrence with this text; case and extra spaces don't matter.

        Raises UserError: `when.cron_bad` with `when` (the cron line) and `problem` (the name of
        the wrong field, "not five fields" or "never happens"), or `when.unreadable` with `when`.
        """
        kind, _, given = text.partition(":")
        rule = " ".join(given.upper().split())
        match kind.strip().lower():
            case "cron":
                rule = _SPAN_OF_ONE.sub(r"\1", rule)
                _check_cron(rule, given)
                return cls(f"cron:{rule}")
            case "rrule":
                _check_calendar(rule, given)
                return cls(f"rrule:{rule}")
            case _:
                raise UserError("when.unreadable", when=text)

    def walls_after(self, wall: datetime) -> Iterator[datetime]:
        """Its naive local times strictly after `wall`, rising, as far as `HORIZON` beyond it."""
        if wall.tzinfo is not None:
            message = f"a naive time is needed, not {wall!r}"
            raise ValueError(message)
        end = wall + HORIZON
        if self._is_cron:
            walls: Iterator[datetime] = CronSim(self._rule, wall)
        else:
            walls = _calendar(self._rule).xafter(wall)
        return takewhile(lambda found: found <= end, walls)

    @property
    def is_at_most_hourly(self) -> bool:
        """Whether an hour or more lies between any two of its times."""
        return not self._is_cron or len(CronSim(self._rule, _ANY_DAY).minutes) == 1

    @property
    def _is_cron(self) -> bool:
        return self.text.startswith("cron:")

    @property
    def _rule(self) -> str:
        return self.text.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a rule falls on: its nominal naive local `slot`, due `at` an instant in UTC."""

    slot: datetime
    at: datetime

    @property
    def key(self) -> str:
        """Local date and nominal wall time such as `2026-03-02T09:30`: the same in both folds."""
        return self.slot.isoformat(timespec="minutes")


def daily_at(minute_of_day: int) -> Recurrence:
    """Every day at a minute counted from midnight; ValueError beyond 0 to 1439."""
    return weekly_at(Weekdays.all(), minute_of_day)


def weekly_at(days: Weekdays, minute_of_day: int) -> Recurrence:
    """On some days of every week at a minute counted from midnight; ValueError beyond 0 to 1439."""
    hour, minute = _hour_and_minute(minute_of_day)
    # Not a range: in cron the week starts on Sunday, and FRI-SUN would be refused.
    names = "*" if days == Weekdays.all() else ",".join(days.names()).upper()
    return Recurrence.from_text(f"cron:{minute} {hour} * * {names}")


def calendar_rule(start: date, minute_of_day: int, rule: str) -> Recurrence:
    """An RFC 5545 rule such as `FREQ=WEEKLY;INTERVAL=2;BYDAY=TU`, intervals counted from `start`.

    Raises ValueError for a minute beyond 0 to 1439, UserError `when.unreadable` for another shape
    than DAILY or WEEKLY (every 1 to 99 of them) or MONTHLY by day, by day and place, or by date.
    """
    hour, minute = _hour_and_minute(minute_of_day)
    anchor = f"{start.isoformat().replace('-', '')}T{hour:02}{minute:02}00"
    return Recurrence.from_text(f"rrule:DTSTART:{anchor} RRULE:{rule}")


def _never(_day: date) -> bool:
    return False


def next_occurrence(
    recurrence: Recurrence,
    zone: ZoneInfo,
    after: Occurrence | datetime,
    is_holiday: Callable[[date], bool] = _never,
) -> Occurrence:
    """The first occurrence strictly after another one's slot, or due after an aware instant.

    Local dates that are holidays are passed over. Two slots that clocks jump over in one go stay
    two occurrences, due at the same instant. Raises UserError `when.never` with `when` (the
    rule's text) if there is none within `HORIZON`, ValueError for a naive instant.
    """
    for slot, at in _occurrences(recurrence, zone, after):
        if not is_holiday(slot.date()):
            return Occurrence(slot, at)
    raise UserError("when.never", when=recurrence.text)


def _occurrences(
    recurrence: Recurrence, zone: ZoneInfo, after: Occurrence | datetime
) -> Iterator[tuple[datetime, datetime]]:
    match after:
        case Occurrence(slot=slot):
            for wall in recurrence.walls_after(slot):
                yield wall, to_instant(wall, zone)
        case datetime():
            if after.tzinfo is None:
                message = f"an aware instant is needed, not {after!r}"
                raise ValueError(message)
            # A slot in a gap that has just passed may still be to come, by less than a minute.
            start = to_wall(after, zone).replace(second=0, microsecond=0) - _LONGEST_GAP
            for wall in recurrence.walls_after(start):
                at = to_instant(wall, zone)
                if at > after:
                    yield wall, at
        case _:
            assert_never(after)


def _check_cron(line: str, given: str) -> None:
    if len(line.split()) != 5:
        raise UserError("when.cron_bad", when=given, problem="not five fields")
    try:
        first = next(CronSim(line, _ANY_DAY), None)
    except CronSimError as error:
        problem = str(error).removeprefix("Bad ")
        raise UserError("when.cron_bad", when=given, problem=problem) from error
    if first is None:
        raise UserError("when.cron_bad", when=given, problem="never happens")


def _check_calendar(rule: str, given: str) -> None:
    try:
        _calendar(rule)
    except ValueError as error:
        raise UserError("when.unreadable", when=given) from error


def _calendar(text: str) -> rrule | rruleset:
    found = _CALENDAR_RULE.fullmatch(text)
    if found is None:
        message = f"not a calendar rule that is kept: {text}"
        raise ValueError(message)
    # The anchor is read here because dateutil's reader of dates looks at the machine's clock.
    return rrulestr(found["rule"], dtstart=datetime.fromisoformat(found["start"]))


def _hour_and_minute(minute_of_day: int) -> tuple[int, int]:
    if not 0 <= minute_of_day < MINUTES_PER_DAY:
        message = f"not a minute of the day: {minute_of_day}"
        raise ValueError(message)
    return divmod(minute_of_day, 60)
