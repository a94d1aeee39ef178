"""Dates and lengths of time are read from people's words, or refused with a sentence."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dates import read_date, read_duration
from bot.domain.errors import UserError

WEDNESDAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2026-03-14", date(2026, 3, 14)),
        ("14 March", date(2026, 3, 14)),
        ("March 14", date(2026, 3, 14)),
        ("march 14th, 2027", date(2027, 3, 14)),
        ("3 march 2027", date(2027, 3, 3)),
        ("the 3rd of march", date(2027, 3, 3)),
        ("4 march", WEDNESDAY),
        ("1 Sept.", date(2026, 9, 1)),
        ("may 5", date(2026, 5, 5)),
        ("29 feb", date(2028, 2, 29)),
        ("today", WEDNESDAY),
        (" Tomorrow ", date(2026, 3, 5)),
        ("friday", date(2026, 3, 6)),
        ("on Friday", date(2026, 3, 6)),
        ("wednesday", WEDNESDAY),
        ("this wed", WEDNESDAY),
        ("next wednesday", date(2026, 3, 11)),
        ("next friday", date(2026, 3, 6)),
        ("in 3 weeks", date(2026, 3, 25)),
        ("in a week", date(2026, 3, 11)),
        ("in 10 days", date(2026, 3, 14)),
    ],
)
def test_date_is_read(words: str, day: date) -> None:
    assert read_date(words, WEDNESDAY) == day


@pytest.mark.parametrize(
    "words",
    [
        "",
        "31 feb",
        "0 march",
        "29 feb 2027",
        "2026-02-30",
        "0000-01-01",
        "2026-3",
        "14",
        "14 foo",
        "someday",
        "next",
        "in weeks",
        "in 5000 weeks",
        "٣ march",
        "march " * 100,
    ],
)
def test_date_is_refused(words: str) -> None:
    with pytest.raises(UserError) as caught:
        read_date(words, WEDNESDAY)

    assert (caught.value.key, caught.value.values) == ("date.unreadable", {"date": words})


@given(st.dates(date(1970, 1, 1), date(2200, 1, 1)), st.dates(date(1970, 1, 1), date(2200, 1, 1)))
def test_date_without_a_year_is_the_next_such_date(day: date, today: date) -> None:
    month = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

    found = read_date(f"{day.day} {month[day.month - 1]}", today)

    assert (found.month, found.day) == (day.month, day.day)
    assert found >= today
    assert read_date(day.isoformat(), today) == day
    if (day.month, day.day) != (2, 29):
        assert found < today + timedelta(days=366)


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
        ("1h30m", timedelta(minutes=90)),
        ("1 hour 30 mins", timedelta(minutes=90)),
        ("1 hour and 30 minutes", timedelta(minutes=90)),
        ("90 minutes", timedelta(minutes=90)),
        ("2 Weeks", timedelta(weeks=2)),
        ("a week", timedelta(weeks=1)),
        ("an hour", timedelta(hours=1)),
        ("1 week, 2 days", timedelta(days=9)),
        ("366 days", timedelta(days=366)),
    ],
)
def test_duration_is_read(words: str, length: timedelta) -> None:
    assert read_duration(words) == length


@pytest.mark.parametrize(
    "words",
    [
        "", "0m", "0", "5", "-2h", "367 days", "366 days 1m", "999999w", "1.5h", "forever",
        "2 parsecs", "h", "1h30", "٣h", "1h" * 200,
    ],
)  # fmt: skip
def test_duration_is_refused(words: str) -> None:
    with pytest.raises(UserError) as caught:
        read_duration(words)

    assert (caught.value.key, caught.value.values) == ("duration.unreadable", {"duration": words})


scraps = st.lists(
    st.sampled_from(["in", "a", "next", "march", "feb", "friday", "31", "2026", "week", "3", "h"]),
    max_size=5,
).map(" ".join)


@given(st.text() | scraps, st.dates())
def test_no_text_raises_anything_but_a_user_error(words: str, today: date) -> None:
    for read in (lambda: read_date(words, today), lambda: read_duration(words)):
        with suppress(UserError):
            read()
