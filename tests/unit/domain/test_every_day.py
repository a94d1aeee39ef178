"""Rules and words name the days that people mean, judged day by day over leap years and weeks."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile

import holidays
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.calendar.public_holidays import PublicHolidays
from bot.domain.errors import UserError
from bot.domain.membership import Cadence, MemberSettings
from bot.domain.reading import DAY_NAMES, QuietHours, Weekdays
from bot.domain.recurrence import Recurrence, daily_at, next_occurrence
from bot.domain.wall_time import find_zone, to_instant, wall_at
from bot.domain.when import read_when
from tests.unit.domain.slow_time import DAY, cron_fits, days_from, is_nth

Fits = Callable[[date, date], bool]
"""Whether a day is one of the rule's, which was written on the second day."""

today = st.dates(date(2023, 1, 1), date(2033, 12, 31))
"""Leap days, and years that begin on every day of the week."""

weekdays = st.sets(st.integers(0, 6), min_size=1)
ORDINALS = {1: "first", 2: "2nd", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


def walls(recurrence: Recurrence, start: date, days: int) -> list[datetime]:
    """What a rule names from the start of a day on."""
    before = datetime.combine(start, time()) - timedelta(minutes=1)
    end = datetime.combine(start + days * DAY, time())
    return list(takewhile(lambda wall: wall < end, recurrence.walls_after(before)))


def named(days: set[int]) -> str:
    return " and ".join(DAY_NAMES[day] for day in sorted(days))


def week_begins(day: date) -> date:
    return day - day.weekday() * DAY


def every_few_weeks(count: int, days: set[int]) -> tuple[str, Fits]:
    def fits(day: date, written: date) -> bool:
        first = next(each for each in days_from(written, 7) if each.weekday() in days)
        weeks = (week_begins(day) - week_begins(first)).days // 7
        return day >= first and day.weekday() in days and weeks % count == 0

    return f"every {count} weeks on {named(days)}", fits


def nth(places: set[int], weekday: int) -> tuple[str, Fits]:
    words = " and ".join(ORDINALS[place] for place in sorted(places))
    return f"{words} {DAY_NAMES[weekday]} of the month", lambda day, _: any(
        is_nth(day, place, lambda each: each.weekday() == weekday) for place in places
    )


def nth_working_day(place: int) -> tuple[str, Fits]:
    return f"{ORDINALS[place]} weekday of the month", lambda day, _: is_nth(
        day, place, lambda each: each.weekday() < 5
    )


SPACED = st.one_of(
    st.builds(every_few_weeks, st.integers(2, 9), weekdays),
    st.builds(nth, st.sets(st.sampled_from(list(ORDINALS)), min_size=1), st.integers(0, 6)),
    st.builds(nth_working_day, st.sampled_from(list(ORDINALS))),
    st.sets(st.integers(1, 31), min_size=1).map(
        lambda days: (
            f"{', '.join(f'{day}th' for day in sorted(days))} of every month",
            lambda day, _: day.day in days,
        )
    ),
    st.just(("last day of the month", lambda day, _: (day + DAY).day == 1)),
    st.integers(2, 20).map(
        lambda count: (
            f"every {count} days",
            lambda day, written: (day - written).days % count == 0,
        )
    ),
    weekdays.map(lambda days: (f"every {named(days)}", lambda day, _: day.weekday() in days)),
    st.just(("every weekday", lambda day, _: day.weekday() < 5)),
    st.just(("daily", lambda _day, _written: True)),
)


@given(SPACED, today, st.integers(0, 1439), st.booleans())
@example(every_few_weeks(2, {1}), date(2026, 12, 31), 600, False)
@example(nth({5}, 3), date(2024, 2, 1), 0, True)
def test_words_name_the_days_that_people_mean(
    rule: tuple[str, Fits], written: date, minute: int, is_time_first: bool
) -> None:
    words, fits = rule
    clock = f"{minute // 60}:{minute % 60:02}"
    told = f"{clock} {words}" if is_time_first else f"{words} at {clock}"

    found = walls(read_when(told, written), written, 800)

    days = [day for day in days_from(written, 800) if fits(day, written)]
    assert found == [wall_at(day, minute) for day in days]


CRON_DAYS = ("*", "*/2", "*/10", "1", "29", "31", "1,15", "10-12", "28-31", "1-31/5", "30,31")
CRON_MONTHS = ("*", "2", "FEB", "JAN-MAR", "*/3", "1,7,12", "4,6,9,11")
CRON_WEEKDAYS = ("*", "0", "7", "SUN", "1-5", "MON-FRI", "5-7", "0,6", "*/2", "SAT", "2,THU", "0-7")


@settings(max_examples=80)
@given(
    st.sampled_from(CRON_DAYS), st.sampled_from(CRON_MONTHS), st.sampled_from(CRON_WEEKDAYS), today
)
@example("29", "2", "*", date(2023, 3, 1))
@example("13", "*", "5", date(2026, 1, 1))
@example("31", "4,6,9,11", "*", date(2026, 1, 1))
@example("30,31", "FEB", "*", date(2026, 1, 1))
@example("*/2", "*", "MON", date(2026, 1, 1))
def test_cron_days_are_those_of_cron(days: str, month: str, weekday: str, start: date) -> None:
    line = f"30 9 {days} {month} {weekday}"
    fits = cron_fits(line)
    expected = [wall for day in days_from(start, 1500) if fits(wall := wall_at(day, 9 * 60 + 30))]
    try:
        rule = Recurrence.from_text(f"cron:{line}")
    except UserError:
        assert not any(fits(wall_at(day, 9 * 60 + 30)) for day in days_from(start, 28 * 366))
        return

    assert walls(rule, start, 1500) == expected


@pytest.mark.parametrize("country", ["DE", "US", "JP", "IN", "IL", "BR", "CN", "NG"])
def test_the_holidays_of_a_country_are_passed_over(country: str) -> None:
    calendar = PublicHolidays()
    zone = find_zone("Asia/Tokyo")
    first = date(2026, 12, 1)
    off = holidays.country_holidays(country, years=[2026, 2027])
    assert any(day in off for day in days_from(first, 396))

    found = []
    at = to_instant(wall_at(first, 0), zone) - timedelta(minutes=1)
    while (
        following := next_occurrence(
            daily_at(570), zone, at, lambda day: calendar.is_holiday(country, day)
        )
    ).slot.date() < date(2028, 1, 1):
        found.append(following.slot.date())
        at = following.at

    assert found == [day for day in days_from(first, 396) if day not in off]


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
@example(20 * 60, 8 * 60, 0)
@example(20 * 60, 8 * 60, 8 * 60)
@example(20 * 60, 8 * 60, 19 * 60 + 59)
def test_quiet_hours_are_the_minutes_from_one_to_the_other(
    start: int, end: int, minute: int
) -> None:
    if start == end:
        return
    quiet = set()
    passing = start
    while passing != end:
        quiet.add(passing)
        passing = (passing + 1) % 1440

    assert QuietHours(start, end).covers(minute) == (minute in quiet)


@given(weekdays, st.sampled_from(Cadence), today)
def test_members_are_asked_on_working_days_as_often_as_they_wish(
    days: set[int], cadence: Cadence, start: date
) -> None:
    wanted = MemberSettings(zone="UTC", days=Weekdays.of(days), quiet=QuietHours(), cadence=cadence)
    monday = week_begins(start)

    asked = [day for day in days_from(monday, 28) if wanted.is_prompt_day(day)]

    assert {day.weekday() for day in asked} <= days
    per_week = [sum(week_begins(day) == monday + n * 7 * DAY for day in asked) for n in range(4)]
    match cadence:
        case Cadence.DAILY:
            assert per_week == [len(days)] * 4
        case Cadence.TWICE_WEEKLY:
            assert per_week == [min(2, len(days))] * 4
        case Cadence.WEEKLY:
            assert per_week == [1] * 4
        case Cadence.FORTNIGHTLY:
            assert per_week in ([1, 0, 1, 0], [0, 1, 0, 1])


def test_every_two_weeks_goes_on_over_the_end_of_years() -> None:
    rule = read_when("every 2 weeks on tuesday 10:00", date(2026, 12, 1))

    found = list(islice(rule.walls_after(datetime(2026, 12, 1)), 800))

    assert {later - wall for wall, later in pairwise(found)} == {14 * DAY}
