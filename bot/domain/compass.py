"""A person's own compass: why they do it, where they want to be, what they have built."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Why:
    """Someone's reason; an older one has the moment at which it was replaced."""

    id: int
    text: str
    written_at: datetime
    replaced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vision:
    """Where someone wants to be in `years` years; older versions stay."""

    id: int
    years: int
    text: str
    written_at: datetime
    replaced_at: datetime | None = None


class StoneKind(StrEnum):
    """What a stepping stone gave."""

    SKILL = "skill"
    CONNECTION = "connection"
    KNOWLEDGE = "knowledge"
    PROOF = "proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stone:
    """A stepping stone: the author's own words, or a reflection that they pinned.

    `link` names a message of somebody else that it is about; that message's text is never kept.
    """

    id: int
    kind: StoneKind
    text: str
    laid_at: datetime
    reflection_id: int | None = None
    vision_id: int | None = None
    link: str | None = None
