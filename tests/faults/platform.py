"""What a platform saw: the truth that a ledger is judged by.

It knows nothing of leases and states. A request that has left will be taken or not; whether its
sender lives to hear of it is another matter.
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.chat.identity import MessageRef, PlaceRef
from bot.chat.outgoing import Message
from bot.domain.delivery import Reason
from bot.ports.chat import ChatBusyError, ChatRefusedError, ChatUncertainError, Pace
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock

CALL_TIMEOUT = timedelta(seconds=10)


class Answer(Enum):
    """What becomes of a request."""

    SENT = auto()
    REFUSED = auto()
    CLOSED = auto()
    RATE_LIMITED = auto()
    ALL_RATE_LIMITED = auto()
    TIMED_OUT_AFTER_SENDING = auto()
    TIMED_OUT_BEFORE = auto()
    DROPPED_AFTER_SENDING = auto()
    DROPPED_BEFORE = auto()

    @property
    def is_taken(self) -> bool:
        return self in (
            Answer.SENT,
            Answer.TIMED_OUT_AFTER_SENDING,
            Answer.DROPPED_AFTER_SENDING,
        )


class Look(Enum):
    """What becomes of a look for a message."""

    ANSWERED = auto()
    RATE_LIMITED = auto()
    TIMED_OUT = auto()


@dataclass(frozen=True)
class Taken:
    """A message that the platform took, and when everybody can see it."""

    delivery_id: int
    ref: MessageRef
    at: datetime
    shows_at: datetime


class Platform:
    """One platform, whatever asks it."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.taken: list[Taken] = []
        self.about_to_leave: list[int] = []
        self.closed: set[PlaceRef] = set()
        self.answers: deque[tuple[Answer, timedelta]] = deque()
        self.looks: deque[Look] = deque()

    @property
    def copies(self) -> Counter[int]:
        """How many messages there are of each delivery."""
        return Counter(one.delivery_id for one in self.taken)

    def ask(self, place: PlaceRef, delivery_id: int) -> Answer:
        """A request leaves; what will be said of it."""
        answer, delay = self.answers.popleft() if self.answers else (Answer.SENT, timedelta())
        if answer is Answer.CLOSED:
            self.closed.add(place)
        if answer.is_taken:
            now = self.clock.now()
            ref = MessageRef(place, f"m{len(self.taken) + 1}")
            shows_at = now if answer is Answer.SENT else now + delay
            self.taken.append(Taken(delivery_id, ref, now, shows_at))
        return answer

    def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        """What everybody can see by now."""
        for one in self.taken:
            is_it = (one.ref.place, one.delivery_id) == (place, delivery_id)
            if is_it and one.at >= since and one.shows_at <= self.clock.now():
                return one.ref
        return None


class PlatformChat(FakeChat):
    """One process's line to the platform: `pause` is where it may stand still or die."""

    def __init__(
        self, platform: Platform, name: str, pace: Pace | None, pause: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(platform.clock, name, pace)
        self._at_the_platform = platform
        self._pause = pause

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        """The request leaves between two pauses; an answer that comes too late is not heard."""
        began = self._clock.now()
        self._at_the_platform.about_to_leave.append(delivery_id)
        await self._pause()
        answer = self._at_the_platform.ask(place, delivery_id)
        taken = self._at_the_platform.taken[-1] if answer.is_taken else None
        await self._pause()
        if abs(self._clock.now() - began) >= CALL_TIMEOUT:
            raise TimeoutError
        match answer:
            case Answer.REFUSED:
                raise ChatRefusedError(Reason.REFUSED, "no")
            case Answer.CLOSED:
                raise ChatRefusedError(Reason.UNREACHABLE, "closed", closes_place=True)
            case Answer.RATE_LIMITED:
                raise ChatBusyError(timedelta(seconds=20))
            case Answer.ALL_RATE_LIMITED:
                raise ChatBusyError(timedelta(seconds=40), whole_community=True)
            case Answer.TIMED_OUT_AFTER_SENDING | Answer.TIMED_OUT_BEFORE:
                raise TimeoutError
            case Answer.DROPPED_AFTER_SENDING | Answer.DROPPED_BEFORE:
                raise ChatUncertainError("the line dropped")
            case Answer.SENT:
                assert taken is not None
                return taken.ref

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        await self._pause()
        look = self._at_the_platform.looks.popleft() if self._at_the_platform.looks else None
        found = self._at_the_platform.find(place, delivery_id, since)
        await self._pause()
        match look:
            case Look.RATE_LIMITED:
                raise ChatBusyError(timedelta(seconds=20))
            case Look.TIMED_OUT:
                raise TimeoutError
            case _:
                return found
