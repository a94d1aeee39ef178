"""Mentors and mentees: offers, searches, requests and pairs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.chat.identity import AccountRef, PlaceRef
from bot.domain.delivery import Notice
from bot.domain.errors import UserError
from bot.domain.membership import Membership
from bot.domain.mentoring import (
    MAX_OPEN_REQUESTS,
    USUAL_WAIT,
    Fit,
    MentorRequest,
    Offer,
    Pair,
    RequestState,
    Search,
    suggest,
)
from bot.ports.storage import UnitOfWork
from bot.services.introducing import introduce
from bot.services.telling import tell, tell_id

MAX_TOPICS = 12
MAX_TOPIC = 60
"""The most characters of one topic."""


def _check_topics(topics: tuple[str, ...]) -> None:
    if len(topics) > MAX_TOPICS or any(len(topic) > MAX_TOPIC for topic in topics):
        raise UserError("mentor.topics_too_long", most=MAX_TOPICS, limit=MAX_TOPIC)


async def offer(
    work: UnitOfWork,
    mentor: Membership,
    topics: tuple[str, ...],
    capacity: int | None,
    now: datetime,
) -> int:
    """Offer to mentor, with room for `capacity` mentees; gives the capacity.

    Left out, it stays what it was, or is one. Raises UserError for too many or too long topics.
    """
    _check_topics(topics)
    if capacity is None:
        earlier = await work.mentoring.offer_of(mentor.id)
        capacity = earlier.capacity if earlier else 1
    await work.mentoring.save_offer(mentor.id, topics, capacity, now)
    return capacity


async def search(
    work: UnitOfWork,
    mentee: Membership,
    *,
    topics: tuple[str, ...],
    purpose: str,
    not_with: frozenset[int],
    now: datetime,
) -> tuple[Fit, ...]:
    """Keep what a mentee looks for and suggest the best few mentors, best first."""
    _check_topics(topics)
    if mentee.settings is None:
        raise UserError("who.not_joined")
    wanted = Search(membership_id=mentee.id, topics=topics, purpose=purpose, not_with=not_with)
    await work.mentoring.save_search(wanted)
    taken = {pair.partner_of(mentee.id) for pair in await work.mentoring.pairs_of(mentee.id)}
    asked = {request.mentor_id for request in await work.mentoring.open_requests(mentee.id)}
    offers = [
        (offered, settings)
        for offered, settings in await work.mentoring.offers(mentee.programme_id, now)
        if offered.membership_id not in taken | asked
    ]
    return suggest(wanted, mentee.settings, offers, now)


async def ask(
    work: UnitOfWork, mentee: Membership, mentor: Membership, note: str, now: datetime
) -> MentorRequest:
    """Ask one mentor; they hear of it at once.

    Raises UserError if the mentor takes no one, is the mentee, has been asked or is paired with
    them already, or the mentee has three requests open.
    """
    await may_ask(work, mentee, mentor, now)
    request_id = await work.mentoring.add_request(
        mentee.programme_id, mentee.id, mentor.id, note, now
    )
    request = await _request(work, mentee.programme_id, request_id)
    await tell(work, mentor, Notice.MENTOR_REQUESTED, request_id, now)
    await tell(work, mentee, Notice.REQUEST_WAITING, request_id, now + USUAL_WAIT)
    return request


async def may_ask(work: UnitOfWork, mentee: Membership, mentor: Membership, now: datetime) -> None:
    """Whether a mentee may ask this mentor now. Raises UserError as `ask` does."""
    if mentor.id == mentee.id:
        raise UserError("mentor.yourself")
    offered = await work.mentoring.offer_of(mentor.id)
    if offered is None or not offered.open or mentor.is_paused(now):
        raise UserError("mentor.no_offer", mentor=mentor.name)
    if not offered.has_room:
        raise UserError("mentor.no_room", mentor=mentor.name)
    pairs = await work.mentoring.pairs_of(mentee.id)
    if any(pair.partner_of(mentee.id) == mentor.id for pair in pairs):
        raise UserError("mentor.already_paired", mentor=mentor.name)
    sent = [r for r in await work.mentoring.open_requests(mentee.id) if r.mentee_id == mentee.id]
    if any(request.mentor_id == mentor.id for request in sent):
        raise UserError("mentor.already_asked", mentor=mentor.name)
    if len(sent) >= MAX_OPEN_REQUESTS:
        raise UserError("mentor.too_many_requests", most=MAX_OPEN_REQUESTS)


async def _request(work: UnitOfWork, programme_id: int, request_id: int) -> MentorRequest:
    request = await work.mentoring.request(programme_id, request_id)
    if request is None:
        raise UserError("request.unknown")
    return request


async def _asked_of(work: UnitOfWork, mentor: Membership, request_id: int) -> MentorRequest:
    request = await _request(work, mentor.programme_id, request_id)
    if request.mentor_id != mentor.id:
        raise UserError("request.unknown")
    if request.state is not RequestState.OPEN:
        raise UserError("request.settled", mentee=request.mentee_name)
    return request


async def accept(
    work: UnitOfWork,
    mentor: Membership,
    request_id: int,
    now: datetime,
    room_for: Callable[[tuple[AccountRef, ...]], PlaceRef | None],
) -> MentorRequest:
    """Say yes: a pair, both introduced; the mentee's other open requests close by themselves.

    They are introduced in the room that `room_for` knows for them, if both are on one platform, or
    else each in their own conversation. Raises UserError if the request is settled or the mentor
    has no room left.
    """
    request = await _asked_of(work, mentor, request_id)
    pair_id = await work.mentoring.add_pair(
        request.programme_id, request.mentor_id, request.mentee_id, now
    )
    if pair_id is None:
        raise UserError("mentor.no_room_for_yes", mentee=request.mentee_name)
    await work.mentoring.close_request(request.id, RequestState.ACCEPTED, now)
    mentee = await work.memberships.get(request.mentee_id)
    for other in await work.mentoring.open_requests(mentee.id):
        if other.mentee_id == mentee.id:
            await work.mentoring.close_request(other.id, RequestState.CLOSED, now)
            await tell_id(work, other.mentor_id, Notice.MENTOR_WITHDRAWN, other.id, now)
    await introduce(work, pair_id, (mentor, mentee), now, room_for)
    return request


async def decline(
    work: UnitOfWork, mentor: Membership, request_id: int, now: datetime
) -> MentorRequest:
    """Say not now; the mentee hears that, and never why."""
    request = await _asked_of(work, mentor, request_id)
    await work.mentoring.close_request(request.id, RequestState.DECLINED, now)
    await tell_id(work, request.mentee_id, Notice.REQUEST_DECLINED, request.id, now)
    return request


async def ask_for_more(
    work: UnitOfWork, mentor: Membership, request_id: int, now: datetime
) -> MentorRequest:
    """Ask the mentee to say more before answering."""
    request = await _asked_of(work, mentor, request_id)
    await tell_id(work, request.mentee_id, Notice.REQUEST_QUESTIONED, request.id, now)
    return request


async def say_more(
    work: UnitOfWork, mentee: Membership, request_id: int, note: str, now: datetime
) -> MentorRequest:
    """Replace the note of a mentee's own open request; the mentor sees it anew."""
    request = await _request(work, mentee.programme_id, request_id)
    if request.mentee_id != mentee.id:
        raise UserError("request.unknown")
    if request.state is not RequestState.OPEN:
        raise UserError("request.closed", mentor=request.mentor_name)
    await work.mentoring.set_note(request.id, note)
    await tell_id(work, request.mentor_id, Notice.MENTOR_REQUESTED, request.id, now)
    return request


async def pair_with(work: UnitOfWork, member: Membership, named: str | None) -> Pair:
    """The member's pair with a partner named by their name, their id here, or the pair's number.

    Without a name it is the member's only pair. Raises UserError if there is no such pair, or
    which one is not clear.
    """
    pairs = await work.mentoring.pairs_of(member.id)
    if named is not None:
        pairs = tuple([pair for pair in pairs if await _is_with(work, member, pair, named)])
    if not pairs:
        raise UserError("pair.none")
    if len({pair.partner_of(member.id) for pair in pairs}) > 1:
        names = ", ".join(pair.partner_name(member.id) for pair in pairs)
        raise UserError("pair.which", names=names)
    return pairs[0]


async def _is_with(work: UnitOfWork, member: Membership, pair: Pair, named: str) -> bool:
    if named == str(pair.id) or named.casefold() == pair.partner_name(member.id).casefold():
        return True
    here = await work.accounts.origin(member.account_id)
    partner = await work.memberships.get(pair.partner_of(member.id))
    there = await work.accounts.origin(partner.account_id)
    return here.platform == there.platform and named == there.native_id


async def end(work: UnitOfWork, member: Membership, pair: Pair, reason: str, now: datetime) -> None:
    """End a pair, at once; the other hears that it has ended, and never why."""
    await work.mentoring.end_pair(pair.id, member.id, member.account_id, reason, now)
    await tell_id(work, pair.partner_of(member.id), Notice.PAIR_ENDED, pair.id, now)


async def pause_offer(work: UnitOfWork, mentor: Membership, now: datetime) -> None:
    """Take no new mentees; who is waiting for an answer hears that it is not now.

    Pairs go on. Raises UserError if there is no offer.
    """
    if await work.mentoring.offer_of(mentor.id) is None:
        raise UserError("mentor.no_own_offer")
    await work.mentoring.close_offer(mentor.id)
    for request in await work.mentoring.open_requests(mentor.id):
        if request.mentor_id == mentor.id:
            await decline(work, mentor, request.id, now)


async def resume_offer(work: UnitOfWork, mentor: Membership, now: datetime) -> Offer:
    """Let the offer stand again as it was. Raises UserError if there is none."""
    offered = await work.mentoring.offer_of(mentor.id)
    if offered is None:
        raise UserError("mentor.no_own_offer")
    await work.mentoring.save_offer(mentor.id, offered.topics, offered.capacity, now)
    return offered


async def withdraw_all(work: UnitOfWork, member: Membership, now: datetime) -> None:
    """Close a member's open requests, as a pause does; the others hear of it."""
    for request in await work.mentoring.open_requests(member.id):
        await work.mentoring.close_request(request.id, RequestState.WITHDRAWN, now)
        if request.mentee_id == member.id:
            await tell_id(work, request.mentor_id, Notice.MENTOR_WITHDRAWN, request.id, now)
        else:
            await tell_id(work, request.mentee_id, Notice.REQUEST_DECLINED, request.id, now)


async def leave(work: UnitOfWork, member: Membership, now: datetime) -> None:
    """End all pairs and close all requests of someone who is about to be erased."""
    await withdraw_all(work, member, now)
    for pair in await work.mentoring.pairs_of(member.id):
        await end(work, member, pair, "", now)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: pairs, open requests, and the offer's room, if there is one."""

    pairs: tuple[Pair, ...]
    requests: tuple[MentorRequest, ...]
    capacity: int | None
    mentees: int


async def standing(work: UnitOfWork, member: Membership) -> Standing:
    """Where a member stands in mentoring."""
    offered = await work.mentoring.offer_of(member.id)
    is_open = offered is not None and offered.open
    return Standing(
        await work.mentoring.pairs_of(member.id),
        await work.mentoring.open_requests(member.id),
        offered.capacity if offered and is_open else None,
        offered.mentees if offered else 0,
    )
