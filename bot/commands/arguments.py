"""The types of arguments, and what people write read into them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from babel import Locale, UnknownLocaleError

from bot.chat.identity import AccountRef, PlaceKind, PlaceRef
from bot.chat.incoming import Attachment
from bot.domain.dates import read_date, read_duration
from bot.domain.errors import UserError
from bot.domain.reading import QuietHours, Weekdays, read_days, read_quiet, read_time
from bot.domain.reflection import MAX_TEXT
from bot.domain.wall_time import find_zone

T = TypeVar("T")

MAX_NAME = 200
"""The most characters of a value that is not free text."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What reading a value may depend on; `today` is the person's own date."""

    platform: str
    community: str | None
    today: date


class Kind(StrEnum):
    """What an argument is."""

    TEXT = "text"
    WORDS = "words"
    NUMBER = "number"
    HORIZON = "horizon"
    CHOICE = "choice"
    ZONE = "zone"
    TIME = "time"
    DAYS = "days"
    QUIET = "quiet"
    DATE = "date"
    DURATION = "duration"
    PERSON = "person"
    CHANNEL = "channel"
    LIST = "list"
    PEOPLE = "people"
    PARTNER = "partner"
    FILE = "file"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a command, declared once for every platform.

    A `hidden` one comes only with a button or a form. `unless` names hidden ones that take its
    place, `required_with` hidden ones that make it required. One that is `named` is only taken as
    `name=value`; one with `rest` takes all words that are left, as free text always does.
    `lowest` and `highest` bound a number; a horizon is the number of years that a vision is for.
    """

    name: str
    kind: Kind
    required: bool = False
    hidden: bool = False
    named: bool = False
    rest: bool = False
    in_form: bool = True
    unless: tuple[str, ...] = ()
    required_with: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    lowest: int = 1
    highest: int = 2**53 - 1

    def is_asked(self, written: Mapping[str, str]) -> bool:
        """Whether a person is asked for it, given what is written already."""
        return not self.hidden and not any(name in written for name in self.unless)

    def is_missing(self, written: Mapping[str, str]) -> bool:
        """Whether it is needed and not there."""
        needed = self.required or any(name in written for name in self.required_with)
        return needed and self.is_asked(written) and not written.get(self.name, "").strip()

    @property
    def takes_rest(self) -> bool:
        """Whether it takes all words that are left."""
        return self.kind is Kind.TEXT or self.rest

    @property
    def max_length(self) -> int:
        """The most characters that it may have."""
        return MAX_TEXT if self.kind is Kind.TEXT else MAX_NAME

    def read(self, written: str, around: Surroundings) -> object:
        """The value that was meant. Raises UserError with the right form."""
        written = written.strip()
        if len(written) > self.max_length:
            raise UserError(
                "argument.too_long",
                argument=self.name,
                length=len(written),
                limit=self.max_length,
            )
        return _READERS[self.kind](self, written, around)


def _read_number(argument: Argument, written: str, _around: Surroundings) -> int:
    number = int(written) if written.isascii() and written.isdecimal() else None
    if number is None or not argument.lowest <= number <= argument.highest:
        raise UserError(
            "argument.not_a_number",
            argument=argument.name,
            value=written,
            lowest=argument.lowest,
            highest=argument.highest,
        )
    return number


def _read_choice(argument: Argument, written: str, _around: Surroundings) -> str:
    choice = written.lower().replace(" ", "-")
    for option in argument.choices:
        if choice in (option, option.replace("_", "-")):
            return option
    raise UserError(
        "argument.not_a_choice",
        argument=argument.name,
        value=written,
        choices=", ".join(argument.choices),
    )


def _read_person(argument: Argument, written: str, around: Surroundings) -> AccountRef:
    if not written.startswith("@") or len(written) == 1:
        raise UserError("argument.not_a_person", argument=argument.name, value=written)
    return AccountRef(around.platform, written[1:])


def _read_channel(argument: Argument, written: str, around: Surroundings) -> PlaceRef:
    if not written.startswith("#") or len(written) == 1:
        raise UserError("argument.not_a_channel", argument=argument.name, value=written)
    return PlaceRef(around.platform, written[1:], PlaceKind.CHANNEL, around.community)


def _read_people(argument: Argument, written: str, around: Surroundings) -> tuple[AccountRef, ...]:
    return tuple(
        _read_person(argument, f"@{name.removeprefix('@')}", around)
        for name in _read_list(argument, written, around)
    )


def _read_partner(argument: Argument, written: str, _around: Surroundings) -> str:
    # a partner may be on another platform, so this is a name more often than an account here
    if not written.removeprefix("@") or not (written.startswith("@") or written.isdecimal()):
        raise UserError("argument.not_a_person", argument=argument.name, value=written)
    return written.removeprefix("@")


def _read_language(argument: Argument, written: str, _around: Surroundings) -> str:
    try:
        return str(Locale.parse(written.replace("-", "_")).language)
    except (ValueError, UnknownLocaleError) as error:
        raise UserError("language.unknown", language=written) from error


def _read_list(argument: Argument, written: str, _around: Surroundings) -> tuple[str, ...]:
    items = dict.fromkeys(" ".join(item.split()) for item in written.split(","))
    items.pop("", None)
    if not items:
        raise UserError("argument.missing", argument=argument.name)
    return tuple(items)


_READERS: Mapping[Kind, Callable[[Argument, str, Surroundings], object]] = {
    Kind.TEXT: lambda _argument, written, _around: written,
    Kind.FILE: lambda _argument, written, _around: written,
    Kind.WORDS: lambda _argument, written, _around: " ".join(written.split()),
    Kind.NUMBER: _read_number,
    Kind.HORIZON: _read_number,
    Kind.CHOICE: _read_choice,
    Kind.ZONE: lambda _argument, written, _around: find_zone(written).key,
    Kind.TIME: lambda _argument, written, _around: read_time(written),
    Kind.DAYS: lambda _argument, written, _around: read_days(written),
    Kind.QUIET: lambda _argument, written, _around: read_quiet(written),
    Kind.DATE: lambda _argument, written, around: read_date(written, around.today),
    Kind.DURATION: lambda _argument, written, _around: read_duration(written),
    Kind.PERSON: _read_person,
    Kind.CHANNEL: _read_channel,
    Kind.LIST: _read_list,
    Kind.PEOPLE: _read_people,
    Kind.PARTNER: _read_partner,
    Kind.LANGUAGE: _read_language,
}


@dataclass(frozen=True, slots=True)
class Arguments:
    """The values of one call, each read into its type; a missing one is None."""

    values: Mapping[str, object]
    attachment: Attachment | None = None

    def text(self, name: str) -> str:
        """A text that is there, because it is required."""
        return _expect(str, self.values[name])

    def maybe_text(self, name: str) -> str | None:
        """A text, a choice or the name of a zone."""
        return _maybe(str, self.values.get(name))

    def number(self, name: str) -> int:
        """A number that is there, because it is required."""
        return _expect(int, self.values[name])

    def maybe_number(self, name: str) -> int | None:
        """A number, or a time as minutes from midnight."""
        return _maybe(int, self.values.get(name))

    def maybe_days(self, name: str) -> Weekdays | None:
        """Days of the week."""
        return _maybe(Weekdays, self.values.get(name))

    def maybe_quiet(self, name: str) -> QuietHours | None:
        """Quiet hours."""
        return _maybe(QuietHours, self.values.get(name))

    def maybe_date(self, name: str) -> date | None:
        """A date."""
        return _maybe(date, self.values.get(name))

    def maybe_duration(self, name: str) -> timedelta | None:
        """A length of time."""
        return _maybe(timedelta, self.values.get(name))

    def maybe_person(self, name: str) -> AccountRef | None:
        """Someone on the platform that the call came from."""
        return _maybe(AccountRef, self.values.get(name))

    def place(self, name: str) -> PlaceRef:
        """A channel that is there, because it is required."""
        return _expect(PlaceRef, self.values[name])

    def maybe_place(self, name: str) -> PlaceRef | None:
        """A channel."""
        return _maybe(PlaceRef, self.values.get(name))

    def people(self, name: str) -> tuple[AccountRef, ...]:
        """Several people on the platform that the call came from; none if nobody was named."""
        return _maybe(tuple, self.values.get(name)) or ()

    def listed(self, name: str) -> tuple[str, ...]:
        """Several words or phrases; none if nothing was said."""
        return _maybe(tuple, self.values.get(name)) or ()


def _expect(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        message = f"expected {kind.__name__}, not {type(value).__name__}"
        raise TypeError(message)
    return value


def _maybe(kind: type[T], value: object) -> T | None:
    return None if value is None else _expect(kind, value)


def local_today(now: datetime, zone: str | None) -> date:
    """The date that a person's calendar shows; UTC's if their zone is not known."""
    return now.astimezone(find_zone(zone or "UTC")).date()
