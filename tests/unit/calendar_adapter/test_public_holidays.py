"""Public holidays of countries."""

import subprocess
import sys
from datetime import date

import pytest

from adapters.calendar.public_holidays import PublicHolidays
from bot.ports.calendar import Calendar


@pytest.fixture(name="calendar")
def _calendar() -> Calendar:
    return PublicHolidays()


def test_holidays_of_a_country(calendar: Calendar) -> None:
    assert calendar.is_holiday("DE", date(2026, 10, 3))
    assert not calendar.is_holiday("DE", date(2026, 10, 5))
    assert calendar.is_holiday("US", date(2026, 11, 26))


def test_holidays_of_only_a_part_of_a_country_are_working_days(calendar: Calendar) -> None:
    assert not calendar.is_holiday("DE", date(2026, 1, 6))


def test_movable_feasts_are_worked_out_for_each_year(calendar: Calendar) -> None:
    assert calendar.is_holiday("DE", date(2026, 4, 6))
    assert calendar.is_holiday("DE", date(2027, 3, 29))
    assert not calendar.is_holiday("DE", date(2027, 4, 6))


def test_answers_stay_the_same_when_asked_again(calendar: Calendar) -> None:
    answers = [calendar.is_holiday("FR", date(2026, 7, 14)) for _ in range(3)]
    assert answers == [True, True, True]


@pytest.mark.parametrize("code", ["DE", "IN", "BR", "JP", "ZA"])
def test_countries_are_known_by_their_code(calendar: Calendar, code: str) -> None:
    assert calendar.knows(code)


@pytest.mark.parametrize("code", ["XX", "de", "DEU", "Germany", "", "UK"])
def test_anything_else_is_unknown(calendar: Calendar, code: str) -> None:
    assert not calendar.knows(code)
    assert not calendar.is_holiday(code, date(2026, 12, 25))


def test_the_package_is_imported_only_when_a_calendar_is_asked() -> None:
    program = (
        "import sys; from adapters.calendar.public_holidays import PublicHolidays as P; "
        "calendar = P(); assert 'holidays' not in sys.modules; "
        "calendar.knows('DE'); assert 'holidays' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
