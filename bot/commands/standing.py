"""Commands that say where you stand and what you can do: status, help."""

from bot.chat.outgoing import Block, Context, Fields, Message, Text
from bot.chat.wording import Wording
from bot.commands.table import Audience, Call, Command
from bot.commands.writing import write_buttons
from bot.domain.delivery import PROBLEMS_TOLD_FOR
from bot.domain.errors import UserError
from bot.domain.membership import Membership
from bot.domain.mentoring import MentorRequest, Pair
from bot.services import joining, mentoring


async def status(call: Call) -> Message:
    """Who I am here, what comes next for me, my pairs, my open requests."""
    member, say = call.who.membership, call.say
    if member is None or (member.joined_at is None and not member.is_coordinator):
        return Message((Text(say("status.not_joined")), Context(say("status.how_to_join"))))
    blocks: list[Block] = [
        Text(say("status.who", name=member.name, roles=await _roles(call, member)))
    ]
    if member.joined_at is None:
        blocks.append(Text(say("status.coordinator_only")))
        return Message(tuple(blocks))
    blocks.append(Text(await upcoming(call, member)))
    if line := unreachable_line(call, member):
        blocks.append(line)
    elif problem := await _problem(call, member):
        blocks.append(Text(problem))
    standing = await mentoring.standing(call.work, member)
    blocks += [Text(pair_line(say, pair, member)) for pair in standing.pairs]
    blocks += write_buttons(say, standing.pairs, member)
    blocks += [Text(_request_line(say, request, member)) for request in standing.requests]
    if not standing.pairs and not standing.requests:
        blocks.append(Text(say("status.no_pairs")))
    return Message(tuple(blocks))


async def _roles(call: Call, member: Membership) -> str:
    say = call.say
    roles = [say("role.coordinator")] if member.is_coordinator else []
    if member.joined_at is not None:
        roles.append(say("role.member"))
    standing = await mentoring.standing(call.work, member)
    if standing.capacity is not None:
        roles.append(say("role.mentor", mentees=standing.mentees, capacity=standing.capacity))
    return say.listing(roles)


async def upcoming(call: Call, member: Membership) -> str:
    """When a member is asked next, in a sentence."""
    say = call.say
    if member.paused_until == joining.FOR_EVER:
        return say("status.paused")
    at = await joining.next_question(call.work, member, call.now, call.calendar)
    line = say("status.nothing_planned")
    if at is not None:
        line = say("status.next", moment=say.moment(at, call.zone), zone=call.zone)
    if member.is_paused(call.now):
        return say("status.paused_then", line=line)
    return line


async def _problem(call: Call, member: Membership) -> str | None:
    if member.direct_place_id is None:
        return None
    since = call.now - PROBLEMS_TOLD_FOR
    reason = await call.work.deliveries.last_problem(member.direct_place_id, since)
    return reason and call.say("status.problem", reason=call.say(f"reason.{reason}"))


def unreachable_line(call: Call, member: Membership) -> Context | None:
    """Why nothing reaches a member in their own conversation, and what helps; None if it does."""
    if member.unreachable is None:
        return None
    reason = call.say(f"reason.{member.unreachable}")
    return Context(call.say("unreachable.line", reason=reason))


def pair_line(say: Wording, pair: Pair, member: Membership) -> str:
    """A pair as one of its two sees it, in a sentence."""
    role = "mentor" if pair.mentor_id == member.id else "mentee"
    since = say.full_day(pair.since.date())
    return say(f"status.pair_as_{role}", partner=pair.partner_name(member.id), since=since)


def _request_line(say: Wording, request: MentorRequest, member: Membership) -> str:
    since = say.full_day(request.asked_at.date())
    if request.mentee_id == member.id:
        return say("status.request_sent", mentor=request.mentor_name, since=since)
    return say("status.request_received", mentee=request.mentee_name, since=since)


def help_message(call: Call, commands: tuple[Command, ...]) -> Message:
    """What this person can do here, or one command's right form."""
    say, name = call.say, call.args.maybe_text("command")
    if name:
        found = [
            c for c in commands if c.name == name.lower() or c.name.startswith(f"{name.lower()} ")
        ]
        if not found:
            raise UserError("command.unknown", said=name[:40])
        lines = [f"{c.usage()}\n{say(f'command.{c.name}.help')}" for c in found]
        return Message(tuple(Text(line) for line in lines))
    member = call.who.membership
    is_coordinator = member is not None and member.is_coordinator
    shown = [c for c in commands if c.audience is not Audience.COORDINATOR or is_coordinator]
    rows = tuple((f"/cairn {c.name}", say(f"command.{c.name}.help")) for c in shown)
    return Message((Text(say("help.title")), Fields(rows), Context(say("help.more"))))
