"""What Discord's adapter needs of the core."""

from datetime import datetime
from typing import Protocol

from bot.chat.incoming import ActionTaken, CommandGiven, FormSubmitted, SuggestionsAsked, Told
from bot.chat.outgoing import Form, FormErrors, Option
from bot.ports.deliveries import OpenPrompt

Asked = CommandGiven | ActionTaken | FormSubmitted
"""Events that may be answered now instead of being kept."""


class Core(Protocol):
    """Cairn, as Discord sees it."""

    async def asked(self, event: Asked) -> Form | FormErrors | None:
        """The answer to what can be answered now; None means that the event is to be kept."""
        ...

    async def suggest(self, asked: SuggestionsAsked) -> tuple[Option, ...]:
        """Values that fit what is being typed."""
        ...

    async def keep(self, event: Told) -> bool:
        """Keep an event; False if it is known. Raises `InboxUnavailableError`."""
        ...

    async def open_prompts(self, platform: str, since: datetime) -> tuple[OpenPrompt, ...]:
        """Prompts sent to a platform at or after `since` that still take answers."""
        ...
