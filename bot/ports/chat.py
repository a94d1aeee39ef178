"""A platform that people talk on.

ChatError
├── ChatBusyError        the platform asks to wait; nothing was sent
├── ChatRefusedError     it will not take this, now or later; nothing was sent
└── ChatUncertainError   no answer; it may or may not have been sent
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceRef
from bot.chat.incoming import Person
from bot.chat.outgoing import Message
from bot.domain.delivery import Reason
from bot.domain.errors import CairnError


class ChatError(CairnError):
    """A platform did not take a message."""


class ChatBusyError(ChatError):
    """Wait `retry_after`, and with the place all of its community, or all of the platform."""

    def __init__(
        self,
        retry_after: timedelta,
        *,
        whole_community: bool = False,
        whole_platform: bool = False,
    ) -> None:
        super().__init__(f"asked to wait {retry_after.total_seconds():g} s")
        self.retry_after = retry_after
        self.whole_community = whole_community
        self.whole_platform = whole_platform


class ChatRefusedError(ChatError):
    """A refusal for good; `closes_place` says that nothing more can be sent to that place."""

    def __init__(self, reason: Reason, detail: str, *, closes_place: bool = False) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.closes_place = closes_place


class ChatUncertainError(ChatError):
    """The line dropped or timed out: look before sending again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a platform may be sent to.

    `between` lies between two messages to one place. One community takes `per_minute`, or with
    `whole_platform` all communities, and the places outside of any, take so many together.
    """

    between: timedelta
    per_minute: float
    whole_platform: bool = False

    @property
    def at_once(self) -> int:
        """How many may be sent in one go: about a second's worth."""
        return max(1, math.ceil(self.per_minute / 60))

    def lasts(self, messages: int) -> timedelta:
        """How long so many messages take."""
        return timedelta(minutes=messages / self.per_minute)


class Chat(Protocol):
    """One platform, as the core and the courier see it."""

    @property
    def platform(self) -> str:
        """The platform's name, as in every reference."""
        ...

    @property
    def pace(self) -> Pace | None:
        """How fast it may be sent to; None if it sets no limits."""
        ...

    async def send(self, place: PlaceRef, message: Message, delivery_id: int) -> MessageRef:
        """Send a message that carries `delivery_id`, once; never retries by itself.

        Raises `ChatError`.
        """
        ...

    async def find(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        """Look among what was sent to `place` since then for the message with `delivery_id`.

        Raises `ChatError` when it can't look.
        """
        ...

    async def answer(
        self,
        actor: AccountRef,
        place: PlaceRef,
        ticket: str | None,
        message: Message,
        *,
        instead_of: MessageRef | None = None,
    ) -> None:
        """Answer one person who did something in `place`, so that nobody else there sees it.

        Uses the ticket while it lives, then a direct message. `instead_of` is a message to that
        person which the answer replaces, where the platform can do that. Raises `ChatError`.
        """
        ...

    async def show_home(
        self, actor: AccountRef, community: CommunityRef | None, message: Message
    ) -> None:
        """Show a person Cairn's own page, where the platform has one. Raises `ChatError`."""
        ...

    async def person(self, actor: Person, community: CommunityRef | None) -> Person:
        """All that the platform tells of someone, who is known by what an event said of them.

        Raises `ChatError`.
        """
        ...

    def room(
        self,
        people: tuple[AccountRef, ...],
        community: CommunityRef | None,
        under: PlaceRef | None,
    ) -> PlaceRef | None:
        """Where these people and Cairn can talk together; None if the platform has no such place.

        `under` is the channel that the community has chosen for such rooms, where it has chosen
        one; a platform whose rooms lie under no channel makes no use of it. The room is opened when
        the first message is sent there.
        """
        ...

    async def open_direct(self, actor: AccountRef, community: CommunityRef | None) -> PlaceRef:
        """The person's own conversation with Cairn, opened if it is not open yet.

        Raises `ChatError`.
        """
        ...
