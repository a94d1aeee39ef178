"""Rules fire when the clock on the wall says so: in every zone, through every change of its clocks.

Judged by watching clocks minute by minute. The default profile takes one change of each kind and
some at random; the thorough one takes every change of every zone from 2020 to 2040.
"""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.reading import Weekdays
from bot.domain.recurrence import Occurrence, Recurrence, daily_at, next_occurrence, weekly_at
from bot.domain.wall_time import to_instant
from tests.unit.domain.slow_time import (
    DAY,
    MINUTE,
    ZONES,
    Change,
    changes_of,
    cron_fits,
    every_change,
    watch,
)

UNUSUAL = (
    ("Australia/Lord_Howe", "2026-04-04T15:00", "half an hour back"),
    ("Australia/Lord_Howe", "2026-10-03T15:30", "half an hour on"),
    ("Pacific/Apia", "2011-12-30T10:00", "a day that never was"),
    ("Pacific/Kiritimati", "1994-12-31T10:00", "a new year's eve that never was"),
    ("Pacific/Kwajalein", "1993-08-21T12:00", "a day that never was"),
    ("Pacific/Kwajalein", "1969-09-30T13:00", "a day that came twice, nearly"),
    ("Europe/Dublin", "2026-03-29T01:00", "summer is standard time"),
    ("Europe/Dublin", "2026-10-25T01:00", "winter is the exception"),
    ("Africa/Casablanca", "2026-02-15T02:00", "Ramadan begins"),
    ("Africa/Casablanca", "2026-03-22T02:00", "Ramadan is over"),
    ("Antarctica/Troll", "2026-03-29T01:00", "two hours on"),
    ("Antarctica/Troll", "2026-10-25T01:00", "two hours back"),
    ("Asia/Pyongyang", "2018-05-04T15:00", "half an hour, for good, before midnight"),
    ("America/Caracas", "2016-05-01T07:00", "half an hour, for good"),
    ("America/Sao_Paulo", "2018-11-04T03:00", "midnight that never was"),
    ("Africa/Cairo", "2026-10-29T21:00", "the hour before midnight comes twice"),
    ("America/Havana", "2026-03-08T05:00", "midnight that never was"),
    ("Africa/Juba", "2021-01-31T21:00", "an hour back, for good, at the end of a month"),
    ("Europe/Volgograd", "2020-12-26T23:00", "an hour back, for good"),
    ("UTC", "2027-12-31T23:59", "a year ends"),
    ("Asia/Kathmandu", "2028-02-28T18:15", "a leap day begins, at a quarter"),
)

places = st.sampled_from(ZONES)
changes = places.map(changes_of).filter(bool).flatmap(st.sampled_from)
"""Zones alike, however many changes they have."""


def follow(
    recurrence: Recurrence, zone: ZoneInfo, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """Slots and instants of a rule, one after the other."""
    found: list[tuple[datetime, datetime]] = []
    last: Occurrence | datetime = start
    while (last := next_occurrence(recurrence, zone, last)).at <= end:
        found.append((last.slot, last.at))
    return found


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(sorted).map(lambda ends: f"{ends[0]}-{ends[1]}")
    step = st.builds("{}/{}".format, st.just("*") | span, st.integers(1, 7))
    return st.lists(number.map(str) | span | step, min_size=1, max_size=3).map(",".join)


any_time = st.just("*")
hours = st.one_of(any_time, field(0, 4), field(0, 23))
weekday_names = st.sampled_from(["mon-fri", "SUN", "sat,sun", "Sun-Tue", "fri-sat"])
cron_lines = st.one_of(
    st.builds("{} {} * * *".format, field(0, 59), hours),
    st.builds("{} {} * * {}".format, field(0, 59), hours, field(0, 7) | weekday_names),
    st.builds(
        "{} {} {} * {}".format,
        st.integers(0, 59),
        hours,
        field(1, 31),
        st.one_of(any_time, field(0, 7), weekday_names),
    ),
)


def around(at: datetime) -> tuple[datetime, datetime]:
    return at - 2 * DAY, at + 2 * DAY


@pytest.mark.parametrize(("name", "utc", "why"), UNUSUAL, ids=str)
def test_every_minute_is_reached_once_when_clocks_do_something_unusual(
    name: str, utc: str, why: str
) -> None:
    zone = ZoneInfo(name)
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    reached = watch(zone, *around(at), lambda _: True)

    assert [to_instant(wall, zone) for wall, _ in reached] == [instant for _, instant in reached]
    every_minute = Recurrence.from_text("cron:* * * * *")
    assert follow(every_minute, zone, *around(at)) == reached, why


def test_the_search_finds_changes() -> None:
    found = {str(change) for change in changes_of("Europe/Berlin")}

    assert len(found) == 2 * 21
    assert "Europe/Berlin 2026-03-29T01:00" in found
    assert len({change.kind for change in every_change()}) > 50
    assert len(changes_of("Africa/Casablanca")) == 2 * 22, "2030 has two Ramadans"


def test_to_instant_is_right_at_every_change_of_every_zone() -> None:
    for change in every_change():
        zone = ZoneInfo(change.zone)
        span = abs(change.after - change.before) + timedelta(hours=1)
        reached = watch(zone, change.at - span, change.at + span, lambda _: True)
        expected = [(wall, to_instant(wall, zone)) for wall, _ in reached]
        assert expected == reached, str(change)


def test_a_question_a_day_is_one_a_day_at_every_change_of_every_zone() -> None:
    for change in every_change():
        zone = ZoneInfo(change.zone)
        # the minute that is most likely to go missing or to come twice
        walls = [change.at + change.before, change.at + change.after - MINUTE]
        for minute in {wall.hour * 60 + wall.minute for wall in walls}:
            hour, past = divmod(minute, 60)
            fits = cron_fits(f"{past} {hour} * * *")
            reached = watch(zone, *around(change.at), fits)
            assert follow(daily_at(minute), zone, *around(change.at)) == reached, str(change)
            days = [slot.date() for slot, _ in reached]
            assert [later - day for day, later in itertools.pairwise(days)] == (
                [DAY] * (len(days) - 1)
            )


@given(changes, st.integers(-36 * 60, 36 * 60), cron_lines)
def test_a_cron_line_fires_whenever_the_clock_fits(change: Change, ahead: int, line: str) -> None:
    zone = ZoneInfo(change.zone)
    start, end = change.at - ahead * MINUTE - DAY, change.at - ahead * MINUTE + DAY

    expected = watch(zone, start, end, cron_fits(line))

    assert follow(Recurrence.from_text(f"cron:{line}"), zone, start, end) == expected


@given(places, st.datetimes(datetime(2020, 1, 1), datetime(2040, 12, 31)), st.integers(1, 127))
def test_working_days_are_those_of_the_place(name: str, moment: datetime, mask: int) -> None:
    zone = ZoneInfo(name)
    start = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    end = start + 3 * DAY

    expected = watch(
        zone,
        start,
        end,
        lambda wall: wall.weekday() in Weekdays(mask) and (wall.hour, wall.minute) == (0, 0),
    )

    assert follow(weekly_at(Weekdays(mask), 0), zone, start, end) == expected


@settings(max_examples=20)
@given(changes, st.integers(0, 59))
def test_an_hour_that_is_left_out_comes_at_once_and_one_that_is_repeated_once(
    change: Change, minute: int
) -> None:
    zone = ZoneInfo(change.zone)
    found = follow(Recurrence.from_text(f"cron:{minute} * * * *"), zone, *around(change.at))

    slots = [slot for slot, _ in found]
    instants = [at for _, at in found]
    assert slots == [slots[0] + timedelta(hours=n) for n in range(len(slots))]
    assert instants == sorted(instants)
