"""Messages that say nothing but a number."""

from collections.abc import Sequence
from datetime import datetime

from bot.chat.outgoing import Message, Text
from bot.domain.delivery import Reason
from bot.ports.composing import Prepared
from bot.ports.deliveries import Claimed, WasSkipped
from bot.ports.storage import UnitOfWork


class FakeComposer:
    """A `Composer` whose messages say their delivery's number.

    It fails for deliveries in `broken`, skips those in `settled`, and chooses `prompts` by
    delivery. `asked` has every delivery that it was given, `refusals` those that were refused.
    """

    def __init__(self) -> None:
        self.broken: set[int] = set()
        self.settled: set[int] = set()
        self.prompts: dict[int, int] = {}
        self.asked: list[int] = []
        self.refusals: list[int] = []

    async def prepare(
        self, work: UnitOfWork, claimed: Sequence[Claimed], now: datetime
    ) -> tuple[Prepared | WasSkipped, ...]:
        self.asked.extend(each.id for each in claimed)
        if self.broken & {each.id for each in claimed}:
            message = "secret words"
            raise ArithmeticError(message)
        return tuple(
            WasSkipped(each.id, Reason.SETTLED)
            if each.id in self.settled
            else Prepared(each, self.prompts.get(each.id), Message((Text(f"number {each.id}"),)))
            for each in claimed
        )

    async def begun(self, work: UnitOfWork, prepared: Sequence[Prepared]) -> None:
        """Nothing was taken."""

    async def refused(self, work: UnitOfWork, delivery: Claimed, now: datetime) -> None:
        self.refusals.append(delivery.id)
