"""Public holidays of whole countries, from the `holidays` package."""

from datetime import date
from functools import cached_property


class PublicHolidays:
    """The calendars of the `holidays` package, each year of a country worked out once.

    The package takes a good part of a second to import, so that waits for the first question.
    """

    def __init__(self) -> None:
        self._years: dict[tuple[str, int], frozenset[date]] = {}

    def knows(self, country: str) -> bool:
        """See the port."""
        return country in self._countries

    def is_holiday(self, country: str, day: date) -> bool:
        """See the port; an unknown country has no holidays."""
        return day in self._year(country, day.year)

    @cached_property
    def _countries(self) -> frozenset[str]:
        import holidays

        return frozenset(holidays.list_supported_countries(include_aliases=False))

    def _year(self, country: str, year: int) -> frozenset[date]:
        if not self.knows(country):
            return frozenset()
        if (country, year) not in self._years:
            import holidays

            days = holidays.country_holidays(country, years=year)
            self._years[country, year] = frozenset(days)
        return self._years[country, year]
