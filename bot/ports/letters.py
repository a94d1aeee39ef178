"""Letters between the two of a pair."""

from datetime import datetime
from typing import Protocol

from bot.domain.mentoring import Letter


class Letters(Protocol):
    """Letters, each its author's words: it is erased with them, and outlives the pair for them."""

    async def add(self, pair_id: int, author_id: int, text: str, at: datetime) -> int:
        """A new letter of this account; gives its number."""
        ...

    async def get(self, programme_id: int, letter_id: int) -> Letter | None:
        """One letter between a pair of this programme; None once the pair is erased."""
        ...

    async def of_author(self, author_id: int) -> tuple[Letter, ...]:
        """All letters that this account wrote, in the order in which they were written."""
        ...
