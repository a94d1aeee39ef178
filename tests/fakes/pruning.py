"""Old rows of the other fakes, deleted as a database would."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from bot.domain.delivery import DeliveryState
from tests.fakes.deliveries import InMemoryDeliveries
from tests.fakes.deliveries import Row as Delivery
from tests.fakes.inbox import InMemoryHandled
from tests.fakes.inbox import Row as Event
from tests.fakes.reflections import InMemoryReflections
from tests.fakes.rows import Rows

R = TypeVar("R")

_CLOSED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED)


class InMemoryPruning:
    """`Pruning` on the rows of other fakes."""

    def __init__(
        self,
        inbox: InMemoryHandled,
        deliveries: InMemoryDeliveries,
        reflections: InMemoryReflections,
    ) -> None:
        self._inbox = inbox
        self._deliveries = deliveries
        self._reflections = reflections

    async def events(self, after: int, before: datetime, limit: int) -> int | None:
        def is_old(row: Event) -> bool:
            return row.content is None and row.received_at < before

        rows = self._inbox.rows
        reached = _pruned(rows, after, limit, is_old, lambda row: row.received_at < before)
        self._inbox.known &= {row.key for row in rows.values()}
        return reached

    async def deliveries(self, after: int, before: datetime, limit: int) -> int | None:
        answered = {one.delivery_id for one in self._reflections.rows.values()}
        answered |= self._reflections.reacted_to()

        def is_old(row: Delivery) -> bool:
            return (
                row.state in _CLOSED
                and row.act_at < before
                and not row.other_replies
                and not row.other_reactions
                and row.id not in answered
            )

        rows = self._deliveries.rows
        return _pruned(rows, after, limit, is_old, lambda row: row.new.due_at < before)


def _pruned(
    rows: Rows[R],
    after: int,
    limit: int,
    is_old: Callable[[R], bool],
    was_before: Callable[[R], bool],
) -> int | None:
    looked_at: Mapping[int, R] = {number: rows[number] for number in sorted(rows) if number > after}
    looked_at = dict(list(looked_at.items())[:limit])
    for number, row in looked_at.items():
        if is_old(row):
            del rows[number]
    if len(looked_at) < limit or not was_before(list(looked_at.values())[-1]):
        return None
    return max(looked_at)
