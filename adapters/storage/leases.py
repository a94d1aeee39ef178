"""Leases that a process which was killed left behind, where no other process can hold any."""

from datetime import datetime

from sqlalchemy import update

from adapters.storage.database import Database
from adapters.storage.delivery_states import is_under_way_as
from adapters.storage.inbox import is_open
from adapters.storage.tables import delivery, inbox
from bot.domain.delivery import DeliveryState


async def end_leases(database: Database, now: datetime) -> None:
    """Let all that was being worked on when the last process ended be worked on at once.

    What was being sent is looked for first. Only for a database that one process at a time uses:
    a lease that runs is how processes keep out of each other's way.
    """
    async with database.writing() as connection:
        await connection.execute(
            update(inbox)
            .where(is_open(inbox), inbox.c.owner.is_not(None))
            .values(owner=None, act_at=now)
        )
        await connection.execute(
            update(delivery)
            .where(is_under_way_as(DeliveryState.LEASED))
            .values(state=DeliveryState.DUE.value, owner=None, act_at=delivery.c.due_at)
        )
        for state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
            await connection.execute(
                update(delivery)
                .where(is_under_way_as(state))
                .values(state=DeliveryState.UNKNOWN.value, owner=None, act_at=now)
            )
