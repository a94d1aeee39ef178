"""Notices written: what members hear of requests, pairs and letters, and pairs in their room."""

from bot.chat.identity import PlaceKind
from bot.chat.outgoing import Block, Button, Buttons, Context, Quote, Text
from bot.chat.wording import Wording
from bot.domain.delivery import Notice
from bot.domain.linking import Link
from bot.domain.membership import Membership
from bot.domain.mentoring import RequestState
from bot.ports.deliveries import Claimed
from bot.ports.storage import UnitOfWork
from bot.services.writing import platform_elsewhere


async def _letter_back(
    work: UnitOfWork, say: Wording, member: Membership, letter_id: int
) -> tuple[Block, ...]:
    letter = await work.letters.get(member.programme_id, letter_id)
    if letter is None:
        return ()
    return (Text(say("letter.refused", partner=letter.to_name)), Quote(letter.text))


async def question_about(work: UnitOfWork, say: Wording, link: Link) -> tuple[Block, ...]:
    """Whether another programme may join: what it is, what would happen, yes and no."""
    if link.asking_id is None:
        return ()
    asking = await work.programmes.get(link.asking_id)
    own = await work.programmes.get(link.programme_id)
    number = (str(link.id),)
    return (
        Text(say("link.asks", name=asking.name, programme=own.name)),
        *await linked(work, say, asking.id),
        Text(say("link.what_moves", own=asking.name, programme=own.name)),
        Buttons(
            (Button(say("link.yes"), "link_yes", number), Button(say("link.no"), "link_no", number))
        ),
    )


async def linked(work: UnitOfWork, say: Wording, programme_id: int) -> tuple[Block, ...]:
    """The communities that are together in a programme."""
    programme = await work.programmes.get(programme_id)
    names = [
        say("link.community", name=one.name, platform=one.ref.platform.capitalize())
        for one in await work.programmes.communities(programme_id)
    ]
    return (Text(say("link.together", programme=programme.name, communities=say.listing(names))),)


_TOLD_OF_LEAVING = (Notice.MENTOR_WITHDRAWN, Notice.REQUEST_DECLINED)


async def to_member(
    work: UnitOfWork, say: Wording, member: Membership, notice: Notice, about: int
) -> tuple[Block, ...]:
    """What a member hears in their own conversation; nothing once it is settled."""
    match notice:
        case Notice.PAIR_INTRODUCED | Notice.PAIR_ENDED:
            return await _about_pair(work, say, member, notice, about)
        case Notice.LINK_ASKED:
            link = await work.linking.get(about)
            is_theirs = link is not None and link.programme_id == member.programme_id
            return await question_about(work, say, link) if link and is_theirs else ()
        case Notice.LINKED:
            return await linked(work, say, about) if about == member.programme_id else ()
        case Notice.LETTER:
            return await _letter(work, say, member, about)
        case Notice.LETTER_REFUSED:
            return await _letter_back(work, say, member, about)
        case _:
            return await _about_request(work, say, member, notice, about)


async def _about_pair(
    work: UnitOfWork, say: Wording, member: Membership, notice: Notice, pair_id: int
) -> tuple[Block, ...]:
    pair = await work.mentoring.pair(member.programme_id, pair_id)
    if pair is None:
        # the other one has erased everything, their name too
        return (Text(say("pair.gone")),) if notice is Notice.PAIR_ENDED else ()
    if notice is Notice.PAIR_INTRODUCED and pair.ended_at is not None:
        return ()
    partner = pair.partner_name(member.id)
    if notice is Notice.PAIR_ENDED:
        return (Text(say("pair.ended", partner=partner)), Context(say("pair.ended_next")))
    role = "mentor" if member.id == pair.mentor_id else "mentee"
    other = await work.memberships.get(pair.partner_of(member.id))
    platform = await platform_elsewhere(work, member, other)
    elsewhere = (Text(say("pair.elsewhere", partner=partner, platform=platform)),)
    return (
        Text(say(f"pair.introduced_{role}", partner=partner)),
        Text(say(f"pair.first_step_{role}", partner=partner)),
        *(elsewhere if platform else ()),
        Buttons((Button(say("letter.write_to", partner=partner), "write", (str(pair.id),)),)),
        Context(say("pair.end_any_time")),
    )


async def _letter(
    work: UnitOfWork, say: Wording, member: Membership, letter_id: int
) -> tuple[Block, ...]:
    letter = await work.letters.get(member.programme_id, letter_id)
    pair_id = letter.pair_id if letter else None
    pair = await work.mentoring.pair(member.programme_id, pair_id) if pair_id else None
    if letter is None or pair is None or pair.ended_at is not None:
        return ()
    return (
        Text(say("letter.from", partner=letter.author_name)),
        Quote(letter.text),
        Buttons((Button(say("letter.answer"), "write", (str(pair.id),)),)),
        Context(say("letter.how_to_answer")),
    )


async def to_room(
    work: UnitOfWork, say: Wording, delivery: Claimed, pair_id: int
) -> tuple[Block, ...]:
    """The introduction of a pair in their room."""
    pair = await work.mentoring.pair(delivery.programme_id, pair_id)
    if pair is None or pair.ended_at is not None:
        return ()
    names = {"mentor": pair.mentor_name, "mentee": pair.mentee_name}
    is_thread = delivery.place.kind is PlaceKind.THREAD
    return (
        Text(say("pair.introduced_room", **names)),
        Text(say("pair.first_step_room", **names)),
        Context(say("pair.thread_privacy" if is_thread else "pair.room_privacy")),
        Context(say("pair.end_any_time")),
    )


async def _about_request(
    work: UnitOfWork, say: Wording, member: Membership, notice: Notice, request_id: int
) -> tuple[Block, ...]:
    request = await work.mentoring.request(member.programme_id, request_id)
    if request is None:
        # the other one has erased everything, their name too
        return (Text(say(f"{notice}_by_leaving")),) if notice in _TOLD_OF_LEAVING else ()
    is_open = request.state is RequestState.OPEN
    number = (str(request.id),)
    match notice:
        case Notice.MENTOR_REQUESTED if is_open:
            note = (Quote(request.note),) if request.note else ()
            return (
                Text(say("request.asks_you", mentee=request.mentee_name)),
                *note,
                Buttons(
                    (
                        Button(say("request.yes"), "accept", number),
                        Button(say("request.not_now"), "decline", number),
                        Button(say("request.tell_me_more"), "tell_me_more", number),
                    )
                ),
                Context(say("request.no_reason_told", mentee=request.mentee_name)),
            )
        case Notice.MENTOR_WITHDRAWN:
            return (Text(say("request.withdrawn", mentee=request.mentee_name)),)
        case Notice.REQUEST_DECLINED:
            return (
                Text(say("request.declined", mentor=request.mentor_name)),
                Buttons((Button(say("request.find_another"), "mentor find"),)),
            )
        case Notice.REQUEST_QUESTIONED if is_open:
            return (
                Text(say("request.say_more", mentor=request.mentor_name)),
                Buttons((Button(say("request.write_more"), "say_more", number),)),
            )
        case Notice.REQUEST_WAITING if is_open:
            return (
                Text(say("request.still_waiting", mentor=request.mentor_name)),
                Buttons((Button(say("request.find_another"), "mentor find"),)),
            )
        case _:
            return ()
