"""Notices: what members hear in their own conversation besides their questions."""

from datetime import datetime
from uuid import uuid4

from bot.domain.delivery import DeliveryKind, Notice
from bot.domain.membership import Membership
from bot.ports.deliveries import NewDelivery
from bot.ports.storage import UnitOfWork


async def tell_id(
    work: UnitOfWork, membership_id: int, notice: Notice, about: int, at: datetime
) -> None:
    """Tell the member with this number, as `tell` does."""
    await tell(work, await work.memberships.get(membership_id), notice, about, at)


async def tell(
    work: UnitOfWork,
    member: Membership,
    notice: Notice,
    about: int,
    at: datetime,
    *,
    kind: DeliveryKind = DeliveryKind.NOTICE,
    slot: str | None = None,
) -> None:
    """Tell a member something at `at`; who has no conversation with Cairn hears nothing.

    With a slot it is told once, however often this is called.
    """
    if member.direct_place_id is None:
        return
    await work.deliveries.add(
        NewDelivery(
            programme_id=member.programme_id,
            place_id=member.direct_place_id,
            kind=kind,
            # the same may be told twice; it is written once, with the event that causes it
            slot=slot or uuid4().hex,
            due_at=at,
            membership_id=member.id,
            notice=notice,
            about=about,
        )
    )
