"""What people write about their hours: times of day, days of the week, quiet hours."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from bot.domain.errors import UserError

LONGEST_WORDS = 200
"""Characters; whoever writes more than this does not mean a time or a date."""

MINUTES_PER_DAY = 24 * 60

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""In the order of `datetime.weekday()`; `calendar.day_name` follows the machine's locale."""

_WEEK = range(7)
_EVERY_DAY = 0b1111111
_GROUPS = {
    "every day": _EVERY_DAY,
    "each day": _EVERY_DAY,
    "all days": _EVERY_DAY,
    "daily": _EVERY_DAY,
    "weekday": 0b0011111,
    "weekend": 0b1100000,
}
_ABBREVIATIONS = {"tues": 1, "wednes": 2, "weds": 2, "thur": 3, "thurs": 3}
_WEEKDAYS = (
    {name: day for day, name in enumerate(DAY_NAMES)}
    | {name[:3]: day for day, name in enumerate(DAY_NAMES)}
    | _ABBREVIATIONS
)
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))? ?(am|pm|a\.m\.|p\.m\.)?")
_NAMED_TIMES = {"noon": 12 * 60, "midday": 12 * 60, "midnight": 0}
_RANGE = re.compile(r" ?[-–—] ?| to | through | until ")  # noqa: RUF001 - typed by phones
_SEPARATOR = re.compile(r" ?[,;&+] ?(?:and )?| and ")


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Some days of the week, at least one, numbered 0 = Monday to 6 = Sunday.

    `mask` has bit 0 for Monday. ValueError for an empty or impossible mask.
    """

    mask: int

    def __post_init__(self) -> None:
        """Refuse no days at all, and days beyond Sunday."""
        if not 0 < self.mask <= _EVERY_DAY:
            message = f"not a set of weekdays: {self.mask:#b}"
            raise ValueError(message)

    @classmethod
    def of(cls, days: Iterable[int]) -> Self:
        """The set of these day numbers, 0 = Monday; ValueError if empty or out of range."""
        return cls(sum(1 << day for day in set(days)))

    @classmethod
    def all(cls) -> Self:
        """Every day of the week."""
        return cls(_EVERY_DAY)

    def __contains__(self, weekday: int) -> bool:
        """Whether the day with this number, 0 = Monday, is one of them."""
        return weekday in _WEEK and bool(self.mask >> weekday & 1)

    def __iter__(self) -> Iterator[int]:
        """The day numbers, rising from Monday."""
        return (day for day in _WEEK if day in self)

    def __len__(self) -> int:
        """How many days of the week there are."""
        return self.mask.bit_count()

    def names(self) -> list[str]:
        """Three-letter English names in lower case, from Monday on."""
        return [DAY_NAMES[day][:3] for day in self]

    def __str__(self) -> str:
        """The short form that `read_days` reads: `mon-fri`, `mon,wed`."""
        runs = groupby(enumerate(self), key=lambda numbered: numbered[1] - numbered[0])
        return ",".join(_run([DAY_NAMES[day][:3] for _, day in run]) for _, run in runs)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When someone wants no message: minutes of the day, from `start` up to but not `end`.

    Over midnight if `end` comes first; none if both are None. ValueError for anything else.
    """

    start: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        """Refuse half a span, an empty one, and minutes beyond the day."""
        if self.start is None and self.end is None:
            return
        in_day = all(m is not None and 0 <= m < MINUTES_PER_DAY for m in (self.start, self.end))
        if not in_day or self.start == self.end:
            message = f"not a span of the day: {self.start} to {self.end}"
            raise ValueError(message)

    def covers(self, minute: int) -> bool:
        """Whether the minute of the day, 0 to 1439, is a quiet one."""
        if self.start is None or self.end is None:
            return False
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def __str__(self) -> str:
        """The short form that `read_quiet` reads: `20:00-08:00`, `none`."""
        if self.start is None or self.end is None:
            return "none"
        return f"{_clock(self.start)}-{_clock(self.end)}"


def tidy(words: str) -> str:
    """The words in lower case with single spaces; nothing if they are longer than can be meant."""
    return " ".join(words.lower().split()) if len(words) <= LONGEST_WORDS else ""


def read_time(words: str) -> int:
    """Minutes from midnight for `9`, `9am`, `9:30`, `9.30`, `5 pm`, `noon`, `midnight`.

    Raises UserError `time.unreadable` with `time`.
    """
    minute = minute_in(tidy(words))
    if minute is None:
        raise UserError("time.unreadable", time=words)
    return minute


def read_days(words: str) -> Weekdays:
    """The weekdays in `mon-fri`, `mon,wed`, `sat-mon`, `monday and thursday`, `weekdays`, `daily`.

    Raises UserError `days.unreadable` with `days`.
    """
    days = weekdays_in(tidy(words))
    if days is None:
        raise UserError("days.unreadable", days=words)
    return days


def read_quiet(words: str) -> QuietHours:
    """Quiet hours in `20:00-08:00`, `8pm to 8am`; `none` and `off` mean there are none.

    Raises UserError `quiet.unreadable` with `quiet`.
    """
    tidied = tidy(words)
    if tidied in {"none", "off"}:
        return QuietHours()
    minutes = [minute_in(part) for part in _RANGE.split(tidied)]
    if len(minutes) != 2 or None in minutes or minutes[0] == minutes[1]:
        raise UserError("quiet.unreadable", quiet=words)
    return QuietHours(*minutes)


def parts_of(tidied: str) -> list[str]:
    """The parts of a list such as `mon, wed and fri` in tidied words."""
    return _SEPARATOR.split(tidied)


def minute_in(tidied: str) -> int | None:
    """Minutes from midnight of a time in tidied words, None if they are not just a time."""
    if tidied in _NAMED_TIMES:
        return _NAMED_TIMES[tidied]
    found = _TIME.fullmatch(tidied)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def weekdays_in(tidied: str) -> Weekdays | None:
    """The weekdays listed in tidied words, None if they are not just a list of days."""
    mask = 0
    for part in parts_of(tidied):
        days = _mask(part)
        if days is None:
            return None
        mask |= days
    return Weekdays(mask)


def weekday_in(tidied: str) -> int | None:
    """The number, 0 = Monday, of the one day that tidied words name, if they do."""
    return _WEEKDAYS.get(tidied, _WEEKDAYS.get(tidied.removesuffix("s")))


def _mask(part: str) -> int | None:
    name = part.removeprefix("every ").removeprefix("each ")
    for group in (part, name, name.removesuffix("s")):
        if group in _GROUPS:
            return _GROUPS[group]
    ends = [weekday_in(end) for end in _RANGE.split(name)]
    first, last = ends[0], ends[-1]
    if first is None or last is None or len(ends) > 2:
        return None
    return sum(1 << (first + step) % 7 for step in range((last - first) % 7 + 1))


def _run(names: list[str]) -> str:
    return f"{names[0]}-{names[-1]}" if len(names) > 2 else ",".join(names)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
