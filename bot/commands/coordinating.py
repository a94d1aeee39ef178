"""Commands of coordinators: set-up and nudges."""

from collections.abc import Mapping

from bot.chat.identity import PlaceKind, PlaceRef
from bot.chat.outgoing import Block, Button, Buttons, Context, Fields, Message, Quote, Text
from bot.commands.table import Call
from bot.domain.delivery import PROBLEMS_TOLD_FOR, asked_slot
from bot.domain.errors import UserError
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import Schedule
from bot.ports.people import Community
from bot.services import installing, nudging
from bot.services.nudging import Plan

QUEUE_SHOWN = 5
"""How many coming prompts the queue shows."""


async def setup(call: Call) -> Message:
    """Save a first nudge that is paused, and show exactly what it will post after "go"."""
    wanted = _plan(call)
    nudge = await nudging.add(call.work, call.programme.id, wanted)
    await nudging.set_paused(call.work, nudge, paused=True, now=call.now, calendar=call.calendar)
    sample = (await nudging.coming(call.work, nudge, 1))[0]
    pairs = await _rooms_under(call)
    say, channel = call.say, wanted.place.native_id
    return Message(
        (
            Text(say("setup.plan", channel=channel, when=wanted.words, zone=wanted.zone)),
            Fields(((say("nudge.dates"), _dates(call, wanted.dates, wanted.zone)),)),
            Text(say("setup.will_look_like")),
            Quote(sample.text),
            Text(say("setup.who_may_join")),
            *((Text(say("setup.pairs", channel=pairs.native_id)),) if pairs else ()),
            Buttons((Button(say("setup.go"), "admin nudge resume", (str(nudge.id),)),)),
            Context(say("setup.nothing_yet", nudge=nudge.id)),
        )
    )


async def _rooms_under(call: Call) -> PlaceRef | None:
    """The channel that pairs get their room under, as it is told now or was before."""
    community = await _home(call)
    channel = call.args.maybe_place("pairs")
    if channel is None:
        return community.rooms_under if community else None
    if community is None:
        raise UserError("setup.pairs_where")
    await call.work.programmes.set_rooms_under(community.ref, channel)
    return channel


async def _home(call: Call) -> Community | None:
    event = call.event
    return await installing.home(call.work, call.programme.id, event.community, event.platform)


async def setup_values(call: Call) -> Mapping[str, str]:
    """What most teams start with, and where pairs get their room as it stands."""
    community = await _home(call)
    pairs = community.rooms_under if community else None
    return {**await nudge_values(call), "pairs": f"#{pairs.native_id}" if pairs else ""}


async def nudge_values(call: Call) -> Mapping[str, str]:
    """What most teams start with."""
    is_channel = call.event.place.kind is PlaceKind.CHANNEL
    return {
        "channel": f"#{call.event.place.native_id}" if is_channel else "",
        "when": "every weekday 09:30",
        "zone": call.zone,
    }


def _plan(call: Call) -> Plan:
    args = call.args
    return nudging.plan(
        args.place("channel"),
        args.text("when"),
        zone=args.maybe_text("zone") or call.zone,
        holidays=args.maybe_text("holidays"),
        now=call.now,
        calendar=call.calendar,
    )


def _dates(call: Call, dates: tuple[Occurrence, ...], zone: str) -> str:
    return " · ".join(call.say.moment(date.at, zone) for date in dates)


async def add(call: Call) -> Message:
    """Save a nudge and show its next three dates."""
    wanted = _plan(call)
    nudge = await nudging.add(call.work, call.programme.id, wanted)
    say = call.say
    number = (str(nudge.id),)
    return Message(
        (
            Text(
                say(
                    "nudge.added",
                    nudge=nudge.id,
                    channel=wanted.place.native_id,
                    when=wanted.words,
                    zone=wanted.zone,
                )
            ),
            Fields(((say("nudge.dates"), _dates(call, wanted.dates, wanted.zone)),)),
            Buttons(
                (
                    Button(say("nudge.see_queue"), "admin nudge queue", number),
                    Button(say("nudge.post_now"), "admin nudge now", number),
                    Button(say("nudge.pause"), "admin nudge pause", number),
                )
            ),
        )
    )


async def show(call: Call) -> Message:
    """All nudges of the programme."""
    say = call.say
    nudges = await call.work.schedules.nudges(call.programme.id)
    if not nudges:
        return Message((Text(say("nudge.none")),))
    blocks: list[Block] = [Text(say.count("nudge.list", len(nudges)))]
    blocks += [Text(await _line(call, nudge)) for nudge in nudges]
    return Message(tuple(blocks))


async def _line(call: Call, nudge: Schedule) -> str:
    say = call.say
    place = await _place(call, nudge)
    at = await call.work.schedules.next_at(nudge.id)
    following = (
        say("nudge.is_paused")
        if nudge.paused or at is None
        else say("nudge.next", moment=say.moment(at, nudge.zone or "UTC"))
    )
    if nudge.place_id is not None:
        since = call.now - PROBLEMS_TOLD_FOR
        if reason := await call.work.deliveries.last_problem(nudge.place_id, since):
            problem = say("nudge.problem", reason=say(f"reason.{reason}"))
            following = f"{following}; {problem}"
    return say(
        "nudge.line",
        nudge=nudge.id,
        channel=await _channel(call, place),
        when=nudge.words,
        zone=nudge.zone,
        following=following,
    )


async def _place(call: Call, nudge: Schedule) -> PlaceRef:
    if nudge.place_id is None:
        message = f"schedule {nudge.id} has no place"
        raise TypeError(message)
    return await call.work.places.get(nudge.place_id)


async def _channel(call: Call, place: PlaceRef) -> str:
    """A channel as it is called where the coordinator is, who may be in another community."""
    known = await call.work.programmes.communities(call.programme.id)
    theirs = (place.platform, place.community)
    home = next((one for one in known if (one.ref.platform, one.ref.native_id) == theirs), None)
    here = call.event.community
    is_here = here is None and place.platform == call.event.platform
    if home is None or is_here or home.ref == here:
        return call.say("nudge.channel", channel=place.native_id)
    platform = place.platform.capitalize()
    return call.say("nudge.channel_elsewhere", community=home.name, platform=platform)


async def _found(call: Call) -> Schedule:
    return await nudging.find(call.work, call.programme.id, call.args.maybe_number("nudge"))


async def pause(call: Call) -> Message:
    """Stop a nudge."""
    nudge = await _found(call)
    await nudging.set_paused(call.work, nudge, paused=True, now=call.now, calendar=call.calendar)
    say = call.say
    resume = Button(say("button.resume"), "admin nudge resume", (str(nudge.id),))
    return Message((Text(say("nudge.paused", nudge=nudge.id)), Buttons((resume,))))


async def resume(call: Call) -> Message:
    """Let a nudge go on."""
    nudge = await _found(call)
    await nudging.set_paused(call.work, nudge, paused=False, now=call.now, calendar=call.calendar)
    at = nudging.following(nudge, call.now, call.calendar).at
    moment = call.say.moment(at, nudge.zone or "UTC")
    return Message((Text(call.say("nudge.resumed", nudge=nudge.id, moment=moment)),))


async def remove(call: Call) -> Message:
    """Delete a nudge."""
    nudge = await _found(call)
    channel = await _channel(call, await _place(call, nudge))
    await call.work.schedules.remove(nudge.id)
    return Message((Text(call.say("nudge.removed", nudge=nudge.id, channel=channel)),))


async def post_now(call: Call) -> Message:
    """Post the next prompt at once."""
    nudge = await _found(call)
    channel = await _channel(call, await _place(call, nudge))
    await nudging.post_now(call.work, nudge, call.now, asked_slot(call.event.event_id))
    return Message((Text(call.say("nudge.posting", channel=channel)),))


async def queue(call: Call) -> Message:
    """The coming prompts of a nudge; `next` puts one first, `skip` lets one wait."""
    nudge = await _found(call)
    say = call.say
    blocks: list[Block] = []
    first, skipped = call.args.maybe_text("next"), call.args.maybe_text("skip")
    if first:
        prompt = await nudging.put_first(call.work, nudge, first)
        blocks.append(Text(say("nudge.put_first", prompt=prompt.key)))
    if skipped:
        prompt = await nudging.pass_over(call.work, nudge, skipped)
        blocks.append(Text(say("nudge.passed_over", prompt=prompt.key)))
    blocks.append(Text(say("nudge.queue", nudge=nudge.id)))
    coming = await nudging.coming(call.work, nudge, QUEUE_SHOWN)
    blocks.append(Fields(tuple((prompt.key, prompt.text) for prompt in coming)))
    blocks.append(Context(say("nudge.queue_how", nudge=nudge.id)))
    return Message(tuple(blocks))
