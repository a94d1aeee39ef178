"""Messages put on Discord: posted, replaced, shown to one person, and looked for again."""

import io
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import discord
import structlog
from discord.http import handle_message_parameters
from discord.webhook.async_ import async_context

from adapters.discord.calls import Calls
from adapters.discord.refusals import HAS_THREAD, UNKNOWN_MESSAGE, DiscordRefusedError
from adapters.discord.render import Rendered, Upload, delivery_of
from adapters.discord.text import cut
from adapters.discord.tickets import Ticket
from bot.domain.failures import outline
from bot.ports.chat import ChatError, ChatUncertainError

_MOST_LOOKED_AT = 2000
_LONGEST_NAME = 100
_ARCHIVED_AFTER: Literal[4320] = 4320
"""Minutes of silence; whoever writes then opens a thread again."""

_log = structlog.get_logger(__name__)


class Messages:
    """The messages of every place; each method raises `ChatError`."""

    def __init__(self, calls: Calls) -> None:
        """Write through these calls."""
        self._calls = calls

    async def post(self, channel: int, part: Rendered, nonce: str = "") -> int:
        """Post to a channel, thread or direct conversation; gives the message's id."""
        async with self._calls.calling():
            place = self._calls.client.get_partial_messageable(channel)
            said = await place.send(
                part.content or None,
                files=_files(part.files),
                view=part.view() or discord.utils.MISSING,
                nonce=nonce or secrets.token_hex(8),
                allowed_mentions=_mentions(part),
                suppress_embeds=True,
            )
        return said.id

    async def replace(self, channel: int, message: int, part: Rendered) -> bool:
        """Put other content into a message of Cairn's; False if it is gone."""
        try:
            async with self._calls.calling():
                place = self._calls.client.get_partial_messageable(channel)
                await place.get_partial_message(message).edit(
                    content=part.content,
                    view=part.view(),
                    attachments=_files(part.files),
                    allowed_mentions=_mentions(part),
                )
        except DiscordRefusedError as error:
            if error.code == UNKNOWN_MESSAGE:
                return False
            raise
        return True

    async def fill(self, ticket: Ticket, part: Rendered) -> None:
        """Put content into the message that a ticket promised, or that was pressed.

        Raises `TicketEndedError` too.
        """
        async with self._calls.calling():
            with handle_message_parameters(
                content=part.content,
                embeds=[],
                view=part.view(),
                attachments=_files(part.files),
                allowed_mentions=_mentions(part),
            ) as parameters:
                hook = self._hook(ticket)
                await async_context.get().edit_original_interaction_response(
                    ticket.application,
                    ticket.token,
                    session=hook.session,
                    payload=parameters.payload,
                    multipart=parameters.multipart,
                    files=parameters.files,
                )

    async def follow(self, ticket: Ticket, part: Rendered) -> None:
        """Show one more message by a ticket. Raises `TicketEndedError` too."""
        async with self._calls.calling():
            await self._hook(ticket).send(
                part.content or discord.utils.MISSING,
                files=_files(part.files),
                view=part.view() or discord.utils.MISSING,
                ephemeral=ticket.private,
                allowed_mentions=_mentions(part),
                suppress_embeds=True,
                wait=True,
            )

    async def find(self, channel: int, delivery_id: int, since: datetime) -> discord.Message | None:
        """The last part of a delivery, if that was posted there since then."""
        looked_at = 0
        async with self._calls.calling():
            place = self._calls.client.get_partial_messageable(channel)
            async for message in place.history(limit=_MOST_LOOKED_AT, after=since):
                looked_at += 1
                own = self._calls.client.user
                mark = delivery_of(message) if own and message.author.id == own.id else None
                if mark and mark.delivery_id == delivery_id and mark.part == mark.parts:
                    return message
        if looked_at < _MOST_LOOKED_AT:
            return None
        message_ = f"not among the first {_MOST_LOOKED_AT} messages"
        raise ChatUncertainError(message_)

    async def open_thread(self, channel: int, message: int, name: str) -> None:
        """Open a thread under a message.

        The message is out already, so nothing is raised: that would send it again.
        """
        try:
            async with self._calls.calling():
                await self._calls.http.start_thread_with_message(
                    channel,
                    message,
                    name=cut(name, _LONGEST_NAME) or "Cairn",
                    auto_archive_duration=_ARCHIVED_AFTER,
                )
        except ChatError as error:
            if isinstance(error, DiscordRefusedError) and error.code == HAS_THREAD:
                return
            _log.warning("thread_not_opened", why=str(error), **outline(error))

    def _hook(self, ticket: Ticket) -> discord.Webhook:
        # as discord.py makes an interaction's own; there is no public way from a token alone
        return discord.Webhook.from_state(
            {"id": ticket.application, "type": 3, "token": ticket.token},
            state=self._calls.client._connection,  # noqa: SLF001
        )


def _files(uploads: Sequence[Upload]) -> list[discord.File]:
    return [
        discord.File(io.BytesIO(one.content), one.name, description=one.alt or None)
        for one in uploads
    ]


def _mentions(part: Rendered) -> discord.AllowedMentions:
    return discord.AllowedMentions(
        everyone=False,
        roles=False,
        replied_user=False,
        users=[discord.Object(one) for one in part.mentions],
    )
