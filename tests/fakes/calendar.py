"""Public holidays that a test says."""

from datetime import date


class FakeCalendar:
    """A `Calendar` that knows Germany, with the holidays that it is given."""

    def __init__(self, *holidays: date) -> None:
        self.holidays = frozenset(holidays)

    def knows(self, country: str) -> bool:
        return country == "DE"

    def is_holiday(self, country: str, day: date) -> bool:
        return self.knows(country) and day in self.holidays
