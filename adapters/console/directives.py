"""One typed line, read into what it asks the console to do."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from adapters.console import sentences

LONGEST_LINE = 50_000
LONGEST_WAIT = timedelta(days=400)
DEFAULT_HISTORY = 10


@dataclass(frozen=True, slots=True)
class Say:
    """Said where the person is."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """`/cairn words`."""

    words: str


@dataclass(frozen=True, slots=True)
class As:
    """Be someone else."""

    name: str


@dataclass(frozen=True, slots=True)
class In:
    """Go to a channel, named without its #."""

    channel: str


@dataclass(frozen=True, slots=True)
class Dm:
    """Go to the own conversation."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press the button with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Fill:
    """Fill in a field."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Submit:
    """Send the form in."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer in the last prompt's thread."""

    text: str


@dataclass(frozen=True, slots=True)
class React:
    """React to the last prompt, or to the last message of somebody else."""

    name: str


@dataclass(frozen=True, slots=True)
class Menu:
    """Use a message's menu."""

    name: str


@dataclass(frozen=True, slots=True)
class Attach:
    """Put a file with the next command or form."""

    path: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Change the own last message."""

    text: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Take the own last message back."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass: for a while, or until a moment in UTC."""

    length: timedelta | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Show the last messages again."""

    messages: int = DEFAULT_HISTORY


@dataclass(frozen=True, slots=True)
class Help:
    """List the directives."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Nothing that can be done; `reason` is a sentence that says why."""

    reason: str


Directive = (
    Say | Command | As | In | Dm | Press | Fill | Submit | Reply | React | Menu | Attach
    | Edit | Delete | Wait | History | Help | Quit | Unreadable
)  # fmt: skip

_WORD = re.compile(r":([a-z]+)(.*)", re.DOTALL | re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[a-z0-9_.-]{1,32}")
_CHANNEL = re.compile(r"[a-z0-9_-]{1,80}")
_NUMBER = re.compile(r"[0-9]{1,4}")
_FIELD = re.compile(r"([^=\s]+)\s*=\s*(.*)", re.DOTALL)
_UNTIL = re.compile(r"until ([0-9]{4}-[0-9]{2}-[0-9]{2})[ t]([0-9]{2}:[0-9]{2})")
_SPAN = r"([0-9]{1,6})\s*(m|h|d|w|min|minutes?|hours?|days?|weeks?)"
_SPANS = re.compile(rf"(?:{_SPAN}\s*){{1,4}}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read(line: str) -> Directive:
    """What a line asks for; never raises, whatever was typed."""
    if len(line) > LONGEST_LINE:
        return Unreadable(sentences.TOO_LONG)
    line = _storable(line)
    if line.startswith("/"):
        return _command(line)
    found = _WORD.fullmatch(line.rstrip())
    # `:tada: we did it` is something to say.
    if found is None or (found[2].startswith(":") and found[1].lower() not in READERS):
        return Say(line.strip())
    return _directive(found[1].lower(), found[2])


def _storable(line: str) -> str:
    # No database and no UTF-8 takes these; other control characters are kept as they were typed.
    return re.sub("[\x00\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", line.rstrip("\r\n"))


def _command(line: str) -> Directive:
    name, *words = line.split(maxsplit=1)
    if name.lower() != "/cairn":
        return Unreadable(sentences.ONLY_CAIRN)
    return Command(words[0].strip() if words else "")


def _directive(word: str, rest: str) -> Directive:
    reader = READERS.get(word)
    if reader is None or (rest and not rest[0].isspace()):
        near = get_close_matches(word, READERS, n=1, cutoff=0.0)
        return Unreadable(sentences.unknown_directive(word, near[0] if near else "help"))
    return reader(rest.strip())


def _as(rest: str) -> Directive:
    name = rest.removeprefix("@").lower()
    return As(name) if _NAME.fullmatch(name) else Unreadable(sentences.BAD_NAME)


def _in(rest: str) -> Directive:
    name = rest.removeprefix("#").lower()
    return In(name) if _CHANNEL.fullmatch(name) else Unreadable(sentences.BAD_CHANNEL)


def _press(rest: str) -> Directive:
    found = _NUMBER.fullmatch(rest.strip("[]"))
    return Press(int(found[0])) if found else Unreadable(sentences.BAD_PRESS)


def _fill(rest: str) -> Directive:
    found = _FIELD.fullmatch(rest)
    return Fill(found[1], found[2]) if found else Unreadable(sentences.BAD_FILL)


def _react(rest: str) -> Directive:
    name = rest.strip(":")
    is_name = 0 < len(name) <= 100 and len(name.split()) == 1
    return React(name) if is_name else Unreadable(sentences.BAD_REACT)


def _menu(rest: str) -> Directive:
    name = "_".join(rest.lower().split())
    return Menu(name) if 0 < len(name) <= 100 else Unreadable(sentences.BAD_MENU)


def _wait(rest: str) -> Directive:
    rest = " ".join(rest.lower().split())
    try:
        if found := _UNTIL.fullmatch(rest):
            return Wait(until=datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC))
    except ValueError:
        return Unreadable(sentences.BAD_WAIT)
    if not _SPANS.fullmatch(rest):
        return Unreadable(sentences.BAD_WAIT)
    spans = [timedelta(**{_UNITS[unit[0]]: int(n)}) for n, unit in re.findall(_SPAN, rest)]
    length = sum(spans, timedelta())
    return Wait(length=length) if length <= LONGEST_WAIT else Unreadable(sentences.WAIT_TOO_LONG)


def _history(rest: str) -> Directive:
    if not rest:
        return History()
    found = _NUMBER.fullmatch(rest)
    is_number = found is not None and 0 < int(rest) <= 1000
    return History(int(rest)) if is_number else Unreadable(sentences.BAD_HISTORY)


def _with_text(make: Callable[[str], Directive], reason: str) -> Callable[[str], Directive]:
    return lambda rest: make(rest) if rest else Unreadable(reason)


READERS: Mapping[str, Callable[[str], Directive]] = {
    "as": _as,
    "in": _in,
    "dm": lambda rest: Unreadable(sentences.DM_ALONE) if rest else Dm(),
    "press": _press,
    "fill": _fill,
    "submit": lambda _rest: Submit(),
    "reply": _with_text(Reply, sentences.BAD_REPLY),
    "react": _react,
    "menu": _menu,
    "attach": _with_text(Attach, sentences.BAD_ATTACH),
    "edit": _with_text(Edit, sentences.BAD_EDIT),
    "delete": lambda _rest: Delete(),
    "wait": _wait,
    "history": _history,
    "help": lambda _rest: Help(),
    "quit": lambda _rest: Quit(),
}
"""Every directive by its word, with what reads the rest of its line."""
