"""What coordinators write about when to ask: from their words to a recurrence."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.domain.errors import UserError
from bot.domain.reading import (
    LONGEST_WORDS,
    Weekdays,
    minute_in,
    parts_of,
    weekday_in,
    weekdays_in,
)
from bot.domain.recurrence import Recurrence, calendar_rule, weekly_at

_ICAL_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_COUNTS = {"other": 2, "second": 2, "2nd": 2, "two": 2, "third": 3, "3rd": 3, "three": 3, "four": 4}

_CRON_FIELD = re.compile(r"[0-9*][0-9*,/-]*")
_FILLERS = frozenset({"on", "the"})
_NUMBER = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_EVERY_FEW_DAYS = re.compile(r"every ([a-z]+|[0-9]{1,2}(?:nd|rd)?) days?")
_EVERY_FEW_WEEKS = re.compile(r"every ([a-z]+|[0-9]{1,2}(?:nd|rd)?) weeks? (.+)")
_DAYS_EVERY_FEW_WEEKS = re.compile(r"(.+) every ([a-z]+|[0-9]{1,2}(?:nd|rd)?) weeks?")
_OF_MONTH = re.compile(
    r"(?:every |each )?(.+?) (?:(?:of|in) (?:every |each |a )?|every |each )month",
)
_EACH_MONTH = re.compile(r"(?:every month|each month|monthly) (.+)")


def read_when(words: str, today: date) -> Recurrence:
    """The rule in a cron line or in words such as `every 2 weeks on Tuesday 10:00`.

    The day part and the time part come in either order. Intervals count from the first fitting
    day on or after `today`. The 31st is passed over in months without one.

    Raises UserError, always with `when` (the words): `when.cron_bad` with `problem` (see
    `Recurrence.from_text`), `when.too_often` for more than once an hour, `when.time_missing` and
    `when.unreadable`.
    """
    if len(words) > LONGEST_WORDS:
        raise UserError("when.unreadable", when=words)
    if _is_cron(words):
        rule = Recurrence.from_text(f"cron:{words}")
        if not rule.is_at_most_hourly:
            raise UserError("when.too_often", when=words)
        return rule
    return _read_plain(words, today)


def _is_cron(words: str) -> bool:
    fields = words.split()
    has_star = any(field == "*" or field.startswith("*/") for field in fields)
    return has_star or (len(fields) == 5 and all(map(_CRON_FIELD.fullmatch, fields[:2])))


def _read_plain(words: str, today: date) -> Recurrence:
    tokens = words.lower().replace(",", " , ").split()
    for day_part, minute in _splits(tokens):
        if rule := _rule(day_part, minute, today):
            return rule
    missing = _rule(_plain(tokens), 0, today) is not None
    raise UserError("when.time_missing" if missing else "when.unreadable", when=words)


def _splits(tokens: list[str]) -> Iterator[tuple[str, int]]:
    """Ways to take a time of one or two words off the end or the start, the longer time first."""
    start = 1 if tokens[:1] == ["at"] else 0
    for size in (2, 1):
        if (minute := minute_in(" ".join(tokens[-size:]))) is not None:
            rest = tokens[:-size]
            yield _plain(rest[:-1] if rest[-1:] == ["at"] else rest), minute
    for size in (2, 1):
        if (minute := minute_in(" ".join(tokens[start : start + size]))) is not None:
            yield _plain(tokens[start + size :]), minute


def _plain(tokens: list[str]) -> str:
    return " ".join(token for token in tokens if token not in _FILLERS).strip(" ,;")


def _rule(day_part: str, minute: int, today: date) -> Recurrence | None:
    if rule := _monthly(day_part, minute, today) or _spaced(day_part, minute, today):
        return rule
    days = weekdays_in(day_part.removeprefix("weekly ").removeprefix("every week "))
    return weekly_at(days, minute) if days else None


def _monthly(day_part: str, minute: int, today: date) -> Recurrence | None:
    found = _OF_MONTH.fullmatch(day_part) or _EACH_MONTH.fullmatch(day_part)
    by = _month_days(found[1]) if found else None
    return calendar_rule(today, minute, f"FREQ=MONTHLY;{by}") if by else None


def _month_days(words: str) -> str | None:
    """The RFC 5545 part for `last friday`, `first and third monday`, `15th`, `last day`."""
    counted, _, unit = words.rpartition(" ")
    if _ordinal(unit) is not None:
        counted, unit = words, "day"
    ordinals = [_ordinal(part) for part in parts_of(counted)]
    places = [place for place in ordinals if place is not None]
    if len(places) < len(ordinals):
        return None
    if unit == "day":
        return f"BYMONTHDAY={_listed(places)}" if max(places) <= 31 else None
    if max(places) > 5:
        return None
    if unit == "weekday":
        return f"BYDAY=MO,TU,WE,TH,FR;BYSETPOS={places[0]}" if len(places) == 1 else None
    day = weekday_in(unit)
    return None if day is None else f"BYDAY={_listed(places, _ICAL_DAYS[day])}"


def _spaced(day_part: str, minute: int, today: date) -> Recurrence | None:
    """`every 2 weeks tuesday`, `tuesdays every 2 weeks`, `every other friday`, `every 3 days`."""
    if found := _EVERY_FEW_DAYS.fullmatch(day_part):
        count = _count(found[1])
        rule = f"FREQ=DAILY;INTERVAL={count}"
        return calendar_rule(today, minute, rule) if count else None
    if found := _EVERY_FEW_WEEKS.fullmatch(day_part):
        return _every_weeks(_count(found[1]), found[2], minute, today)
    if found := _DAYS_EVERY_FEW_WEEKS.fullmatch(day_part):
        return _every_weeks(_count(found[2]), found[1], minute, today)
    kind, _, days = day_part.removeprefix("every ").partition(" ")
    # "Every other weekday" may mean Monday, Wednesday, Friday, or every other week; "every second
    # Tuesday" may mean the month's. Not guessed.
    if kind in {"other", "fortnightly", "fortnight"} and not days.startswith("weekday"):
        return _every_weeks(2, days, minute, today)
    return None


def _every_weeks(count: int | None, days: str, minute: int, today: date) -> Recurrence | None:
    weekdays = weekdays_in(days)
    if not count or weekdays is None:
        return None
    names = ",".join(_ICAL_DAYS[day] for day in weekdays)
    rule = f"FREQ=WEEKLY;INTERVAL={count};BYDAY={names}"
    return calendar_rule(_first(weekdays, today), minute, rule)


def _first(days: Weekdays, today: date) -> date:
    return next(
        day for ahead in range(7) if (day := today + timedelta(days=ahead)).weekday() in days
    )


def _count(word: str) -> int | None:
    return _COUNTS.get(word) or (int(word) if word.isdecimal() else None)


def _ordinal(word: str) -> int | None:
    found = _NUMBER.fullmatch(word)
    return int(found[1]) or None if found else _ORDINALS.get(word)


def _listed(places: list[int], day: str = "") -> str:
    return ",".join(f"{place}{day}" for place in sorted(set(places)))
