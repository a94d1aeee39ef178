"""Reflections: what people answered, in their own words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OPEN_FOR = timedelta(hours=48)
"""How long a prompt in a direct conversation takes typed answers, unless a newer one comes."""

ONE_REFLECTION = timedelta(minutes=10)
"""Messages less than this apart are one reflection."""

DRAFT_FOR = timedelta(days=1)
"""How long words that nobody asked for wait to be kept."""

MAX_TEXT = 4000
"""The most characters in one form field or command argument."""


class Via(StrEnum):
    """How an answer came."""

    FORM = "form"
    DIRECT = "direct"
    THREAD = "thread"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a reflection: a message, or all of a form."""

    id: int
    text: str
    said_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """One answer of one author; `kept` is False while Cairn has only asked whether to keep it."""

    id: int
    author_id: int
    via: Via
    written_at: datetime
    parts: tuple[Part, ...]
    delivery_id: int | None = None
    prompt_id: int | None = None
    kept: bool = True
    edited_at: datetime | None = None

    @property
    def text(self) -> str:
        """All parts, in the order in which they were said, a line each."""
        return "\n".join(part.text for part in self.parts)
