"""What the console needs of the core."""

from datetime import datetime
from typing import Protocol

from bot.chat.incoming import ActionTaken, CommandGiven, FormSubmitted, SuggestionsAsked, Told
from bot.chat.outgoing import Form, FormErrors, Message, Option

Asked = CommandGiven | ActionTaken | FormSubmitted
"""Events that may be answered now instead of being kept."""

Outcome = Form | FormErrors | Message
"""What is answered now."""


class Core(Protocol):
    """Cairn, as the console sees it."""

    async def asked(self, event: Asked) -> Outcome | None:
        """The answer to what can be answered now; None means that the event is to be kept."""
        ...

    async def suggest(self, asked: SuggestionsAsked) -> tuple[Option, ...]:
        """Values that fit what is being typed."""
        ...

    async def keep(self, event: Told) -> bool:
        """Keep an event; False if it is known. Raises `InboxUnavailableError`."""
        ...

    async def settle(self) -> None:
        """Handle what was kept, then plan and deliver all that is due now."""
        ...

    async def next_at(self, after: datetime) -> datetime | None:
        """When something falls due next, later than `after`; None if nothing is planned."""
        ...
