"""A platform that remembers what was sent, and fails as it is told."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.outgoing import Message
from bot.ports.chat import ChatError, ChatUncertainError
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


class FakeChat:
    """A `Chat` in memory. `raise_next`, `drop_next` and `find_fails` are said before the call."""

    def __init__(self, clock: Clock, platform: str = "fake") -> None:
        self.sent: list[Sent] = []
        self.answers: list[Answered] = []
        self.calls: list[int] = []
        self.looks: list[int] = []
        self.find_fails: ChatError | None = None
        self._clock = clock
        self._platform = platform
        self._failures: deque[ChatError | None] = deque()

    @property
    def platform(self) -> str:
        return self._platform

    def raise_next(self, *errors: ChatError) -> None:
        """The next calls raise these, one each, and take nothing."""
        self._failures.extend(errors)

    def drop_next(self) -> None:
        """The next message is taken, and then the line drops."""
        self._failures.append(None)

    def texts(self, place: PlaceRef) -> list[str]:
        """Everything sent to a place, as plain text."""
        return [one.message.plain() for one in self.sent if one.ref.place == place]

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        self.calls.append(delivery_id)
        drops = self._fail()
        ref = MessageRef(place, f"m{len(self.sent) + 1}")
        self.sent.append(Sent(ref, message, delivery_id, self._clock.now()))
        if drops:
            message_lost = "the line dropped"
            raise ChatUncertainError(message_lost)
        return ref

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        self.looks.append(delivery_id)
        if self.find_fails is not None:
            raise self.find_fails
        for one in self.sent:
            if one.ref.place == place and one.delivery_id == delivery_id and one.at >= since:
                return one.ref
        return None

    async def answer(
        self, actor: AccountRef, place: PlaceRef, ticket: str | None, message: Message
    ) -> None:
        drops = self._fail()
        self.answers.append(Answered(actor, place, ticket, message))
        if drops:
            answer_lost = "the line dropped"
            raise ChatUncertainError(answer_lost)

    async def open_direct(self, actor: AccountRef, community: CommunityRef | None) -> PlaceRef:
        self._fail()
        where = None if community is None else community.native_id
        return PlaceRef(self._platform, f"direct-{actor.native_id}", PlaceKind.DIRECT, where)

    def _fail(self) -> bool:
        """Raise what was said to be raised next; True if the line is to drop instead."""
        if not self._failures:
            return False
        failure = self._failures.popleft()
        if failure is not None:
            raise failure
        return True
