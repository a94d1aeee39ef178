"""What a change of zone or hour means for questions that came already."""

from datetime import date, datetime, timedelta

from sqlalchemy import String, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.tables import delivery, membership, send_group
from bot.domain.delivery import DeliveryState

_REMEMBERED = timedelta(days=3)
_NEVER_CAME = (DeliveryState.SKIPPED.value, DeliveryState.FAILED.value)


class DeliveryMoving:
    """Members who go from one send group to another."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def last_asked(self, membership_id: int, now: datetime) -> datetime | None:
        """Lock the group against its planner, which holds that lock for every slice; then look."""
        of_member = membership.c.id == membership_id
        group = select(membership.c.group_id).where(of_member).scalar_subquery()
        await self._connection.execute(
            select(send_group.c.id).where(send_group.c.id == group).with_for_update(read=True)
        )
        place_id = select(membership.c.direct_place_id).where(of_member).scalar_subquery()
        query = select(func.max(func.coalesce(delivery.c.sent_at, delivery.c.due_at))).where(
            delivery.c.place_id == place_id,
            delivery.c.day >= (now - _REMEMBERED).date(),
            delivery.c.due_at <= now,
            delivery.c.state.not_in(_NEVER_CAME),
        )
        found: datetime | None = (await self._connection.execute(query)).scalar()
        return found

    async def free_days(self, place_id: int, since: date, now: datetime) -> None:
        """Take the day from rows, and put their number into their slot."""
        await self._connection.execute(
            update(delivery)
            .where(
                delivery.c.place_id == place_id, delivery.c.day >= since, delivery.c.due_at <= now
            )
            .values(day=None, slot=delivery.c.slot + "@" + cast(delivery.c.id, String))
        )
