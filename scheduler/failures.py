"""What may be logged of a failure: its kind and where it happened, never its words."""

import traceback
from collections.abc import Iterator
from pathlib import PurePath

DEEPEST = 12
"""Frames, counted from where it happened."""


def outline(error: BaseException) -> dict[str, str]:
    """The fields `error` (kinds, the latest first) and `at` (file:line function, deepest first).

    An exception's own text is left out: a library may have put somebody's words into it.
    """
    frames = reversed(traceback.extract_tb(error.__traceback__)[-DEEPEST:])
    return {
        "error": " from ".join(type(each).__qualname__ for each in _chain(error)),
        "at": " < ".join(
            f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames
        ),
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _short(filename: str) -> str:
    return "/".join(PurePath(filename).parts[-2:])
