"""The console's log: everything that happened there, one sealed line of JSON each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from io import FileIO
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from adapters.console import sentences
from bot.chat.identity import PlaceRef
from bot.chat.incoming import Told
from bot.chat.outgoing import Form, Message
from bot.domain.errors import CairnError
from bot.ports.cipher import Cipher, KeyMissingError


class JournalError(CairnError):
    """The log can't be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTold:
    """Someone did something by typing `typed`, and it is to be handed to the core."""

    event: Told
    typed: str = ""
    record: Literal["told"] = "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTaken:
    """The core has kept that event."""

    event_id: str
    record: Literal["taken"] = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class CairnSaid:
    """Cairn said something in `place`.

    A private answer has `private_to`, and `asked_in` for where the person was. `files` are the
    lines that say where files went; their content is not in the log.
    """

    id: str
    at: datetime
    place: PlaceRef
    message: Message
    delivery_id: int | None = None
    private_to: str | None = None
    asked_in: PlaceRef | None = None
    files: tuple[str, ...] = ()
    record: Literal["said"] = "said"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMoved:
    """It is `at` now."""

    at: datetime
    record: Literal["clock"] = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitBegun:
    """Time is to pass until `until`."""

    until: datetime
    record: Literal["wait"] = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCame:
    """Someone new is here; `zone` is an IANA name."""

    name: str
    zone: str | None = None
    record: Literal["person"] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """The person at the keyboard is `who` now, in `where`."""

    who: str
    where: PlaceRef
    record: Literal["went"] = "went"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOpened:
    """`who` has this form before them."""

    who: str
    form: Form
    record: Literal["form"] = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFilled:
    """`who` filled in a field of their form."""

    who: str
    name: str
    value: str
    record: Literal["filled"] = "filled"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLeft:
    """`who` has no form any more."""

    who: str
    record: Literal["left"] = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningReached:
    """The opening is at `step`, after `events` events; `step` is None when it is over."""

    step: int | None
    events: int
    record: Literal["opening"] = "opening"


Record = (
    EventTold
    | EventTaken
    | CairnSaid
    | ClockMoved
    | WaitBegun
    | PersonCame
    | Went
    | FormOpened
    | FieldFilled
    | FormLeft
    | OpeningReached
)


@cache
def _records() -> TypeAdapter[Record]:
    config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    return TypeAdapter(Annotated[Record, Field(discriminator="record")], config=config)


def to_json(record: Record) -> bytes:
    """A record as JSON."""
    return _records().dump_json(record)


def from_json(told: bytes) -> Record:
    """The record that JSON tells of, its times in UTC. Raises ValidationError."""
    record = _records().validate_json(told)
    match record:
        case EventTold(event=event):
            return replace(record, event=replace(event, at=event.at.astimezone(UTC)))
        case CairnSaid(at=at) | ClockMoved(at=at):
            return replace(record, at=at.astimezone(UTC))
        case WaitBegun(until=until):
            return WaitBegun(until=until.astimezone(UTC))
    return record


class Journal:
    """The log's file, each line sealed; without a path nothing is kept."""

    def __init__(self, path: Path | None, cipher: Cipher) -> None:
        """Open the file for this process alone. Raises JournalError."""
        self._path = path
        self._cipher = cipher
        self._file: FileIO | None = None
        self._has_failed = False
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._file = FileIO(path, "r+")
        except OSError as error:
            problem = error.strerror or str(error)
            raise JournalError(sentences.log_unusable(str(path), problem)) from error
        try:
            _lock(self._file)
        except JournalError:
            self.close()
            raise

    def read(self) -> Iterator[Record]:
        """All records, oldest first; a last line that was cut is dropped. Raises JournalError."""
        if self._file is None:
            return
        lines = self._file.readall().splitlines(keepends=True)
        kept = 0
        for number, line in enumerate(lines, start=1):
            try:
                record = self._opened(line)
            except (KeyMissingError, ValidationError) as error:
                if number == len(lines) > 1 or not line.endswith(b"\n"):
                    break
                tell = sentences.log_unreadable if number > 1 else sentences.log_sealed_otherwise
                raise JournalError(tell(str(self._path), number)) from error
            kept += len(line)
            yield record
        self._cut(kept)

    def append(self, record: Record) -> None:
        """Write a record down before anything follows from it. Raises JournalError."""
        if self._file is None:
            return
        if self._has_failed:
            raise JournalError(sentences.NOT_LOGGED)
        line = memoryview(self._cipher.seal(to_json(record)) + b"\n")
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            # A part of the line may stand there; nothing may follow it, so that it stays the last.
            self._has_failed = True
            raise JournalError(sentences.NOT_LOGGED) from error

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self, line: bytes) -> Record:
        return from_json(self._cipher.unseal(line if line.endswith(b"\n") else b""))

    def _cut(self, size: int) -> None:
        if self._file is not None:
            self._file.truncate(size)
            self._file.seek(size)


def _lock(file: FileIO) -> None:
    try:
        import fcntl
    except ImportError:  # Windows has none; there, two demos on one folder are not noticed.
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise JournalError(sentences.LOG_IN_USE) from error
