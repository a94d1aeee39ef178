"""Public holidays."""

from datetime import date
from typing import Protocol


class Calendar(Protocol):
    """Knows the public holidays of countries, named by ISO 3166 code, such as `DE`."""

    def knows(self, country: str) -> bool:
        """Whether holidays of this country are known; codes are in capitals."""
        ...

    def is_holiday(self, country: str, day: date) -> bool:
        """Whether `day` is a public holiday in the whole country."""
        ...
