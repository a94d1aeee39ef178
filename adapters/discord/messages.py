"""Messages put on Discord: posted, replaced, shown to one person, and looked for again."""

import io
import json
import secrets
from datetime import datetime
from typing import Any, Literal

import discord
import structlog
from discord.http import MultipartParameters
from discord.webhook.async_ import async_context

from adapters.discord import items
from adapters.discord.calls import Calls
from adapters.discord.patience import session_of
from adapters.discord.refusals import HAS_THREAD, UNKNOWN_MESSAGE, DiscordRefusedError
from adapters.discord.render import Rendered, delivery_of
from adapters.discord.text import cut
from adapters.discord.tickets import Ticket
from bot.domain.failures import outline
from bot.ports.chat import ChatError, ChatUncertainError

_MOST_LOOKED_AT = 2000
_LONGEST_NAME = 100
_ARCHIVED_AFTER: Literal[4320] = 4320
"""Minutes of silence; whoever writes then opens a thread again."""

_WITHOUT_EMBEDS = 1 << 2
_EPHEMERAL = 1 << 6

_log = structlog.get_logger(__name__)


class Messages:
    """The messages of every place; each method raises `ChatError`."""

    def __init__(self, calls: Calls) -> None:
        """Write through these calls."""
        self._calls = calls

    async def post(self, channel: int, part: Rendered, nonce: str = "") -> int:
        """Post to a channel, thread or direct conversation; gives the message's id."""
        async with self._calls.calling():
            said = await self._calls.http.send_message(
                channel,
                params=_parameters(
                    part,
                    nonce=nonce or secrets.token_hex(8),
                    enforce_nonce=True,
                    flags=_WITHOUT_EMBEDS,
                ),
            )
            return int(said["id"])

    async def replace(self, channel: int, message: int, part: Rendered) -> bool:
        """Put other content into a message of Cairn's; False if it is gone."""
        try:
            async with self._calls.calling():
                await self._calls.http.edit_message(channel, message, params=_parameters(part))
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
            await async_context.get().edit_original_interaction_response(
                ticket.application,
                ticket.token,
                session=session_of(self._calls.http),
                **_parameters(part, embeds=[])._asdict(),
            )

    async def follow(self, ticket: Ticket, part: Rendered) -> None:
        """Show one more message by a ticket. Raises `TicketEndedError` too."""
        async with self._calls.calling():
            flags = _WITHOUT_EMBEDS | (_EPHEMERAL if ticket.private else 0)
            await async_context.get().execute_webhook(
                ticket.application,
                ticket.token,
                session=session_of(self._calls.http),
                wait=True,
                **_parameters(part, flags=flags)._asdict(),
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


def _parameters(part: Rendered, **more: Any) -> MultipartParameters:
    """A message as Discord takes it.

    It is not made of discord.py's views and mentions: they took as long as the call itself.
    """
    files = [
        discord.File(io.BytesIO(one.content), one.name, description=one.alt or None)
        for one in part.files
    ]
    payload = {
        "content": part.content,
        "components": items.components(part.rows),
        "attachments": [one.to_dict(number) for number, one in enumerate(files)],
        "allowed_mentions": {"parse": [], "users": [str(one) for one in part.mentions]},
        **more,
    }
    if not files:
        return MultipartParameters(payload, None, None)
    fields = [
        {"name": f"files[{number}]", "value": one.fp, "filename": one.filename}
        for number, one in enumerate(files)
    ]
    return MultipartParameters(
        None, [{"name": "payload_json", "value": json.dumps(payload)}, *fields], files
    )
