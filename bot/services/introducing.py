"""Introductions: where the two of a new pair hear of each other."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from bot.chat.identity import AccountRef, PlaceRef
from bot.domain.delivery import DeliveryKind, Notice
from bot.domain.membership import Membership
from bot.ports.deliveries import Claimed, NewDelivery
from bot.ports.storage import UnitOfWork
from bot.services.telling import tell


async def introduce(
    work: UnitOfWork,
    pair_id: int,
    pair: tuple[Membership, Membership],
    now: datetime,
    room_for: Callable[[tuple[AccountRef, ...]], PlaceRef | None],
) -> None:
    """Introduce the two of a pair: in their room if there is one for them, or else each apart.

    Who is on two platforms has no room in common.
    """
    people = [await work.accounts.origin(member.account_id) for member in pair]
    share_a_platform = len({one.platform for one in people}) == 1
    room = room_for(tuple(people)) if share_a_platform else None
    if room is None:
        await _introduce_apart(work, pair_id, pair, now)
        return
    await work.deliveries.add(
        NewDelivery(
            programme_id=pair[0].programme_id,
            place_id=await work.places.ensure(room),
            kind=DeliveryKind.INTRODUCTION,
            slot=uuid4().hex,
            due_at=now,
            notice=Notice.PAIR_INTRODUCED,
            about=pair_id,
        )
    )


async def _introduce_apart(
    work: UnitOfWork,
    pair_id: int,
    pair: tuple[Membership, Membership],
    now: datetime,
    slot: str | None = None,
) -> None:
    for member in pair:
        await tell(
            work,
            member,
            Notice.PAIR_INTRODUCED,
            pair_id,
            now,
            kind=DeliveryKind.INTRODUCTION,
            slot=slot,
        )


async def room_refused(work: UnitOfWork, introduction: Claimed, now: datetime) -> None:
    """Introduce a pair, each in their own conversation, whose room could not be made."""
    pair = None
    if introduction.about is not None:
        pair = await work.mentoring.pair(introduction.programme_id, introduction.about)
    if pair is not None:
        both = [await work.memberships.get(number) for number in (pair.mentor_id, pair.mentee_id)]
        slot = f"instead:{introduction.id}"
        await _introduce_apart(work, pair.id, (both[0], both[1]), now, slot)
