"""Rows that nobody asks for any more."""

from datetime import datetime
from typing import Protocol


class Pruning(Protocol):
    """Deletes old rows inside a unit of work, a slice at a time.

    Each method looks at the next `limit` rows after number `after`, deletes those that are of no
    use any more and were done with before a moment, and gives the last number it looked at; None
    when it has come to what is younger, or to the end.
    """

    async def events(self, after: int, before: datetime, limit: int) -> int | None:
        """Events that were handled; until then a platform may send them again."""
        ...

    async def deliveries(self, after: int, before: datetime, limit: int) -> int | None:
        """Deliveries that nobody has answered or reacted to; the others tell what was asked."""
        ...
