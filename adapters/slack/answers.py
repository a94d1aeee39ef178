"""Answers to one person, by the best way that is open: a message, a ticket, for their eyes only."""

from collections.abc import Sequence

from adapters.slack import names
from adapters.slack.conversations import Conversations
from adapters.slack.files import Files, uploads
from adapters.slack.messages import Messages
from adapters.slack.render import Rendered, to_message
from adapters.slack.text import Names
from bot.chat.identity import AccountRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.outgoing import Message
from bot.ports.chat import ChatRefusedError


class Answers:
    """The port's `answer`.

    In somebody's own conversation an answer is an ordinary message: one that only they see would
    be gone when they reload. Elsewhere it is shown to them alone, with their ticket or without.
    What can't be shown there goes to their own conversation, and so do files, which Slack shows to
    everyone in a channel.
    """

    def __init__(
        self, messages: Messages, files: Files, conversations: Conversations, called: Names
    ) -> None:
        """Answer through these; `called` says what to call people."""
        self._messages = messages
        self._files = files
        self._conversations = conversations
        self._called = called

    async def answer(
        self,
        actor: AccountRef,
        place: PlaceRef,
        ticket: str | None,
        message: Message,
        instead_of: MessageRef | None,
    ) -> None:
        """Answer; raises `ChatError`."""
        team = names.team_of(place.native_id)
        parts = to_message(message, self._called)
        staged = await self._files.stage(team, uploads(message))
        own: str | None
        if place.kind is PlaceKind.DIRECT:
            own = await self._say(place, parts, instead_of)
        else:
            own = await self._show(actor, place, ticket, parts, replace=instead_of is not None)
        if staged:
            own = own or await self._conversations.open(team, names.slack_id(actor.native_id))
            await self._files.share(team, own, staged)

    async def _say(
        self, place: PlaceRef, parts: Sequence[Rendered], instead_of: MessageRef | None
    ) -> str:
        """Say it in somebody's own conversation; gives the conversation's id."""
        team, channel = names.team_of(place.native_id), names.slack_id(place.native_id)
        rest = list(parts)
        if instead_of is not None and instead_of.place.kind is PlaceKind.DIRECT:
            channel = names.slack_id(instead_of.place.native_id)
            if await self._messages.replace(team, channel, instead_of.native_id, rest[0]):
                del rest[0]
        for part in rest:
            channel, _ = await self._messages.post(team, channel, part)
        return channel

    async def _show(
        self,
        actor: AccountRef,
        place: PlaceRef,
        ticket: str | None,
        parts: Sequence[Rendered],
        *,
        replace: bool,
    ) -> str | None:
        """Show it to one person; gives the id of their own conversation if some of it went there.

        Once a way has ended, what is left takes the next one.
        """
        rest = list(parts)
        if ticket is not None:
            while rest and await self._messages.show_by_ticket(ticket, rest[0], replace=replace):
                del rest[0]
                replace = False
        else:
            rest = await self._show_without_ticket(actor, place, rest)
        if not rest:
            return None
        return await self._say(
            names.direct(names.team_of(place.native_id), names.slack_id(actor.native_id)),
            rest,
            None,
        )

    async def _show_without_ticket(
        self, actor: AccountRef, place: PlaceRef, rest: list[Rendered]
    ) -> list[Rendered]:
        """Show what can be shown in the channel; gives what could not."""
        team, user = names.team_of(place.native_id), names.slack_id(actor.native_id)
        channel = await self._conversations.posting(place)
        while rest:
            try:
                await self._messages.show(team, channel, user, rest[0])
            except ChatRefusedError:
                # one of them is not in the channel, or the channel is gone
                break
            rest = rest[1:]
        return rest
