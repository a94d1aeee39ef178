"""Questions that wait behind later ones, after an outage."""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.dialect import is_among
from adapters.storage.tables import delivery
from bot.domain.delivery import DeliveryKind, DeliveryState

_OF_SCHEDULE = "____-__-__T__:__%"
"""A slot with a wall time; what somebody asked for has another one."""

_PROMPTS = tuple(kind.value for kind in DeliveryKind if kind.is_prompt)
_NEVER_COMES = (DeliveryState.SKIPPED.value, DeliveryState.FAILED.value)


class DeliveryCatchingUp:
    """What need not be sent any more because something newer is."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def overtaken(self, ids: Sequence[int]) -> frozenset[int]:
        """Select those with a later row for their place."""
        later = delivery.alias()
        query = select(delivery.c.id).where(
            is_among(self._connection, delivery.c.id, ids),
            delivery.c.kind.in_(_PROMPTS),
            delivery.c.slot.like(_OF_SCHEDULE),
            exists().where(
                later.c.place_id == delivery.c.place_id,
                later.c.due_at > delivery.c.due_at,
                later.c.kind.in_(_PROMPTS),
                later.c.slot.like(_OF_SCHEDULE),
                later.c.state.not_in(_NEVER_COMES),
            ),
        )
        return frozenset((await self._connection.execute(query)).scalars())
