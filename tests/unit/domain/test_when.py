"""What coordinators write becomes the rule that they mean, or a sentence that helps."""

from datetime import date, datetime
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import UserError
from bot.domain.recurrence import Recurrence
from bot.domain.when import read_when

WEDNESDAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("30 9 * * mon-fri", "cron:30 9 * * MON-FRI"),
        ("0 9 1,15 * *", "cron:0 9 1,15 * *"),
        ("0 9 1 1 0", "cron:0 9 1 1 0"),
        ("0 * * * *", "cron:0 * * * *"),
        ("every day 09:30", "cron:30 9 * * *"),
        ("daily at 9:30", "cron:30 9 * * *"),
        ("Every  DAY   at 9.30 ", "cron:30 9 * * *"),
        ("every weekday 09:30", "cron:30 9 * * MON,TUE,WED,THU,FRI"),
        ("weekdays at noon", "cron:0 12 * * MON,TUE,WED,THU,FRI"),
        ("every weekend 10:00", "cron:0 10 * * SAT,SUN"),
        ("every monday 09:30", "cron:30 9 * * MON"),
        ("every monday, 09:30", "cron:30 9 * * MON"),
        ("every week on monday 09:30", "cron:30 9 * * MON"),
        ("every monday and thursday at 9", "cron:0 9 * * MON,THU"),
        ("every monday and every thursday at 9", "cron:0 9 * * MON,THU"),
        ("mondays, wednesdays 14:00", "cron:0 14 * * MON,WED"),
        ("mon,wed,fri 9 am", "cron:0 9 * * MON,WED,FRI"),
        ("mon-fri 9am", "cron:0 9 * * MON,TUE,WED,THU,FRI"),
        ("fri-sun 9am", "cron:0 9 * * FRI,SAT,SUN"),
        ("9am every monday", "cron:0 9 * * MON"),
        ("at 5 pm on fridays", "cron:0 17 * * FRI"),
        ("9:30, every day", "cron:30 9 * * *"),
    ],
)
def test_weekly_words_become_a_cron_line(words: str, rule: str) -> None:
    assert read_when(words, WEDNESDAY).text == rule


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("every 2 weeks on Tuesday 10:00", ["03-10T10:00", "03-24T10:00", "04-07T10:00"]),
        ("every two weeks on wednesday 10:00", ["03-04T10:00", "03-18T10:00", "04-01T10:00"]),
        ("tuesdays every other week at 10", ["03-10T10:00", "03-24T10:00", "04-07T10:00"]),
        ("every other friday 16:00", ["03-06T16:00", "03-20T16:00", "04-03T16:00"]),
        ("fortnightly on friday at 4pm", ["03-06T16:00", "03-20T16:00", "04-03T16:00"]),
        # The week is the one of the first day, so Monday follows in the week after next.
        ("every 2 weeks on mon and fri 9:00", ["03-06T09:00", "03-16T09:00", "03-20T09:00"]),
        ("every 3 days 9:00", ["03-04T09:00", "03-07T09:00", "03-10T09:00"]),
        ("every other day 9:00", ["03-04T09:00", "03-06T09:00", "03-08T09:00"]),
        ("second Tuesday of the month 10:00", ["03-10T10:00", "04-14T10:00", "05-12T10:00"]),
        ("2nd tuesday of every month at 10am", ["03-10T10:00", "04-14T10:00", "05-12T10:00"]),
        ("10am on the second tuesday of each month", ["03-10T10:00", "04-14T10:00", "05-12T10:00"]),
        ("every second tuesday of the month 10:00", ["03-10T10:00", "04-14T10:00", "05-12T10:00"]),
        ("first and third monday of the month 9", ["03-16T09:00", "04-06T09:00", "04-20T09:00"]),
        ("last friday of the month 15:00", ["03-27T15:00", "04-24T15:00", "05-29T15:00"]),
        ("last friday every month 15:00", ["03-27T15:00", "04-24T15:00", "05-29T15:00"]),
        ("first weekday of the month 9:00", ["04-01T09:00", "05-01T09:00", "06-01T09:00"]),
        ("last day of the month 17:00", ["03-31T17:00", "04-30T17:00", "05-31T17:00"]),
        ("1st of the month 09:00", ["04-01T09:00", "05-01T09:00", "06-01T09:00"]),
        ("on the 15th of every month 9am", ["03-15T09:00", "04-15T09:00", "05-15T09:00"]),
        ("15 of every month at 9", ["03-15T09:00", "04-15T09:00", "05-15T09:00"]),
        ("1st, 15th and last day of the month 9:00", ["03-15T09:00", "03-31T09:00", "04-01T09:00"]),
        ("every month on the 15th at 9", ["03-15T09:00", "04-15T09:00", "05-15T09:00"]),
        ("monthly on the last friday 15:00", ["03-27T15:00", "04-24T15:00", "05-29T15:00"]),
    ],
)
def test_calendar_words_become_their_dates(words: str, times: list[str]) -> None:
    found = islice(read_when(words, WEDNESDAY).walls_after(datetime(2026, 3, 4)), 3)

    assert [wall.isoformat(timespec="minutes") for wall in found] == [f"2026-{t}" for t in times]


def test_intervals_are_stored_with_their_anchor() -> None:
    rule = read_when("every 2 weeks on Tuesday 10:00", WEDNESDAY)

    assert rule.text == "rrule:DTSTART:20260310T100000 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("when.time_missing", "every monday"),
        ("when.time_missing", "every 2 weeks on tuesday"),
        ("when.time_missing", "last friday of the month"),
        ("when.time_missing", "on the 15th of every month"),
        ("when.time_missing", "daily"),
        ("when.too_often", "*/5 * * * *"),
        ("when.too_often", "0,30 9 * * *"),
        ("when.too_often", "* * * * *"),
        ("when.unreadable", ""),
        ("when.unreadable", "9:30"),
        ("when.unreadable", "at"),
        ("when.unreadable", "every day at 25:00"),
        ("when.unreadable", "every day at 9 and 17"),
        ("when.unreadable", "9 9"),
        ("when.unreadable", "@daily"),
        ("when.unreadable", "*monday* 9:00"),
        ("when.unreadable", "every 2 weeks 9:00"),
        ("when.unreadable", "every 0 weeks on monday 9:00"),
        ("when.unreadable", "every second tuesday 9:00"),
        ("when.unreadable", "every other weekday 9:00"),
        ("when.unreadable", "second last friday of the month 9:00"),
        ("when.unreadable", "6th monday of the month 9:00"),
        ("when.unreadable", "32nd of the month 9:00"),
        ("when.unreadable", "0th of the month 9:00"),
        ("when.unreadable", "first and last weekday of the month 9:00"),
        ("when.unreadable", "every blue moon 9:00"),
        ("when.unreadable", "every day 9:00" + " " * 200),
        ("when.unreadable", "every " * 100_000 + "of the month"),
    ],
)
def test_other_words_are_refused(key: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        read_when(words, WEDNESDAY)

    assert (caught.value.key, caught.value.values) == (key, {"when": words})


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("61 9 * * *", "minute"),
        ("0 9 * * fri-mon", "day-of-week"),
        ("0 9 30 2 *", "day-of-month"),
        ("30 9 * *", "not five fields"),
        ("0 9 1 1 1 *", "not five fields"),
        ("0 9 1 1 x", "day-of-week"),
    ],
)
def test_bad_cron_line_says_what_is_wrong(words: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        read_when(words, WEDNESDAY)

    assert caught.value.key == "when.cron_bad"
    assert caught.value.values == {"when": words, "problem": problem}


SCRAPS = """every other second 2 2nd 15th last day days weekday monday fri-mon , and of the month
weeks week on at 9 9:30 pm noon fortnightly monthly * */2 0 99"""
scraps = st.lists(
    st.sampled_from(SCRAPS.split()),
    max_size=9,
).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(st.text() | scraps, st.dates(date(1970, 1, 1), date(2200, 1, 1)))
def test_any_text_is_a_rule_or_a_user_error(words: str, today: date) -> None:
    try:
        rule = read_when(words, today)
    except UserError:
        return
    assert rule.is_at_most_hourly
    assert Recurrence.from_text(rule.text) == rule
    assert next(rule.walls_after(datetime.combine(today, datetime.min.time())), None) is not None
