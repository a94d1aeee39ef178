"""Questions that wait behind later ones, after an outage."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.dialect import is_among
from adapters.storage.tables import delivery, membership, schedule, send_group
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

    async def overtaken(self, ids: Sequence[int], now: datetime) -> Mapping[int, bool]:
        """Select those with a later row for their place, or with one that may still be written.

        In one statement: between two a planner could write the row and be done.
        """
        is_overtaken = _has_later()
        query = select(delivery.c.id, is_overtaken).where(
            is_among(self._connection, delivery.c.id, ids),
            delivery.c.kind.in_(_PROMPTS),
            delivery.c.slot.like(_OF_SCHEDULE),
            or_(is_overtaken, _is_being_planned(now)),
        )
        return {row[0]: bool(row[1]) for row in await self._connection.execute(query)}


def _has_later() -> ColumnElement[bool]:
    later = delivery.alias()
    return exists().where(
        later.c.place_id == delivery.c.place_id,
        later.c.due_at > delivery.c.due_at,
        later.c.kind.in_(_PROMPTS),
        later.c.slot.like(_OF_SCHEDULE),
        later.c.state.not_in(_NEVER_COMES),
    )


def _is_being_planned(now: datetime) -> ColumnElement[bool]:
    """A group that is due asks the delivery's place, as a channel or as somebody's own."""
    # the groups of a paused schedule have no next time
    return or_(
        exists().where(
            schedule.c.place_id == delivery.c.place_id,
            send_group.c.schedule_id == schedule.c.id,
            send_group.c.next_at <= now,
        ),
        exists().where(
            membership.c.direct_place_id == delivery.c.place_id,
            send_group.c.id == membership.c.group_id,
            send_group.c.next_at <= now,
        ),
    )
