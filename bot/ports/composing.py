"""What deliveries say: the words, worked out just before they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.chat.outgoing import Message
from bot.ports.deliveries import Claimed, WasSkipped
from bot.ports.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery with its words, and the prompt that was chosen for it, maybe out of a queue."""

    delivery: Claimed
    prompt_id: int | None
    message: Message
    is_from_queue: bool = False


class Composer(Protocol):
    """Chooses prompts and writes messages."""

    async def prepare(
        self, work: UnitOfWork, claimed: Sequence[Claimed], now: datetime
    ) -> tuple[Prepared | WasSkipped, ...]:
        """Give every delivery its message, or the reason why it need not be sent any more.

        Only reads. No two of `claimed` are for one place. Raises whatever is wrong with any of
        them; then the caller asks again for each alone.
        """
        ...

    async def begun(self, work: UnitOfWork, prepared: Sequence[Prepared]) -> None:
        """Use up what was taken for these; they are sent once this is kept."""
        ...

    async def refused(self, work: UnitOfWork, delivery: Claimed, now: datetime) -> None:
        """Do what is left to do about a delivery that was refused for good, and not sent."""
        ...
