"""What the console remembers: people, places and messages, rebuilt from its log."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from adapters.console.journal import (
    CairnSaid,
    ClockMoved,
    EventTaken,
    EventTold,
    FieldFilled,
    FormLeft,
    FormOpened,
    OpeningReached,
    PersonCame,
    Record,
    WaitBegun,
    Went,
)
from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import (
    FormSubmitted,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Person,
    Told,
)
from bot.chat.outgoing import Form, Message

PLATFORM = "console"
COMMUNITY = CommunityRef(PLATFORM, "demo")
FIRST_MOMENT = datetime(2026, 2, 27, 15, 0, tzinfo=UTC)
FIRST_PERSON = "ben"
EVENT_PREFIX = "console-"


def account(name: str) -> AccountRef:
    """The person with this name."""
    return AccountRef(PLATFORM, name)


def channel(name: str) -> PlaceRef:
    """The channel with this name, which is written without its #."""
    return PlaceRef(PLATFORM, name, PlaceKind.CHANNEL, COMMUNITY.native_id)


def direct(name: str) -> PlaceRef:
    """A person's own conversation with Cairn."""
    return PlaceRef(PLATFORM, f"dm:{name}", PlaceKind.DIRECT, COMMUNITY.native_id)


def place_name(place: PlaceRef) -> str:
    """A place as it is written on the screen: `#team` or `dm ben`."""
    if place.kind is PlaceKind.DIRECT:
        return f"dm {place.native_id.removeprefix('dm:')}"
    return f"#{place.native_id}"


TEAM = channel("team")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message that stands in a place: a person's `text`, or Cairn's `message`."""

    ref: MessageRef
    at: datetime
    author: str | None = None
    text: str = ""
    thread: MessageRef | None = None
    message: Message | None = None
    delivery_id: int | None = None
    private_to: str | None = None
    asked_in: PlaceRef | None = None
    files: tuple[str, ...] = ()


@dataclass(slots=True)
class OpenForm:
    """A form before a person, and what they have filled in so far."""

    form: Form
    filled: dict[str, str] = field(default_factory=dict[str, str])

    def values(self) -> dict[str, str]:
        """A value for each field: what was filled in, else what stood there."""
        return {f.name: self.filled.get(f.name, f.initial) for f in self.form.fields}


@dataclass(slots=True)
class Memory:
    """The state of the platform; it changes only by `apply`.

    `until` is where the last wait ends, and `typed` the last line that made an event.
    """

    now: datetime = FIRST_MOMENT
    until: datetime = FIRST_MOMENT
    who: str = FIRST_PERSON
    where: PlaceRef = TEAM
    people: dict[str, str | None] = field(default_factory=dict[str, str | None])
    channels: set[str] = field(default_factory=lambda: {TEAM.native_id})
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    forms: dict[str, OpenForm] = field(default_factory=dict[str, OpenForm])
    pending: dict[str, Told] = field(default_factory=dict[str, Told])
    events: int = 0
    typed: str = ""
    messages: int = 0
    opening: OpeningReached = field(default_factory=lambda: OpeningReached(step=0, events=0))

    def person(self, name: str) -> Person:
        """A person as the platform describes them."""
        return Person(account(name), name, self.people.get(name))

    def has(self, place: PlaceRef) -> bool:
        """Whether this place exists."""
        if place.platform != PLATFORM:
            return False
        if place.kind is PlaceKind.CHANNEL:
            return place.native_id in self.channels
        is_direct = place.kind is PlaceKind.DIRECT and place.native_id.startswith("dm:")
        return is_direct and place.native_id.removeprefix("dm:") in self.people

    def next_event_id(self) -> str:
        """The id of what happens next."""
        return f"{EVENT_PREFIX}{self.events + 1}"

    def next_message_id(self) -> str:
        """The id of what is said next."""
        return f"m{self.messages + 1}"

    def standing_in(self, place: PlaceRef) -> list[Entry]:
        """The messages of a place, oldest first."""
        return [entry for entry in self.entries.values() if _same(entry.ref.place, place)]

    def latest_seen(self, name: str, place: PlaceRef) -> Iterator[Entry]:
        """What a person sees in a place, newest first: private answers of theirs too."""
        for entry in reversed(self.entries.values()):
            is_theirs = entry.private_to in (None, name)
            asked_here = entry.asked_in is not None and _same(entry.asked_in, place)
            if is_theirs and (asked_here or _same(entry.ref.place, place)):
                yield entry

    def delivered(self, place: PlaceRef, delivery_id: int, since: datetime) -> MessageRef | None:
        """The message in a place that carries this delivery."""
        for entry in self.entries.values():
            is_it = entry.delivery_id == delivery_id and _same(entry.ref.place, place)
            if is_it and entry.at >= since:
                return entry.ref
        return None

    def apply(self, record: Record) -> None:
        """Take in what happened."""
        match record:
            case EventTold(event=event, typed=typed):
                self.typed = typed
                self._told(event)
            case EventTaken(event_id=event_id):
                self.pending.pop(event_id, None)
            case CairnSaid():
                self._said(record)
            case ClockMoved(at=at):
                self.now = at
            case WaitBegun(until=until):
                self.until = until
            case PersonCame(name=name, zone=zone):
                self.people[name] = zone
            case Went(who=who, where=where):
                self._went(who, where)
            case FormOpened(who=who, form=form):
                self.forms[who] = OpenForm(form)
            case FieldFilled(who=who, name=name, value=value):
                if who in self.forms:
                    self.forms[who].filled[name] = value
            case FormLeft(who=who):
                self.forms.pop(who, None)
            case OpeningReached():
                self.opening = record

    def _told(self, event: Told) -> None:
        self.pending[event.event_id] = event
        self.events = int(event.event_id.removeprefix(EVENT_PREFIX))
        name = event.actor.account.native_id
        match event:
            case MessageSaid(message=ref, text=text, thread=thread):
                self.messages += 1
                entry = Entry(ref=ref, at=event.at, author=name, text=text, thread=thread)
                self.entries[ref.native_id] = entry
            case MessageEdited(message=ref, text=text) if ref.native_id in self.entries:
                self.entries[ref.native_id] = replace(self.entries[ref.native_id], text=text)
            case MessageDeleted(message=ref):
                self.entries.pop(ref.native_id, None)
            case FormSubmitted():
                self.forms.pop(name, None)
            case _:
                pass

    def _said(self, said: CairnSaid) -> None:
        self.messages += 1
        self.entries[said.id] = Entry(
            ref=MessageRef(said.place, said.id),
            at=said.at,
            message=said.message,
            delivery_id=said.delivery_id,
            private_to=said.private_to,
            asked_in=said.asked_in,
            files=said.files,
        )

    def _went(self, who: str, where: PlaceRef) -> None:
        self.who = who
        self.where = where
        if where.kind is PlaceKind.CHANNEL:
            self.channels.add(where.native_id)


def _same(one: PlaceRef, other: PlaceRef) -> bool:
    # A reference from elsewhere may leave the community out.
    return (one.kind, one.native_id) == (other.kind, other.native_id)
