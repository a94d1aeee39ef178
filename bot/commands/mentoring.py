"""Mentoring commands: offer, find, request, status, end, and the mentor's answers."""

from collections.abc import Mapping

from bot.chat.identity import AccountRef
from bot.chat.outgoing import Block, Button, Buttons, Context, Message, Quote, Text
from bot.chat.wording import Wording
from bot.commands import standing
from bot.commands.table import Call
from bot.domain.errors import UserError
from bot.domain.membership import Membership
from bot.domain.mentoring import USUAL_WAIT, Fit, MentorRequest
from bot.services import installing, mentoring, writing


async def offer(call: Call) -> Message:
    """Offer to mentor."""
    topics = call.args.listed("topics")
    capacity = await mentoring.offer(
        call.work, call.member, topics, call.args.maybe_number("capacity"), call.now
    )
    say = call.say
    return Message(
        (
            Text(say.count("mentor.offered", capacity, topics=say.listing(topics))),
            Context(say("mentor.offered_next")),
        )
    )


async def offer_values(call: Call) -> Mapping[str, str]:
    """The offer as it stands."""
    offered = await call.work.mentoring.offer_of(call.member.id)
    if offered is None:
        return {"capacity": "1"}
    return {"topics": ", ".join(offered.topics), "capacity": str(offered.capacity)}


async def pause(call: Call) -> Message:
    """Take no new mentees for now."""
    await mentoring.pause_offer(call.work, call.member, call.now)
    resumes = Button(call.say("button.resume"), "mentor resume")
    return Message((Text(call.say("mentor.paused")), Buttons((resumes,))))


async def resume(call: Call) -> Message:
    """Take mentees again."""
    offered = await mentoring.resume_offer(call.work, call.member, call.now)
    topics = call.say.listing(offered.topics)
    return Message((Text(call.say.count("mentor.offered", offered.capacity, topics=topics)),))


async def find(call: Call) -> Message:
    """Look for a mentor: the best few, with reasons."""
    topics = call.args.listed("topics")
    not_with = await _not_with(call)
    fits = await mentoring.search(
        call.work,
        call.member,
        topics=topics,
        purpose=call.args.maybe_text("for") or "",
        not_with=frozenset(not_with),
        now=call.now,
    )
    say = call.say
    if not fits:
        return Message((Text(say("mentor.none_found")), Context(say("mentor.none_found_next"))))
    blocks: list[Block] = [Text(say.count("mentor.found", len(fits)))]
    blocks += [Text(await _suggested(call, fit)) for fit in fits]
    asks = tuple(
        Button(say("mentor.ask", mentor=fit.offer.name), "ask", (str(fit.offer.membership_id),))
        for fit in fits
    )
    return Message((*blocks, Buttons(asks), Context(say("mentor.not_used"))))


async def _not_with(call: Call) -> list[int]:
    return [(await _someone(call, named)).id for named in call.args.people("not_with")]


async def _suggested(call: Call, fit: Fit) -> str:
    """Why someone might suit, and where they are if that is elsewhere."""
    mentor = await call.work.memberships.get(fit.offer.membership_id)
    platform = await writing.platform_elsewhere(call.work, call.member, mentor)
    reason = _reason(call.say, fit)
    if platform is None:
        return reason
    elsewhere = call.say("mentor.elsewhere", mentor=mentor.name, platform=platform)
    return f"{reason} {elsewhere}"


def _reason(say: Wording, fit: Fit) -> str:
    hours = say.count("mentor.hours", round(fit.overlap_hours))
    if not fit.shared_topics:
        topics = say.listing(fit.offer.topics)
        return say("mentor.fit_other", mentor=fit.offer.name, topics=topics, hours=hours)
    topics = say.listing(fit.shared_topics)
    return say("mentor.fit", mentor=fit.offer.name, topics=topics, hours=hours)


async def find_values(call: Call) -> Mapping[str, str]:
    """The search as it stands."""
    search = await call.work.mentoring.search_of(call.member.id)
    return {"topics": ", ".join(search.topics), "for": search.purpose} if search else {}


async def request(call: Call) -> Message:
    """Ask one mentor."""
    note = call.args.maybe_text("note") or ""
    request_id = call.args.maybe_number("request")
    if request_id is not None:
        said = await mentoring.say_more(call.work, call.member, request_id, note, call.now)
        return Message((Text(call.say("request.more_sent", mentor=said.mentor_name)),))
    asked = await mentoring.ask(call.work, call.member, await _mentor(call), note, call.now)
    return _asked(call, asked)


async def may_ask(call: Call) -> None:
    """Say before a note is written if nobody would read it. Raises UserError."""
    named = call.args.maybe_number("membership") or call.args.maybe_person("mentor")
    if named is not None:
        await mentoring.may_ask(call.work, call.member, await _mentor(call), call.now)


async def _mentor(call: Call) -> Membership:
    number = call.args.maybe_number("membership")
    if number is not None:
        found = await call.work.memberships.many([number])
        if number in found and found[number].programme_id == call.member.programme_id:
            return found[number]
    named = call.args.maybe_person("mentor")
    if named is None:
        raise UserError("argument.missing", argument="mentor")
    return await _offering(call, named.native_id) or await _someone(call, named)


async def _offering(call: Call, name: str) -> Membership | None:
    """The only mentor of this name, wherever they are; None if there is another account for it."""
    if await call.work.accounts.find(AccountRef(call.event.platform, name)):
        return None
    offers = await call.work.mentoring.offers(call.programme.id, call.now)
    named = [one.membership_id for one, _ in offers if one.name.casefold() == name.casefold()]
    return await call.work.memberships.get(named[0]) if len(named) == 1 else None


async def _someone(call: Call, named: AccountRef) -> Membership:
    account = await call.work.accounts.find(named)
    membership = account and await call.work.memberships.find(account.id, call.programme.id)
    if not membership or membership.joined_at is None:
        raise UserError("who.unknown", person=f"@{named.native_id}")
    return membership


def _asked(call: Call, asked: MentorRequest) -> Message:
    say = call.say
    by = call.moment(call.now + USUAL_WAIT)
    blocks: list[Block] = [Text(say("request.sent", mentor=asked.mentor_name))]
    if asked.note:
        blocks.append(Quote(asked.note))
    blocks.append(Context(say("request.wait", mentor=asked.mentor_name, moment=by.words)))
    return Message(tuple(blocks), moments=(by,))


async def status(call: Call) -> Message:
    """Pairs, requests and the own offer: what `status` says."""
    return await standing.status(call)


async def end(call: Call) -> Message:
    """End a pair."""
    named = call.args.maybe_text("partner")
    pair = await mentoring.pair_with(call.work, call.member, named)
    reason = call.args.maybe_text("reason") or ""
    await mentoring.end(call.work, call.member, pair, reason, call.now)
    say = call.say
    name = pair.partner_name(call.member.id)
    return Message((Text(say("pair.you_ended", partner=name)), Context(say("pair.carry_forward"))))


async def accept(call: Call) -> Message:
    """Say yes to a request."""
    event = call.event
    home = await installing.home(call.work, call.programme.id, event.community, event.platform)
    community, under = (home.ref, home.rooms_under) if home else (event.community, None)
    accepted = await mentoring.accept(
        call.work,
        call.member,
        call.args.number("request"),
        call.now,
        room_for=lambda people: call.chat.room(people, community, under),
    )
    return Message((Text(call.say("request.you_accepted", mentee=accepted.mentee_name)),))


async def decline(call: Call) -> Message:
    """Say not now."""
    declined = await mentoring.decline(
        call.work, call.member, call.args.number("request"), call.now
    )
    return Message((Text(call.say("request.you_declined", mentee=declined.mentee_name)),))


async def tell_me_more(call: Call) -> Message:
    """Ask the mentee to say more."""
    asked = await mentoring.ask_for_more(
        call.work, call.member, call.args.number("request"), call.now
    )
    return Message((Text(call.say("request.you_asked_more", mentee=asked.mentee_name)),))
