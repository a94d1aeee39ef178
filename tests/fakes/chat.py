"""A platform that remembers what was sent, and fails as it is told."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import Person
from bot.chat.outgoing import Message
from bot.ports.chat import ChatError, ChatUncertainError, Pace
from bot.ports.clock import Clock


@dataclass(frozen=True)
class Sent:
    """A message that the platform took."""

    ref: MessageRef
    message: Message
    delivery_id: int
    at: datetime


@dataclass(frozen=True)
class Answered:
    """An answer that one person saw."""

    actor: AccountRef
    place: PlaceRef
    ticket: str | None
    message: Message
    instead_of: MessageRef | None = None


Reaction = Callable[[int], Awaitable[None]]
"""What happens in a call, by the number of its delivery."""


def raising(error: BaseException) -> Reaction:
    """A reaction that raises the same every time."""

    async def react(_delivery_id: int) -> None:
        raise error

    return react


async def hanging(_delivery_id: int) -> None:
    """A reaction that never comes to an end."""
    await asyncio.Event().wait()


class FakeChat:
    """A `Chat` in memory, whose failures are said before the call.

    `raise_next` is for the calls that come next, whatever they are for. Reactions are for single
    deliveries, by number: `before` the message is taken, `after` it was, and `on_find`. With
    `has_rooms` pairs get a room anywhere, with `has_threads` one under the channel chosen.
    """

    def __init__(self, clock: Clock, platform: str = "fake", pace: Pace | None = None) -> None:
        self.pace = pace
        self.homes: dict[AccountRef, Message] = {}
        self.people: dict[AccountRef, Person] = {}
        self.untold: set[AccountRef] = set()
        self.has_rooms = False
        self.has_threads = False
        self.sent: list[Sent] = []
        self.answers: list[Answered] = []
        self.calls: list[int] = []
        self.looks: list[tuple[int, datetime]] = []
        self.before: dict[int, Reaction] = {}
        self.after: dict[int, Reaction] = {}
        self.on_find: dict[int, Reaction] = {}
        self.most_at_once = 0
        self._at_once = 0
        self._clock = clock
        self._platform = platform
        self._failures: deque[ChatError] = deque()

    @property
    def platform(self) -> str:
        return self._platform

    def raise_next(self, *errors: ChatError) -> None:
        """The next calls raise these, one each, and take nothing."""
        self._failures.extend(errors)

    def texts(self, place: PlaceRef) -> list[str]:
        """Everything sent to a place, as plain text."""
        return [one.message.plain() for one in self.sent if one.ref.place == place]

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        self.calls.append(delivery_id)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0)
            self._fail()
            await _react(self.before, delivery_id)
            ref = MessageRef(place, f"m{len(self.sent) + 1}")
            self.sent.append(Sent(ref, message, delivery_id, self._clock.now()))
            await _react(self.after, delivery_id)
        finally:
            self._at_once -= 1
        return ref

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        self.looks.append((delivery_id, since))
        await _react(self.on_find, delivery_id)
        for one in self.sent:
            if one.ref.place == place and one.delivery_id == delivery_id and one.at >= since:
                return one.ref
        return None

    async def answer(
        self,
        actor: AccountRef,
        place: PlaceRef,
        ticket: str | None,
        message: Message,
        *,
        instead_of: MessageRef | None = None,
    ) -> None:
        self._fail()
        self.answers.append(Answered(actor, place, ticket, message, instead_of))

    async def show_home(
        self, actor: AccountRef, community: CommunityRef | None, message: Message
    ) -> None:
        self._fail()
        self.homes[actor] = message

    async def person(self, actor: Person, community: CommunityRef | None) -> Person:
        if actor.account in self.untold:
            raise ChatUncertainError("no answer")
        return self.people.get(actor.account, actor)

    def room(
        self,
        people: tuple[AccountRef, ...],
        community: CommunityRef | None,
        under: PlaceRef | None,
    ) -> PlaceRef | None:
        if community is None:
            return None
        name = "+".join(sorted(one.native_id for one in people))
        if self.has_threads and under is not None:
            name = f"{under.native_id}/{name}"
            return PlaceRef(self._platform, name, PlaceKind.THREAD, community.native_id)
        if self.has_rooms:
            return PlaceRef(self._platform, name, PlaceKind.GROUP, community.native_id)
        return None

    async def open_direct(self, actor: AccountRef, community: CommunityRef | None) -> PlaceRef:
        self._fail()
        where = None if community is None else community.native_id
        return PlaceRef(self._platform, f"direct-{actor.native_id}", PlaceKind.DIRECT, where)

    def _fail(self) -> None:
        """Raise what was said to be raised next."""
        if self._failures:
            raise self._failures.popleft()


async def _react(reactions: Mapping[int, Reaction], delivery_id: int) -> None:
    if delivery_id in reactions:
        await reactions[delivery_id](delivery_id)
