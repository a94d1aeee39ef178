"""Port `Chat` over Discord's API."""

from collections import OrderedDict
from datetime import datetime, timedelta

import discord

from adapters.discord import names, render, rooms
from adapters.discord.answers import Answers
from adapters.discord.calls import Calls
from adapters.discord.conversations import Conversations
from adapters.discord.messages import Messages
from adapters.discord.people import People
from adapters.discord.refusals import DiscordRefusedError, as_unsent
from adapters.discord.rooms import Rooms
from adapters.discord.text import one_line, plain, readable
from adapters.discord.tickets import Acknowledgements, Ticket
from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import Person
from bot.chat.outgoing import Message, Text
from bot.domain.delivery import Reason
from bot.ports.chat import ChatError, Pace
from bot.ports.clock import Clock
from bot.ports.installations import Installations, Waits

BETWEEN = timedelta(seconds=1)
"""Discord takes about five messages in five seconds in one channel."""

PER_MINUTE = 1400
"""Discord takes fifty calls a second of one bot, and a post under which a thread opens is two."""

_MOST_BEGUN = 1000


class DiscordChat:
    """Discord, as the core and the courier see it.

    A message that is too long for Discord is sent in parts, one after another, each marked with the
    delivery's id and its own number. It counts as sent once its last part is out: that is the one
    that `send` gives and `find` looks for. Every part carries a nonce of its own, so that within
    some minutes a repetition gives the first one back, whichever process repeats it.
    """

    def __init__(
        self,
        client: discord.Client,
        records: Installations,
        waits: Waits,
        clock: Clock,
        *,
        people: People | None = None,
        acknowledgements: Acknowledgements | None = None,
        per_minute: float = PER_MINUTE,
        room_name: str = "Cairn",
    ) -> None:
        """Speak through this client, as soon as it is logged in.

        `people` and `acknowledgements` are shared with the front door of the same process.
        """
        self.people = people or People()
        self.calls = Calls(client, waits, clock)
        self._pace = Pace(BETWEEN, per_minute, whole_platform=True)
        self._messages = Messages(self.calls)
        self._conversations = Conversations(self.calls)
        self._rooms = Rooms(self.calls, records, clock, room_name)
        self._answers = Answers(
            self._messages, self._conversations, acknowledgements or Acknowledgements(), clock
        )
        self._begun: OrderedDict[int, int] = OrderedDict()

    @property
    def platform(self) -> str:
        """The platform's name."""
        return names.PLATFORM

    @property
    def pace(self) -> Pace:
        """One message a second to a place, and so many a minute of the whole bot."""
        return self._pace

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        """Post it; what comes before the first post can't leave a message in doubt."""
        room = rooms.room_of(place)
        mentioned = room.people if room else ()
        parts = render.marked(render.to_message(message, self.people.name, mentioned), delivery_id)
        channel = await self._posting(place, room)
        sent = 0
        for number in range(self._begun.pop(delivery_id, 0) + 1, len(parts) + 1):
            try:
                sent = await self._messages.post(
                    channel, parts[number - 1], f"{delivery_id}.{number}"
                )
            except ChatError as error:
                self._remember(delivery_id, number - 1)
                await self._rooms.forget(place, error)
                raise
        if place.kind is PlaceKind.CHANNEL:
            await self._messages.open_thread(channel, sent, self._thread_name(message))
        return MessageRef(_posted(place, channel), str(sent))

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        """Read the conversation back."""
        if rooms.room_of(place) is None:
            channel = _channel(place)
        else:
            known = await self._rooms.known(place)
            if known is None:
                return None
            channel = known
        found = await self._messages.find(channel, delivery_id, since)
        if found is None:
            return None
        if place.kind is PlaceKind.CHANNEL and not found.flags.has_thread:
            # whoever posted it did not get that far
            name = one_line(plain(found.content).partition("\n")[0])
            await self._messages.open_thread(channel, found.id, name)
        return MessageRef(_posted(place, channel), str(found.id))

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
        parts = render.to_message(message, self.people.name)
        taken = Ticket.read(ticket) if ticket is not None else None
        await self._answers.answer(actor, place, taken, parts, instead_of)

    async def show_home(
        self, actor: AccountRef, community: CommunityRef | None, message: Message
    ) -> None:
        """Discord has no such page."""

    async def person(self, actor: Person, community: CommunityRef | None) -> Person:
        """Someone's name, where the event did not tell it."""
        if not actor.name:
            user = await self.calls.make(
                lambda: self.calls.client.fetch_user(names.snowflake(actor.account.native_id))
            )
            actor = Person(actor.account, user.display_name, actor.zone, actor.locale)
        self.people.seen(actor)
        return actor

    def room(
        self,
        people: tuple[AccountRef, ...],
        community: CommunityRef | None,
        under: PlaceRef | None,
    ) -> PlaceRef | None:
        """A private thread under the channel that was chosen."""
        return rooms.address(people, community, under)

    async def open_direct(self, actor: AccountRef, community: CommunityRef | None) -> PlaceRef:
        """Someone's own conversation, by its own id."""
        return await self._conversations.open(actor)

    async def _posting(self, place: PlaceRef, room: rooms.Room | None) -> int:
        if room is None:
            return _channel(place)
        try:
            return await self._rooms.thread(place, room)
        except ChatError as error:
            raise as_unsent(error) from error

    def _thread_name(self, message: Message) -> str:
        texts = (block.text for block in message.blocks if isinstance(block, Text))
        return one_line(readable(next(texts, ""), self.people.name))

    def _remember(self, delivery_id: int, parts_out: int) -> None:
        if parts_out:
            self._begun[delivery_id] = parts_out
        while len(self._begun) > _MOST_BEGUN:
            self._begun.popitem(last=False)


def _channel(place: PlaceRef) -> int:
    try:
        return names.snowflake(place.native_id)
    except ValueError as error:
        raise DiscordRefusedError(Reason.PLACE_GONE, 0, closes_place=True) from error


def _posted(place: PlaceRef, channel: int) -> PlaceRef:
    return PlaceRef(place.platform, str(channel), place.kind, place.community)
