"""What people write about dates and lengths of time."""

import re
from datetime import date, timedelta

from bot.domain.errors import UserError
from bot.domain.reading import tidy, weekday_in

LONGEST_DURATION = timedelta(days=366)

MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
"""`calendar.month_name` follows the machine's locale."""

_MONTHS = (
    {name: month for month, name in enumerate(MONTH_NAMES, start=1)}
    | {name[:3]: month for month, name in enumerate(MONTH_NAMES, start=1)}
    | {"sept": 9}
)
_UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hr": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "d": timedelta(days=1),
    "day": timedelta(days=1),
    "w": timedelta(weeks=1),
    "wk": timedelta(weeks=1),
    "week": timedelta(weeks=1),
}
_YEARS_TO_LEAP_DAY = 8
"""1896 to 1904, 2096 to 2104: the longest that 29 February stays away."""

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_YEAR = r"(?: (?P<year>[0-9]{4}))?"
_DAY_FIRST = re.compile(rf"(?:the )?{_DAY} (?:of )?{_MONTH}{_YEAR}")
_MONTH_FIRST = re.compile(rf"{_MONTH} (?:the )?{_DAY}{_YEAR}")
_AHEAD = re.compile(r"in ([0-9]{1,3}|an?) (day|week)s?")
_LENGTH = re.compile(r"(?:and )?(?:([0-9]{1,6}) ?|an? )([a-z]+) ?")


def read_date(words: str, today: date) -> date:
    """The date in `2026-03-14`, `14 March`, `March 14 2027`, `tomorrow`, `friday`, `in 3 weeks`.

    Without a year, or with a bare weekday, the first such date on or after `today`; `next friday`
    comes after today. Raises UserError `date.unreadable` with `date`, also for impossible dates.
    """
    tidied = tidy(words.replace(",", " ")).removeprefix("on ")
    try:
        found = _relative(tidied, today) or _weekday(tidied, today) or _calendar(tidied, today)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise UserError("date.unreadable", date=words)
    return found


def read_duration(words: str) -> timedelta:
    """The length of `30m`, `1h30m`, `90 minutes`, `2 weeks`, `a week`: above zero, up to 366 days.

    Raises UserError `duration.unreadable` with `duration`.
    """
    length = _length(tidy(words.replace(",", " ")))
    if length is None or not timedelta() < length <= LONGEST_DURATION:
        raise UserError("duration.unreadable", duration=words)
    return length


def _relative(tidied: str, today: date) -> date | None:
    if tidied == "today":
        return today
    if tidied == "tomorrow":
        return today + timedelta(days=1)
    found = _AHEAD.fullmatch(tidied)
    if found is None:
        return None
    count = 1 if found[1].startswith("a") else int(found[1])
    return today + count * _UNITS[found[2]]


def _weekday(tidied: str, today: date) -> date | None:
    day = weekday_in(tidied.removeprefix("next ").removeprefix("this "))
    if day is None:
        return None
    first = today + timedelta(days=1) if tidied.startswith("next ") else today
    return first + timedelta(days=(day - first.weekday()) % 7)


def _calendar(tidied: str, today: date) -> date | None:
    if iso := _ISO.fullmatch(tidied):
        return date(int(iso[1]), int(iso[2]), int(iso[3]))
    found = _DAY_FIRST.fullmatch(tidied) or _MONTH_FIRST.fullmatch(tidied)
    if found is None or found["month"] not in _MONTHS:
        return None
    month, day = _MONTHS[found["month"]], int(found["day"])
    if found["year"] is not None:
        return date(int(found["year"]), month, day)
    return _coming(month, day, today)


def _coming(month: int, day: int, today: date) -> date | None:
    for year in range(today.year, today.year + _YEARS_TO_LEAP_DAY + 1):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate >= today:
            return candidate
    return None


def _length(tidied: str) -> timedelta | None:
    total, position = timedelta(), 0
    while position < len(tidied):
        found = _LENGTH.match(tidied, position)
        if found is None:
            return None
        unit = _UNITS.get(found[2]) or _UNITS.get(found[2].removesuffix("s"))
        if unit is None:
            return None
        total += int(found[1] or 1) * unit
        position = found.end()
    return total
