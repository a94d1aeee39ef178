"""Programmes that become one: a code, a question, and a yes from both sides."""

import secrets
from datetime import datetime

from bot.domain.delivery import Notice
from bot.domain.errors import UserError
from bot.domain.linking import (
    ANSWER_FOR,
    CODE_FOR,
    CODE_LENGTH,
    CODE_LETTERS,
    Link,
    code_hash,
)
from bot.domain.membership import Membership, Programme
from bot.domain.mentoring import Offer, Search
from bot.ports.storage import UnitOfWork
from bot.services.telling import tell, tell_id


async def make_code(work: UnitOfWork, coordinator: Membership, now: datetime) -> str:
    """A code that lets another programme ask to join this one, once, within an hour."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    code = f"{letters[:5]}-{letters[5:]}"
    await work.linking.offer(
        coordinator.programme_id, coordinator.id, code_hash(code), now + CODE_FOR
    )
    return code


async def enter_code(
    work: UnitOfWork, coordinator: Membership, code: str, now: datetime
) -> tuple[Link, Programme]:
    """Ask the programme behind a code whether the coordinator's own may join it.

    Whoever made the code hears of it. Raises UserError for a code that leads nowhere.
    """
    link = await work.linking.by_code(code_hash(code))
    if link is None:
        raise UserError("link.wrong_code")
    if link.until <= now:
        raise UserError("link.code_ran_out")
    if link.programme_id == coordinator.programme_id:
        raise UserError("link.own_code")
    until = now + ANSWER_FOR
    if not await work.linking.ask(link.id, coordinator.programme_id, coordinator.id, until):
        raise UserError("link.wrong_code")
    if link.made_by is not None:
        await tell_id(work, link.made_by, Notice.LINK_ASKED, link.id, now)
    return link, await work.programmes.get(link.programme_id)


async def question(work: UnitOfWork, programme_id: int, now: datetime) -> Link | None:
    """What this programme is asked at the moment."""
    link = await work.linking.of_programme(programme_id)
    return link if link and link.asking_id is not None and link.until > now else None


async def refuse(
    work: UnitOfWork, coordinator: Membership, link_id: int, now: datetime
) -> Programme:
    """Say no, or take the question back; gives the programme that stays on its own."""
    link = await _open(work, link_id, now)
    if link.asking_id is None or coordinator.programme_id not in (
        link.programme_id,
        link.asking_id,
    ):
        raise UserError("link.gone")
    await work.linking.drop(link.id)
    return await work.programmes.get(link.asking_id)


async def join(work: UnitOfWork, coordinator: Membership, link_id: int, now: datetime) -> Programme:
    """Say yes: the asking programme becomes part of this one; gives it as it was.

    Raises UserError if there is nothing to say yes to any more.
    """
    link = await _open(work, link_id, now)
    gone, into = link.asking_id, link.programme_id
    if gone is None or into != coordinator.programme_id:
        raise UserError("link.gone")
    if not await work.linking.hold(gone, into):
        raise UserError("link.gone")
    joining = await work.programmes.get(gone)
    asked_by = link.asked_by
    for kept_id, dropped_id in await work.linking.doubles(gone, into):
        await _combine(work, kept_id, dropped_id)
        await work.linking.fold(kept_id, dropped_id)
        asked_by = kept_id if asked_by == dropped_id else asked_by
    await work.linking.drop(link.id)
    await work.linking.join(gone, into)
    if asked_by is not None and asked_by != coordinator.id:
        await tell(work, await work.memberships.get(asked_by), Notice.LINKED, into, now)
    return joining


async def _open(work: UnitOfWork, link_id: int, now: datetime) -> Link:
    link = await work.linking.get(link_id)
    if link is None or link.until <= now:
        raise UserError("link.gone")
    return link


async def _combine(work: UnitOfWork, kept_id: int, dropped_id: int) -> None:
    """Put together what there is once a membership: the offer and the search."""
    offers = [await work.mentoring.offer_of(number) for number in (kept_id, dropped_id)]
    if found := [offer for offer in offers if offer]:
        await _save_offer(work, kept_id, found)
    searches = [await work.mentoring.search_of(number) for number in (kept_id, dropped_id)]
    if wanted := [search for search in searches if search]:
        await _save_search(work, kept_id, dropped_id, wanted)


async def _save_offer(work: UnitOfWork, membership_id: int, offers: list[Offer]) -> None:
    topics = tuple(dict.fromkeys(topic for offer in offers for topic in offer.topics))
    capacity = max(offer.capacity for offer in offers)
    await work.mentoring.save_offer(membership_id, topics, capacity, offers[0].offered_at)
    if not any(offer.open for offer in offers):
        await work.mentoring.close_offer(membership_id)


async def _save_search(
    work: UnitOfWork, kept_id: int, dropped_id: int, searches: list[Search]
) -> None:
    topics = dict.fromkeys(topic for search in searches for topic in search.topics)
    purposes = dict.fromkeys(search.purpose for search in searches if search.purpose)
    not_with = frozenset[int]().union(*(search.not_with for search in searches))
    await work.mentoring.save_search(
        Search(
            membership_id=kept_id,
            topics=tuple(topics),
            purpose="\n".join(purposes),
            not_with=not_with - {kept_id, dropped_id},
        )
    )
