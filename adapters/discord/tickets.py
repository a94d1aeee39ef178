"""Tickets: how an interaction can be answered later, by any process, for a quarter of an hour."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

import discord
from discord import InteractionType

from adapters.discord import steps

LIVES = timedelta(minutes=14, seconds=30)
"""Discord takes a token for fifteen minutes."""

SETTLES = timedelta(seconds=4)
"""An interaction is acknowledged within three seconds, or never."""

_MOST = 5000


class Way(StrEnum):
    """What the first answer by a ticket does."""

    FILLS = "f"
    """It fills the message that was promised, or the one between two modals."""

    FOLLOWS = "n"
    """It is a message of its own; the one that was pressed stays, unless it is to be replaced."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """An interaction's token, and what is known of how it was acknowledged.

    What is `private` is shown to one person only; where nobody else reads, it need not be.
    """

    application: int
    token: str
    at: datetime
    way: Way
    private: bool

    @classmethod
    def of(cls, interaction: discord.Interaction[Any], at: datetime) -> Self:
        """The ticket of an interaction that was received then."""
        is_fresh = interaction.type is InteractionType.application_command or (
            interaction.type is InteractionType.modal_submit
            and (interaction.message is None or is_between(interaction))
        )
        return cls(
            interaction.application_id,
            interaction.token,
            at,
            Way.FILLS if is_fresh else Way.FOLLOWS,
            interaction.guild_id is not None,
        )

    @classmethod
    def read(cls, written: str) -> Self | None:
        """The ticket that was written so; None for what is none."""
        way, _, rest = written.partition(":")
        private, _, rest = rest.partition(":")
        seconds, _, rest = rest.partition(":")
        application, _, token = rest.partition(":")
        try:
            at = datetime.fromtimestamp(float(seconds), UTC)
            return cls(int(application), token, at, Way(way), private == "p")
        except (OSError, OverflowError, ValueError):
            return None

    def __str__(self) -> str:
        private = "p" if self.private else "o"
        return f"{self.way}:{private}:{self.at.timestamp():.3f}:{self.application}:{self.token}"

    def is_alive(self, now: datetime) -> bool:
        """Whether Discord can still take it."""
        return now - self.at < LIVES


def is_between(interaction: discord.Interaction[Any]) -> bool:
    """Whether the message that an interaction comes from stands between two modals."""
    return bool(steps.carried(interaction.message).values)


class Acknowledgements:
    """The interactions that this process is acknowledging, and the answers that were given.

    An answer that comes before the acknowledgement is refused, and the worker may be that fast.
    """

    def __init__(self) -> None:
        self._pending: dict[str, asyncio.Event] = {}
        self._filled: OrderedDict[str, None] = OrderedDict()

    def expect(self, token: str) -> None:
        """An acknowledgement follows."""
        self._pending[token] = asyncio.Event()

    def done(self, token: str) -> None:
        """It was made, or could not be."""
        event = self._pending.pop(token, None)
        if event is not None:
            event.set()

    async def settled(self, token: str) -> None:
        """Wait until it was made, but not for ever."""
        event = self._pending.get(token)
        if event is None:
            return
        try:
            async with asyncio.timeout(SETTLES.total_seconds()):
                await event.wait()
        except TimeoutError:
            self._pending.pop(token, None)

    def fills(self, ticket: Ticket) -> bool:
        """Whether an answer by this ticket is the first one, which fills what was promised."""
        return ticket.way is Way.FILLS and ticket.token not in self._filled

    def filled(self, token: str) -> None:
        """What was promised is there."""
        self._filled[token] = None
        while len(self._filled) > _MOST:
            self._filled.popitem(last=False)
