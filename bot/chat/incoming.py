"""What platforms tell the core: a closed set of events, and the questions that are answered now.

Text is plain: adapters undo the platform's own escaping, write a mention of a person as
`@native_id` and of a channel as `#native_id`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceRef


@dataclass(frozen=True, slots=True)
class Person:
    """Someone as the platform describes them at this moment.

    An empty `name` was not told; `zone` is an IANA name and `locale` a language tag such as `de`
    or `pt-BR`, where told. `runs_community` says that the platform lets them run the community: an
    admin or owner there.
    """

    account: AccountRef
    name: str = ""
    zone: str | None = None
    locale: str | None = None
    runs_community: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the platform told who it is."""
        return bool(self.account.native_id)


def untold(platform: str) -> Person:
    """The actor of an event that does not tell who did it: nobody that is known, ever."""
    return Person(AccountRef(platform, ""))


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with an event; adapters refuse more than `MAX_ATTACHMENT` bytes."""

    name: str
    content: bytes


MAX_ATTACHMENT = 5_000_000


@dataclass(frozen=True, slots=True)
class TargetMessage:
    """The message that a menu entry was chosen on."""

    message: MessageRef
    author: AccountRef
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has.

    `event_id` is the platform's own id and the same on every redelivery. `ticket` is the
    platform's short-lived means of answering in place, where there is one.
    """

    event_id: str
    at: datetime
    actor: Person
    place: PlaceRef
    community: CommunityRef | None = None
    ticket: str | None = None

    @property
    def platform(self) -> str:
        """The platform that the event came from."""
        return self.place.platform


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGiven(Event):
    """`/cairn words...`; a platform with typed options gives the name in `words`, the rest so."""

    kind: Literal["command"] = "command"
    words: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTaken(Event):
    """A button pressed, a select chosen, or a menu entry used on a message or a person.

    `message` is the one with the button, where only this person sees it.
    """

    kind: Literal["action"] = "action"
    name: str
    arguments: tuple[str, ...] = ()
    message: MessageRef | None = None
    target: TargetMessage | None = None
    target_person: AccountRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmitted(Event):
    """A form sent in; `name` and `hidden` are as the core gave them.

    An `unfinished` one is not to be taken: the form is wanted again, with these values in it.
    """

    kind: Literal["form"] = "form"
    name: str
    values: Mapping[str, str]
    hidden: Mapping[str, str] = field(default_factory=dict[str, str])
    attachment: Attachment | None = None
    unfinished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSaid(Event):
    """Something was said; `thread` is the message that it answers, where it answers one."""

    kind: Literal["said"] = "said"
    message: MessageRef
    text: str
    thread: MessageRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Event):
    """A message now reads `text`."""

    kind: Literal["edited"] = "edited"
    message: MessageRef
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Event):
    """A message is gone from the platform; `thread` is what it answered, where that is told.

    Where the platform doesn't tell whose it was, `actor` is `untold`.
    """

    kind: Literal["deleted"] = "deleted"
    message: MessageRef
    thread: MessageRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted(Event):
    """A reaction was added to a message, or taken back."""

    kind: Literal["reacted"] = "reacted"
    message: MessageRef
    name: str
    added: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen(Event):
    """Someone's profile is new or has changed; all of it is in `actor`."""

    kind: Literal["seen"] = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLeft(Event):
    """Someone left the community or was deactivated."""

    kind: Literal["left"] = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened(Event):
    """Someone opened Cairn's own page, where the platform has one."""

    kind: Literal["home"] = "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed(Event):
    """Cairn was added to a community; `actor` is who did it, or with `by_host` Cairn itself."""

    kind: Literal["installed"] = "installed"
    community_name: str
    by_host: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed(Event):
    """Cairn was removed from a community."""

    kind: Literal["removed"] = "removed"


Told = (
    CommandGiven
    | ActionTaken
    | FormSubmitted
    | MessageSaid
    | MessageEdited
    | MessageDeleted
    | Reacted
    | PersonSeen
    | PersonLeft
    | HomeOpened
    | Installed
    | Removed
)
"""Every event that goes through the inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionsAsked:
    """Someone is typing the value of an argument and wants to see what fits."""

    actor: Person
    community: CommunityRef | None
    command: str
    argument: str
    typed: str
