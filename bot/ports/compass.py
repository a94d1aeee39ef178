"""A person's whys, visions and stones. Every method names the author."""

from datetime import datetime
from typing import Protocol

from bot.domain.compass import Stone, StoneKind, Vision, Why


class Compass(Protocol):
    """The compass by author (an account's number)."""

    async def write_why(self, author_id: int, text: str, at: datetime) -> None:
        """A new why; the one before it is replaced."""
        ...

    async def whys(self, author_id: int) -> tuple[Why, ...]:
        """All whys, the oldest first."""
        ...

    async def write_vision(self, author_id: int, years: int, text: str, at: datetime) -> None:
        """A new version of the vision for this horizon."""
        ...

    async def visions(self, author_id: int) -> tuple[Vision, ...]:
        """All versions, by horizon and then the oldest first."""
        ...

    async def lay_stone(
        self,
        author_id: int,
        *,
        kind: StoneKind,
        at: datetime,
        text: str | None = None,
        reflection_id: int | None = None,
        vision_id: int | None = None,
        link: str | None = None,
    ) -> int:
        """A new stone of own words, or of a reflection (then its words are the reflection's).

        A reflection is pinned once: pinning it again changes the kind.
        """
        ...

    async def change_stone(self, author_id: int, stone_id: int, kind: StoneKind) -> bool:
        """Say what a stone of this author gave; False if there is no such stone."""
        ...

    async def stones(self, author_id: int) -> tuple[Stone, ...]:
        """All stones, in the order in which they were laid."""
        ...
