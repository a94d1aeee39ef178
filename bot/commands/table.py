"""What a command is, and what its handler is called with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from bot.chat.identity import PlaceRef
from bot.chat.incoming import Event, TargetMessage
from bot.chat.outgoing import Message, Moment
from bot.chat.wording import Wording
from bot.commands.arguments import Argument, Arguments
from bot.domain.errors import UserError
from bot.domain.membership import Account, Membership, Programme
from bot.domain.wall_time import zone_names
from bot.ports.calendar import Calendar
from bot.ports.chat import Chat
from bot.ports.storage import UnitOfWork


class Audience(Enum):
    """Who may use a command."""

    ANYONE = auto()
    MEMBER = auto()
    COORDINATOR = auto()


class FormRule(Enum):
    """When a command opens a form instead of running."""

    NEVER = auto()
    WHEN_MISSING = auto()
    WHEN_EMPTY = auto()


class Scope(Enum):
    """What a command needs to know of the programme where an event names no community."""

    PROGRAMME = auto()
    """One programme: the person's only one, or the one they choose."""

    EACH = auto()
    """It is done in each of the person's programmes."""

    OWN = auto()
    """None: it is about what belongs to the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The person behind an event, as far as Cairn knows them in this programme.

    `also` are memberships that are meant beside it; `choices` those of which they have to choose.
    """

    account: Account | None = None
    programme: Programme | None = None
    membership: Membership | None = None
    also: tuple[Membership, ...] = ()
    choices: tuple[Membership, ...] = ()

    @property
    def zone(self) -> str | None:
        """Where their clock stands: their own setting, else what the platform told."""
        if self.membership and self.membership.settings:
            return self.membership.settings.zone
        told = self.account.zone if self.account else None
        return told if told in zone_names() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of a command or a button, inside one unit of work.

    `direct` is the person's own conversation, there when the command opens it; `chat` the platform
    that the event came from.
    """

    work: UnitOfWork
    event: Event
    who: Who
    now: datetime
    say: Wording
    calendar: Calendar
    chat: Chat
    args: Arguments = field(default_factory=lambda: Arguments({}))
    direct: PlaceRef | None = None
    target: TargetMessage | None = None

    @property
    def member(self) -> Membership:
        """The person's membership, there for every command that only members may use."""
        if self.who.membership is None:
            raise UserError("who.not_joined")
        return self.who.membership

    @property
    def members(self) -> tuple[Membership, ...]:
        """Every membership that is meant, the one of `member` first."""
        return (self.member, *self.who.also)

    @property
    def programme(self) -> Programme:
        """The programme that the event belongs to."""
        if self.who.programme is None:
            raise UserError("who.no_programme")
        return self.who.programme

    @property
    def author(self) -> int:
        """The account that owns what the person writes."""
        return self.member.account_id

    @property
    def zone(self) -> str:
        """The zone to tell times in."""
        return self.who.zone or "UTC"

    def moment(self, at: datetime) -> Moment:
        """A moment in the words that the person's own clock gives it."""
        return Moment(self.say.moment(at, self.zone), at)


Handler = Callable[[Call], Awaitable[Message | None]]
Prefill = Callable[[Call], Awaitable[Mapping[str, str]]]
Intro = Callable[[Call], Awaitable[str]]
Check = Callable[[Call], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command, declared once: every platform's form of it and its help are made from this.

    Sentences: `command.NAME.help`, and `command.NAME.intro` above its form unless `intro` gives
    it. `prefill` gives a form's first values, with a short read; `check` raises UserError where
    filling it in would be in vain.
    """

    name: str
    handler: Handler
    audience: Audience = Audience.MEMBER
    arguments: tuple[Argument, ...] = ()
    form: FormRule = FormRule.WHEN_MISSING
    prefill: Prefill | None = None
    intro: Intro | None = None
    opens_direct: bool = False
    scope: Scope = Scope.PROGRAMME
    check: Check | None = None

    def usage(self) -> str:
        """The right form, such as `/cairn mentor request mentor=@name [note=...]`."""
        shown = [_usage(argument) for argument in self.arguments if not argument.hidden]
        return " ".join(["/cairn", self.name, *shown])

    def wants_form(self, written: Mapping[str, str]) -> bool:
        """Whether these written arguments leave something to be asked in a form."""
        match self.form:
            case FormRule.NEVER:
                return False
            case FormRule.WHEN_EMPTY:
                return not written
            case FormRule.WHEN_MISSING:
                return any(argument.is_missing(written) for argument in self.arguments)


def _usage(argument: Argument) -> str:
    shown = "TEXT" if argument.name == "text" else f"{argument.name}=..."
    return shown if argument.required else f"[{shown}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button or menu entry that is no command; `parameters` name its arguments, in order.

    It opens the form of the command `opens`, the arguments going in as hidden ones, or runs
    `handler`. Used on somebody else's message, it opens the form of `of_others`, with only a link
    to the message going in; used on a person, that person is the argument `of_person`. With
    `replaces`, the answer stands in place of the message that had the button: there is nothing
    left to press.
    """

    name: str
    parameters: tuple[Argument, ...] = ()
    audience: Audience = Audience.MEMBER
    handler: Handler | None = None
    opens: str | None = None
    of_others: str | None = None
    of_person: str | None = None
    scope: Scope = Scope.PROGRAMME
    replaces: bool = False
