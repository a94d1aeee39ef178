"""Rules fire at every wall time that they name, once, and go on through clock changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import UserError
from bot.domain.reading import Weekdays
from bot.domain.recurrence import (
    HORIZON,
    Occurrence,
    Recurrence,
    calendar_rule,
    daily_at,
    next_occurrence,
    weekly_at,
)
from bot.domain.wall_time import to_instant

MINUTE = timedelta(minutes=1)
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
APIA = ZoneInfo("Pacific/Apia")
TROLL = ZoneInfo("Antarctica/Troll")
UTC_ZONE = ZoneInfo("UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def walls(text: str, after: datetime, count: int) -> list[str]:
    found = islice(Recurrence.from_text(text).walls_after(after), count)
    return [wall.isoformat(timespec="minutes") for wall in found]


class TestText:
    @pytest.mark.parametrize(
        ("given_text", "text"),
        [
            ("cron:30 9 * * mon-fri", "cron:30 9 * * MON-FRI"),
            (" CRON : 30   9 * *\t1-5 ", "cron:30 9 * * 1-5"),
            ("cron:30 9-9/4 1-15 1-1,11-12 5-5/2,SUN-SUN", "cron:30 9 1-15 1,11-12 5,SUN"),
            (
                "rrule:dtstart:20260303T100000  rrule:freq=weekly;interval=2;byday=tu",
                "rrule:DTSTART:20260303T100000 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
            ),
        ],
    )
    def test_is_canonical(self, given_text: str, text: str) -> None:
        recurrence = Recurrence.from_text(given_text)

        assert recurrence.text == text
        assert Recurrence.from_text(text) == recurrence

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ("61 9 * * *", "minute"),
            ("0 24 * * *", "hour"),
            ("0 9 32 * *", "day-of-month"),
            ("0 9 * 13 *", "month"),
            ("0 9 * * 8", "day-of-week"),
            ("0 9 * * mon-xyz", "day-of-week"),
            ("*/0 9 * * *", "minute"),
            ("0 9 30 2 *", "day-of-month"),
            ("0 9 31 4,6 *", "day-of-month"),
            ("0 9 */31 * mon#2", "never happens"),
            ("0 9 * *", "not five fields"),
            ("0 0 9 * * *", "not five fields"),
            ("", "not five fields"),
        ],
    )
    def test_of_a_bad_cron_line_says_what_is_wrong(self, line: str, problem: str) -> None:
        with pytest.raises(UserError) as caught:
            Recurrence.from_text(f"cron:{line}")

        assert caught.value.key == "when.cron_bad"
        assert caught.value.values == {"when": line, "problem": problem}

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "every day",
            "daily:09:30",
            "rrule:",
            "rrule:FREQ=DAILY",
            "rrule:DTSTART:20260230T100000 RRULE:FREQ=DAILY",
            "rrule:DTSTART:00000101T100000 RRULE:FREQ=DAILY",
            "rrule:DTSTART:20260303T100000Z RRULE:FREQ=DAILY",
            "rrule:DTSTART:20260303T100000 RRULE:FREQ=SECONDLY",
            "rrule:DTSTART:20260303T100000 RRULE:FREQ=DAILY;INTERVAL=0",
            "rrule:DTSTART:20260303T100000 RRULE:FREQ=DAILY;BYHOUR=1,2,3",
            "rrule:DTSTART:20260303T100000 RRULE:FREQ=DAILY;UNTIL=20270101T000000",
            # These would never happen.
            "rrule:DTSTART:20260303T100000 RRULE:FREQ=MONTHLY;BYMONTHDAY=32",
            "rrule:DTSTART:20260303T100000 RRULE:FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=2",
            "rrule:DTSTART:20260203T100000 RRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
        ],
    )
    def test_of_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(UserError) as caught:
            Recurrence.from_text(text)

        assert caught.value.key == "when.unreadable"

    @settings(deadline=None)
    @given(
        st.text(max_size=40)
        | st.from_regex(r"\A(cron:)?([0-9A-Z*,/#-]{1,6} ){4}[0-9A-Z*,/#-]{1,6}\Z")
        | st.from_regex(
            r"\Arrule:DTSTART:20260[1-4][0-3][0-9]T[0-2][0-9]0000 RRULE:FREQ=(DAILY|WEEKLY|MONTHLY)"
            r"(;INTERVAL=[1-9][0-9])?(;BYDAY=-?[1-5]?(MO|SU))?(;BYMONTHDAY=-?[1-9][0-9]?)?"
            r"(;BYSETPOS=-?[1-5])?\Z"
        )
    )
    def test_reads_or_is_a_user_error(self, text: str) -> None:
        try:
            recurrence = Recurrence.from_text(text)
        except UserError:
            return
        assert Recurrence.from_text(recurrence.text) == recurrence
        assert recurrence.text.startswith(("cron:", "rrule:"))
        if recurrence.text.startswith("rrule:"):
            assert next(recurrence.walls_after(datetime(2026, 1, 1)), None) is not None


class TestWalls:
    def test_of_cron_use_crons_own_day_numbers(self) -> None:
        friday = datetime(2026, 3, 6)

        assert walls("cron:0 9 * * 0", friday, 1) == ["2026-03-08T09:00"]
        assert walls("cron:0 9 * * 7", friday, 1) == ["2026-03-08T09:00"]
        assert walls("cron:0 9 * * 1", friday, 1) == ["2026-03-09T09:00"]

    def test_of_cron_come_on_either_day_if_both_are_named(self) -> None:
        found = walls("cron:0 9 13 * fri", datetime(2026, 3, 7), 3)

        assert found == ["2026-03-13T09:00", "2026-03-20T09:00", "2026-03-27T09:00"]

    def test_are_strictly_after(self) -> None:
        assert walls("cron:30 9 * * *", datetime(2026, 3, 6, 9, 30), 1) == ["2026-03-07T09:30"]
        assert walls("cron:30 9 * * *", datetime(2026, 3, 6, 9, 29), 1) == ["2026-03-06T09:30"]
        text = "rrule:DTSTART:20260303T100000 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"
        assert walls(text, datetime(2026, 3, 3, 10), 1) == ["2026-03-17T10:00"]
        assert walls(text, datetime(2026, 3, 3, 9, 59), 1) == ["2026-03-03T10:00"]

    def test_of_an_interval_count_from_its_anchor(self) -> None:
        text = "rrule:DTSTART:20260303T100000 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"

        assert walls(text, datetime(2025, 1, 1), 2) == ["2026-03-03T10:00", "2026-03-17T10:00"]
        assert walls(text, datetime(2026, 3, 4), 1) == ["2026-03-17T10:00"]

    @pytest.mark.parametrize(
        ("rule", "days"),
        [
            ("BYDAY=2TU", ["2026-03-10", "2026-04-14", "2026-05-12"]),
            ("BYDAY=-1FR", ["2026-03-27", "2026-04-24", "2026-05-29"]),
            ("BYDAY=1MO,3MO", ["2026-03-02", "2026-03-16", "2026-04-06"]),
            ("BYMONTHDAY=-1", ["2026-03-31", "2026-04-30", "2026-05-31"]),
            ("BYMONTHDAY=31", ["2026-03-31", "2026-05-31", "2026-07-31"]),
            ("BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", ["2026-03-02", "2026-04-01", "2026-05-01"]),
        ],
    )
    def test_of_a_month(self, rule: str, days: list[str]) -> None:
        recurrence = calendar_rule(date(2026, 3, 1), 600, f"FREQ=MONTHLY;{rule}")

        found = walls(recurrence.text, datetime(2026, 3, 1), 3)

        assert found == [f"{day}T10:00" for day in days]

    @pytest.mark.parametrize(
        "recurrence", [daily_at(0), calendar_rule(date(2026, 1, 1), 0, "FREQ=DAILY;INTERVAL=9")]
    )
    def test_end_at_the_horizon(self, recurrence: Recurrence) -> None:
        start = datetime(2026, 1, 1)

        *_, last = recurrence.walls_after(start)

        assert timedelta() <= start + HORIZON - last < timedelta(days=9)

    def test_refuse_an_aware_time(self) -> None:
        with pytest.raises(ValueError, match="naive"):
            daily_at(0).walls_after(utc("2026-01-01"))


class TestBuilders:
    def test_daily(self) -> None:
        assert daily_at(9 * 60 + 30).text == "cron:30 9 * * *"

    def test_weekly_also_over_the_end_of_crons_week(self) -> None:
        assert weekly_at(Weekdays.of({4, 5, 6}), 0).text == "cron:0 0 * * FRI,SAT,SUN"

    @pytest.mark.parametrize("minute", [-1, 1440])
    def test_refuse_minutes_beyond_the_day(self, minute: int) -> None:
        with pytest.raises(ValueError, match="minute of the day"):
            daily_at(minute)

    @pytest.mark.parametrize(
        ("text", "is_at_most_hourly"),
        [
            ("cron:0 * * * *", True),
            ("cron:59 9,10 * * *", True),
            ("cron:0,30 9 * * *", False),
            ("cron:*/5 * * * *", False),
            ("cron:* 9 * * *", False),
            ("rrule:DTSTART:20260303T100000 RRULE:FREQ=DAILY", True),
        ],
    )
    def test_how_often(self, text: str, is_at_most_hourly: bool) -> None:
        assert Recurrence.from_text(text).is_at_most_hourly is is_at_most_hourly


class TestNextOccurrence:
    def test_is_a_slot_and_its_instant(self) -> None:
        found = next_occurrence(daily_at(570), BERLIN, utc("2026-03-02T08:00"))

        assert found == Occurrence(datetime(2026, 3, 2, 9, 30), utc("2026-03-02T08:30"))
        assert found.key == "2026-03-02T09:30"

    def test_is_strictly_after_the_instant(self) -> None:
        at = utc("2026-03-02T08:30")

        assert next_occurrence(daily_at(570), BERLIN, at).key == "2026-03-03T09:30"
        just_before = at - timedelta(microseconds=1)
        assert next_occurrence(daily_at(570), BERLIN, just_before).at == at

    def test_in_a_gap_comes_once_at_its_end(self) -> None:
        first = next_occurrence(daily_at(150), NEW_YORK, utc("2026-03-08T06:00"))
        second = next_occurrence(daily_at(150), NEW_YORK, first)

        assert (first.key, first.at) == ("2026-03-08T02:30", utc("2026-03-08T07:00"))
        assert second.key == "2026-03-09T02:30"
        assert next_occurrence(daily_at(150), NEW_YORK, first.at) == second

    def test_in_a_fold_comes_once_the_first_time(self) -> None:
        first = next_occurrence(daily_at(90), NEW_YORK, utc("2026-11-01T05:00"))

        assert (first.key, first.at) == ("2026-11-01T01:30", utc("2026-11-01T05:30"))
        for after in (first, first.at, utc("2026-11-01T06:15")):
            assert next_occurrence(daily_at(90), NEW_YORK, after).key == "2026-11-02T01:30"

    def test_two_slots_in_one_gap_stay_two(self) -> None:
        hourly = Recurrence.from_text("cron:15 * * * *")
        first = next_occurrence(hourly, TROLL, utc("2026-03-29T00:30"))
        second = next_occurrence(hourly, TROLL, first)
        third = next_occurrence(hourly, TROLL, second)

        assert [o.key[-5:] for o in (first, second, third)] == ["01:15", "02:15", "03:15"]
        assert first.at == second.at == utc("2026-03-29T01:00")
        assert next_occurrence(hourly, TROLL, first.at) == third

    def test_on_a_day_that_was_left_out_comes_when_the_next_begins(self) -> None:
        found = next_occurrence(daily_at(570), APIA, utc("2011-12-30T09:00"))

        assert (found.key, found.at) == ("2011-12-30T09:30", utc("2011-12-30T10:00"))

    def test_in_a_gap_that_ended_between_minutes_is_still_to_come(self) -> None:
        monrovia = ZoneInfo("Africa/Monrovia")
        after = utc("1972-01-07T00:44:30") + timedelta(seconds=10)  # local 00:44:40

        assert next_occurrence(daily_at(20), monrovia, after).key == "1972-01-07T00:20"

    def test_passes_over_holidays_by_local_date(self) -> None:
        auckland = ZoneInfo("Pacific/Auckland")  # 09:30 there is the day before in UTC

        found = next_occurrence(
            daily_at(570), auckland, utc("2026-02-05T12:00"), lambda day: day == date(2026, 2, 6)
        )

        assert found.key == "2026-02-07T09:30"

    def test_that_never_comes_is_an_error(self) -> None:
        with pytest.raises(UserError) as caught:
            next_occurrence(daily_at(570), BERLIN, utc("2026-01-01"), lambda _: True)

        assert caught.value.key == "when.never"
        assert caught.value.values == {"when": "cron:30 9 * * *"}

    def test_refuses_a_naive_instant(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            next_occurrence(daily_at(570), BERLIN, datetime(2026, 1, 1))


CHANGES = [
    (NEW_YORK, date(2026, 3, 8)),
    (NEW_YORK, date(2026, 11, 1)),
    (BERLIN, date(2026, 3, 29)),
    (BERLIN, date(2026, 10, 25)),
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 4, 5)),
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 10, 4)),
    (ZoneInfo("Asia/Kolkata"), date(2026, 3, 8)),
    (APIA, date(2011, 12, 30)),
    (TROLL, date(2026, 3, 29)),
]

some = st.sets(st.integers(0, 6), min_size=1)
changes = st.sampled_from(CHANGES)
instants_near = st.integers(-40 * 60, 20 * 60)


def field(numbers: set[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


@st.composite
def cron_rules(draw: st.DrawFn) -> tuple[Recurrence, Callable[[datetime], bool]]:
    minutes = draw(st.sets(st.integers(0, 59), min_size=1, max_size=3))
    hours = draw(st.sets(st.integers(0, 4) | st.integers(0, 23), min_size=1, max_size=4))
    days = draw(some)  # in cron's numbers, 0 = Sunday
    recurrence = Recurrence.from_text(f"cron:{field(minutes)} {field(hours)} * * {field(days)}")
    return (
        recurrence,
        lambda wall: (
            wall.minute in minutes and wall.hour in hours and wall.isoweekday() % 7 in days
        ),
    )


@st.composite
def weekly_rules(draw: st.DrawFn) -> tuple[Recurrence, Callable[[datetime], bool]]:
    days, minute = draw(some), draw(st.integers(0, 180) | st.integers(0, 1439))
    start = date(2011, 12, 5) + timedelta(days=draw(st.integers(0, 6)))
    interval = draw(st.integers(1, 3))
    monday = start - timedelta(days=start.weekday())
    names = ",".join(("MO", "TU", "WE", "TH", "FR", "SA", "SU")[day] for day in sorted(days))
    rule = f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={names}"
    return (
        calendar_rule(start, minute, rule),
        lambda wall: (
            wall.hour * 60 + wall.minute == minute
            and wall.weekday() in days
            and (wall.date() - monday).days // 7 % interval == 0
        ),
    )


def slow_walls(fits: Callable[[datetime], bool], start: datetime, days: int) -> list[datetime]:
    minutes = (start + n * MINUTE for n in range(1, days * 1440))
    return [wall for wall in minutes if fits(wall)]


@settings(deadline=None, max_examples=80)
@given(changes, instants_near, cron_rules() | weekly_rules())
def test_no_matching_wall_is_skipped_or_repeated(
    change: tuple[ZoneInfo, date],
    minutes: int,
    rule: tuple[Recurrence, Callable[[datetime], bool]],
) -> None:
    zone, day = change
    recurrence, fits = rule
    midnight = datetime.combine(day, datetime.min.time())
    after = to_instant(midnight, zone) + minutes * MINUTE
    expected = [
        Occurrence(wall, at)
        for wall in slow_walls(fits, midnight - timedelta(days=4), 8)
        if (at := to_instant(wall, zone)) > after
    ]

    found = []
    last: Occurrence | datetime = after
    for _ in expected:
        last = next_occurrence(recurrence, zone, last)
        found.append(last)

    assert found == expected
    assert all(one.slot < two.slot and one.at <= two.at for one, two in pairwise(found))


@settings(deadline=None, max_examples=80)
@given(changes, instants_near, cron_rules() | weekly_rules(), st.integers(0, 59))
def test_the_first_after_an_instant_is_due_after_it(
    change: tuple[ZoneInfo, date],
    minutes: int,
    rule: tuple[Recurrence, Callable[[datetime], bool]],
    seconds: int,
) -> None:
    zone, day = change
    recurrence, _ = rule
    midnight = datetime.combine(day, datetime.min.time())
    after = to_instant(midnight, zone) + minutes * MINUTE + timedelta(seconds=seconds)

    first = next_occurrence(recurrence, zone, after)

    earlier = recurrence.walls_after(first.slot - timedelta(days=3))
    due_before = [wall for wall in islice(earlier, 400) if wall < first.slot]
    assert first.at > after
    assert all(to_instant(wall, zone) <= after for wall in due_before)


@settings(deadline=None, max_examples=30)
@given(some, st.integers(0, 1439))
def test_weekdays_and_weekly_rules_agree(days: set[int], minute: int) -> None:
    recurrence = weekly_at(Weekdays.of(days), minute)

    week = list(islice(recurrence.walls_after(datetime(2026, 3, 1, 23, 59)), len(days)))

    assert [wall.weekday() for wall in week] == sorted(days)
    assert {wall.hour * 60 + wall.minute for wall in week} == {minute}
