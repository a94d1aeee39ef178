"""Answers to one person, by the best way that is open: a ticket, else a direct message."""

import asyncio
from collections.abc import Sequence

from adapters.discord import names
from adapters.discord.conversations import Conversations
from adapters.discord.messages import Messages
from adapters.discord.refusals import TicketEndedError
from adapters.discord.render import Rendered
from adapters.discord.tickets import SETTLES, Acknowledgements, Ticket
from bot.chat.identity import AccountRef, MessageRef, PlaceKind, PlaceRef
from bot.ports.clock import Clock

_LOOK_AGAIN = 0.3
"""Seconds until a token that is not yet acknowledged is tried again: another process does that."""


class Answers:
    """The port's `answer`. Once a way has ended, what is left takes the next one."""

    def __init__(
        self,
        messages: Messages,
        conversations: Conversations,
        acknowledgements: Acknowledgements,
        clock: Clock,
    ) -> None:
        """Answer through these."""
        self._messages = messages
        self._conversations = conversations
        self._acknowledgements = acknowledgements
        self._clock = clock

    async def answer(
        self,
        actor: AccountRef,
        place: PlaceRef,
        ticket: Ticket | None,
        parts: Sequence[Rendered],
        instead_of: MessageRef | None,
    ) -> None:
        """Answer; raises `ChatError`."""
        rest = list(parts)
        if ticket is not None and ticket.is_alive(self._clock.now()):
            await self._acknowledgements.settled(ticket.token)
            replaces = instead_of is not None
            while rest and await self._show(ticket, rest[0], replaces=replaces):
                del rest[0]
                replaces = False
        if rest:
            await self._say(actor, place, rest, instead_of)

    async def _show(self, ticket: Ticket, part: Rendered, *, replaces: bool) -> bool:
        """Show a part by a ticket; False if that has ended."""
        fills = replaces or self._acknowledgements.fills(ticket)
        while True:
            try:
                if fills:
                    await self._messages.fill(ticket, part)
                    self._acknowledgements.filled(ticket.token)
                else:
                    await self._messages.follow(ticket, part)
            except TicketEndedError:
                if self._clock.now() - ticket.at >= SETTLES:
                    return False
                await asyncio.sleep(_LOOK_AGAIN)
                continue
            return True

    async def _say(
        self,
        actor: AccountRef,
        place: PlaceRef,
        rest: list[Rendered],
        instead_of: MessageRef | None,
    ) -> None:
        """Say it in somebody's own conversation."""
        if place.kind is not PlaceKind.DIRECT:
            place = await self._conversations.open(actor)
        channel = names.snowflake(place.native_id)
        if instead_of is not None and instead_of.place.kind is PlaceKind.DIRECT:
            pressed = names.snowflake(instead_of.native_id)
            where = names.snowflake(instead_of.place.native_id)
            if await self._messages.replace(where, pressed, rest[0]):
                del rest[0]
        for part in rest:
            await self._messages.post(channel, part)
