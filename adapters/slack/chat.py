"""Port `Chat` over Slack's Web API."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from adapters.slack import names
from adapters.slack.answers import Answers
from adapters.slack.calls import Calls
from adapters.slack.conversations import Conversations
from adapters.slack.files import FileNotTakenError, Files, uploads
from adapters.slack.messages import Messages, metadata
from adapters.slack.modal import to_modal
from adapters.slack.profiles import Profiles
from adapters.slack.refusals import SlackRefusedError, as_unsent
from adapters.slack.render import Rendered, to_home, to_message
from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import Attachment, Person
from bot.chat.outgoing import Form, Message, Text
from bot.domain.failures import outline
from bot.ports.chat import ChatError, Pace
from bot.ports.clock import Clock

BETWEEN = timedelta(seconds=1)
"""Slack takes about one message a second in one conversation."""

MOST_IN_ROOM = 8
"""People beside Cairn in a group conversation."""

_MOST_BEGUN = 1000

_log = structlog.get_logger(__name__)


class SlackChat:
    """Slack, as the core and the courier see it.

    A message that is too long for Slack is sent in parts, one after another, each marked with the
    delivery's id and its own number. It counts as sent once its last part is out: that is the
    one that `send` gives and `find` looks for. When a call fails between two parts, this process
    goes on with the missing ones at the next try; another process begins again.
    """

    def __init__(self, calls: Calls, clock: Clock, *, per_minute: float = 200) -> None:
        """Speak through these calls, `per_minute` times to one workspace."""
        self.calls = calls
        self.profiles = Profiles(calls, clock)
        self._pace = Pace(BETWEEN, per_minute)
        self._messages = Messages(calls)
        self._files = Files(calls)
        self._conversations = Conversations(calls)
        self._answers = Answers(
            self._messages, self._files, self._conversations, self.profiles.name
        )
        self._begun: OrderedDict[int, int] = OrderedDict()
        self._saying: set[asyncio.Task[None]] = set()

    @property
    def platform(self) -> str:
        """The platform's name."""
        return names.PLATFORM

    @property
    def pace(self) -> Pace:
        """One message a second to a conversation, several hundred a minute to a workspace."""
        return self._pace

    async def close(self) -> None:
        """Let go of the connections."""
        for saying in self._saying:
            saying.cancel()
        await asyncio.gather(*self._saying, return_exceptions=True)
        await self.calls.web.close()

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        """Post it; what comes before the first post can't leave a message in doubt."""
        team = names.team_of(place.native_id)
        parts = to_message(message, self.profiles.name)
        found = uploads(message)
        try:
            staged = await self._files.stage(team, found) if found else ()
            channel = await self._conversations.posting(place)
        except ChatError as error:
            raise as_unsent(error) from error
        out = self._begun.pop(delivery_id, 0)
        for number in range(out + 1, len(parts) + 1):
            marked = metadata(delivery_id, number, len(parts))
            try:
                channel, ts = await self._post(place, channel, parts[number - 1], marked)
            except ChatError:
                self._remember(delivery_id, number - 1)
                raise
        await self._files.share(team, channel, staged)
        return MessageRef(names.place(team, channel, place.kind), ts)

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        """Read the conversation back."""
        team = names.team_of(place.native_id)
        channel = await self._conversations.reading(place)
        ts = await self._messages.find(team, channel, delivery_id, since)
        if ts is None:
            return None
        return MessageRef(names.place(team, channel, place.kind), ts)

    async def answer(
        self,
        actor: AccountRef,
        place: PlaceRef,
        ticket: str | None,
        message: Message,
        *,
        instead_of: MessageRef | None = None,
    ) -> None:
        """Answer one person."""
        await self._answers.answer(actor, place, ticket, message, instead_of)

    async def show_home(
        self, actor: AccountRef, community: CommunityRef | None, message: Message
    ) -> None:
        """Publish someone's Home tab."""
        team, user = _team(actor, community), names.slack_id(actor.native_id)
        view = to_home(message, self.profiles.name)
        await self.calls.send_json(team, "views.publish", user_id=user, view=view)

    async def person(self, actor: Person, community: CommunityRef | None) -> Person:
        """Someone's profile."""
        return await self.profiles.ask(actor.account)

    def room(
        self,
        people: tuple[AccountRef, ...],
        community: CommunityRef | None,
        under: PlaceRef | None,
    ) -> PlaceRef | None:
        """A group conversation, for two to eight people of one workspace, under no channel."""
        users = {names.slack_id(one.native_id) for one in people if one.platform == names.PLATFORM}
        teams = {names.team_of(one.native_id) for one in people}
        if not 2 <= len(users) == len(people) <= MOST_IN_ROOM or len(teams) != 1:
            return None
        (team,) = teams
        if community is not None and community != names.community(team):
            return None
        return names.room(team, users)

    async def open_direct(self, actor: AccountRef, community: CommunityRef | None) -> PlaceRef:
        """Someone's own conversation, by its own id."""
        team = _team(actor, community)
        channel = await self._conversations.open(team, names.slack_id(actor.native_id))
        return names.place(team, channel, PlaceKind.DIRECT)

    async def open_form(
        self,
        community: CommunityRef | None,
        trigger: str,
        form: Form,
        place: PlaceRef,
        ticket: str | None,
    ) -> None:
        """Open a form within the three seconds that a trigger lives.

        Raises `ChatError`, and ValueError for a form that no modal can hold.
        """
        team = community.native_id if community else names.team_of(place.native_id)
        view = to_modal(form, place, ticket, self.profiles.name)
        await self.calls.send_json(team, "views.open", trigger_id=trigger, view=view)

    async def download(
        self, community: CommunityRef | None, file: tuple[str, str, int]
    ) -> Attachment:
        """A file that came with a form, by its name, address and size in bytes.

        Raises `ChatError`, of which `FileNotTakenError`.
        """
        if community is None:
            raise FileNotTakenError("of_no_workspace")
        return await self._files.download(community.native_id, *file)

    def say_soon(self, ticket: str, sentence: str) -> None:
        """Show one sentence to a ticket's owner, beside what goes on; a failure is only logged."""
        saying = asyncio.create_task(self._say(ticket, sentence), name="say-soon")
        self._saying.add(saying)
        saying.add_done_callback(self._saying.discard)

    async def _say(self, ticket: str, sentence: str) -> None:
        (part,) = to_message(Message((Text(sentence),)), self.profiles.name)
        try:
            await self._messages.show_by_ticket(ticket, part, replace=False)
        except ChatError as error:
            _log.warning("sentence_not_shown", **outline(error))

    async def _post(
        self, place: PlaceRef, channel: str, part: Rendered, marked: Mapping[str, Any]
    ) -> tuple[str, str]:
        """Post a part; a refusal because Cairn is not in a public channel is mended by joining."""
        team = names.team_of(place.native_id)
        try:
            return await self._messages.post(team, channel, part, marked)
        except SlackRefusedError as error:
            if error.code != "not_in_channel":
                raise
            refused = error
        try:
            has_joined = await self._conversations.join(place)
        except ChatError as error:
            raise as_unsent(error) from error
        if not has_joined:
            raise refused
        return await self._messages.post(team, channel, part, marked)

    def _remember(self, delivery_id: int, parts_out: int) -> None:
        if parts_out:
            self._begun[delivery_id] = parts_out
        while len(self._begun) > _MOST_BEGUN:
            self._begun.popitem(last=False)


def _team(actor: AccountRef, community: CommunityRef | None) -> str:
    return community.native_id if community else names.team_of(actor.native_id)
