"""Letters: what the two of a pair write to each other where they have no room in common."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.delivery import Notice
from bot.domain.membership import Membership
from bot.domain.mentoring import Pair
from bot.ports.deliveries import Claimed
from bot.ports.storage import UnitOfWork
from bot.services.telling import tell


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter on its way; or, with `unreachable`, one that nothing was kept of."""

    partner: str
    unreachable: bool = False


async def send(
    work: UnitOfWork, member: Membership, pair: Pair, text: str, now: datetime
) -> Posted:
    """Send a letter to the partner's own conversation, as the author's words.

    A partner who can't be reached gets none: the author keeps it, to send it another time.
    """
    name = pair.partner_name(member.id)
    partner = await work.memberships.get(pair.partner_of(member.id))
    if partner.direct_place_id is None or partner.unreachable:
        return Posted(name, unreachable=True)
    letter_id = await work.letters.add(pair.id, member.account_id, text, now)
    await tell(work, partner, Notice.LETTER, letter_id, now)
    return Posted(name)


async def refused(work: UnitOfWork, delivery: Claimed, now: datetime) -> None:
    """Tell the author of a letter that it could not be delivered."""
    if delivery.about is None or delivery.membership_id is None:
        return
    letter = await work.letters.get(delivery.programme_id, delivery.about)
    pair_id = letter.pair_id if letter else None
    pair = await work.mentoring.pair(delivery.programme_id, pair_id) if pair_id else None
    if pair is not None:
        author = await work.memberships.get(pair.partner_of(delivery.membership_id))
        slot = f"refused:{delivery.id}"
        await tell(work, author, Notice.LETTER_REFUSED, delivery.about, now, slot=slot)


async def platform_elsewhere(work: UnitOfWork, member: Membership, other: Membership) -> str | None:
    """The name of the platform that the other one is on, if it is not the member's own."""
    here = await work.accounts.origin(member.account_id)
    there = await work.accounts.origin(other.account_id)
    return None if here.platform == there.platform else there.platform.capitalize()
