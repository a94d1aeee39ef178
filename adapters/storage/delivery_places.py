"""Places of deliveries, locked before the deliveries themselves.

Closing a place changes deliveries that other replicas hold. Where everybody locks places first,
in order of their numbers, nobody waits in a circle.
"""

from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.dialect import is_among
from adapters.storage.tables import delivery, place


async def lock_places(
    connection: AsyncConnection, delivery_ids: Sequence[int]
) -> Sequence[Row[int, int, int | None, str, str]]:
    """Lock the places of deliveries; rows with their community, seen prompts and platform."""
    query = (
        select(
            delivery.c.id,
            delivery.c.place_id,
            delivery.c.community_id,
            place.c.seen_prompts,
            place.c.platform,
        )
        .join_from(delivery, place, place.c.id == delivery.c.place_id)
        .where(is_among(connection, delivery.c.id, delivery_ids))
        .order_by(place.c.id)
        .with_for_update(of=place, key_share=True)
    )
    return (await connection.execute(query)).all()
