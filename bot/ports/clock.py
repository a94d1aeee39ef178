"""The time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is; nothing in Cairn asks the machine directly."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        ...
