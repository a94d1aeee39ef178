"""The inbox: what was told, kept until it has been handled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.chat.incoming import Told
from bot.chat.outgoing import Message
from bot.domain.errors import CairnError


class InboxUnavailableError(CairnError):
    """An event could not be kept in time; the platform must not be told that it was."""


class EventTakenError(CairnError):
    """An event was handled by someone else meanwhile: what was done for it here must be undone."""

    def __init__(self, event_id: int) -> None:
        super().__init__(f"event {event_id} is already handled")


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event to be handled, or, with `answers`, one that was handled and is to be answered."""

    id: int
    event: Told
    attempt: int
    answers: tuple[Message, ...] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many events are not done with, and since when the oldest is known."""

    events: int
    oldest_at: datetime | None


class Inbox(Protocol):
    """Keeps every event once. Content is encrypted, and dropped when the event is done with."""

    async def keep(self, event: Told) -> bool:
        """Keep an event; False if its (platform, event id) is known.

        Returns only once the row is committed. Raises `InboxUnavailableError` after two seconds.
        """
        ...

    async def give_way(self, patience: float) -> None:
        """Let events that this process is to keep go first, for `patience` seconds at most."""
        ...

    async def claim(
        self, platforms: Sequence[str], owner: str, now: datetime, lease: timedelta, limit: int
    ) -> tuple[KeptEvent, ...]:
        """Lease events to handle, oldest first; never two of one person at a time.

        An event that is waiting to be tried again does not hold up later ones. A lease that ran
        out can be claimed again.
        """
        ...

    async def answered(self, event_id: int) -> None:
        """The event is done with; its content and answers are dropped."""
        ...

    async def retry(self, event_id: int, at: datetime) -> None:
        """Handle it again from `at`."""
        ...

    async def waiting(self) -> Waiting:
        """What is not done with yet."""
        ...


class Handled(Protocol):
    """The inbox inside a unit of work."""

    async def handled(self, event_id: int, answers: tuple[Message, ...]) -> None:
        """Mark an event as handled together with what it changed; keep its answers to send.

        Without answers it is done with at once. Raises `EventTakenError` if it was handled before:
        a lease ran out, and another worker was faster.
        """
        ...
