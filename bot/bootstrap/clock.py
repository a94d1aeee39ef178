"""Time: by the machine's clock, or shifted for a rehearsal."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

_LOOKS_EVERY = 1.0
"""Seconds."""

_log = structlog.get_logger(__name__)


class SystemClock:
    """Port `Clock` by the machine's clock."""

    def now(self) -> datetime:
        """The time now."""
        return datetime.now(UTC)


class RehearsalClock:
    """Port `Clock` that is ahead of the machine's by what a file says, in seconds.

    The file is read every second, so that whoever rehearses can let days pass. One that can't be
    read leaves the clock as far ahead as it was.
    """

    def __init__(self, path: Path) -> None:
        """Read the file for the first time."""
        self._path = path
        self._offset = timedelta()
        self._read_at = float("-inf")
        self._is_readable = True
        self.offset()

    def now(self) -> datetime:
        """The time now."""
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        """How far ahead the clock is."""
        now = time.monotonic()
        if now - self._read_at >= _LOOKS_EVERY:
            self._read_at = now
            self._read()
        return self._offset

    def _read(self) -> None:
        try:
            seconds = float(self._path.read_text(encoding="ascii"))
            self._offset = timedelta(seconds=seconds)
            self._is_readable = True
        except (OSError, ValueError, OverflowError) as error:
            if self._is_readable:
                _log.warning("clock_offset_unreadable", error=type(error).__name__)
            self._is_readable = False


def clock_of(offset_file: Path | None) -> SystemClock | RehearsalClock:
    """The machine's clock, or with a file the one for rehearsals."""
    return SystemClock() if offset_file is None else RehearsalClock(offset_file)
