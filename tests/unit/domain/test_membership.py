"""When a member may be asked."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.membership import Cadence, Membership, week_of
from bot.domain.reading import Weekdays
from tests.cast import NOW, SETTINGS

masks = st.integers(1, 127).map(Weekdays)


@pytest.mark.parametrize(
    ("cadence", "days", "asked"),
    [
        (Cadence.DAILY, range(5), [0, 1, 2, 3, 4]),
        (Cadence.TWICE_WEEKLY, range(5), [1, 3]),
        (Cadence.TWICE_WEEKLY, range(7), [1, 5]),
        (Cadence.TWICE_WEEKLY, [0, 4], [0, 4]),
        (Cadence.TWICE_WEEKLY, [2], [2]),
        (Cadence.WEEKLY, range(5), [0]),
        (Cadence.WEEKLY, [2, 3], [2]),
        (Cadence.FORTNIGHTLY, [6], [6]),
    ],
)
def test_a_cadence_takes_its_days_from_the_working_days(
    cadence: Cadence, days: list[int], asked: list[int]
) -> None:
    settings = replace(SETTINGS, cadence=cadence, days=Weekdays.of(days))
    assert list(settings.prompt_days()) == asked


@given(st.sampled_from(Cadence), masks)
def test_prompt_days_are_working_days_and_as_many_as_the_cadence_says(
    cadence: Cadence, days: Weekdays
) -> None:
    asked = replace(SETTINGS, cadence=cadence, days=days).prompt_days()
    assert {*asked} <= {*days}
    most = {Cadence.DAILY: 7, Cadence.TWICE_WEEKLY: 2}.get(cadence, 1)
    assert len(asked) == min(most, len(days))


@given(st.sampled_from(Cadence), masks, st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_over_two_weeks_the_cadence_is_kept(cadence: Cadence, days: Weekdays, start: date) -> None:
    settings = replace(SETTINGS, cadence=cadence, days=days)
    asked = [day for ahead in range(14) if settings.is_prompt_day(day := start + timedelta(ahead))]
    weeks = 1 if cadence is Cadence.FORTNIGHTLY else 2
    assert len(asked) == weeks * len(settings.prompt_days())


@given(st.dates(date(1970, 1, 5), date(2200, 1, 1)))
def test_a_week_begins_on_monday_and_the_next_one_has_the_next_number(day: date) -> None:
    monday = day - timedelta(days=day.weekday())
    assert week_of(day) == week_of(monday)
    assert week_of(monday - timedelta(days=1)) == week_of(day) - 1


def test_a_pause_ends_at_its_end() -> None:
    member = Membership(id=1, account_id=1, programme_id=1, name="Ben")
    assert not member.is_paused(NOW)
    assert replace(member, paused_until=NOW + timedelta(seconds=1)).is_paused(NOW)
    assert not replace(member, paused_until=NOW).is_paused(NOW)
