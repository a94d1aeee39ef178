"""Commands about being here: start, help, status, settings, pause, privacy, export, forget."""

from collections.abc import Mapping
from datetime import timedelta

from babel import Locale

from bot.chat.outgoing import Block, Button, Buttons, Context, Fields, Message, Text
from bot.chat.wording import Wording, clock_time, languages
from bot.commands.arguments import Arguments
from bot.commands.table import Audience, Call, Command
from bot.domain.errors import UserError
from bot.domain.membership import Cadence, MemberSettings, Membership
from bot.domain.mentoring import MentorRequest, Pair
from bot.services import exporting, importing, joining, mentoring

PROBLEMS_FOR = timedelta(days=30)
"""How long `status` speaks of a message that could not be delivered."""


async def start(call: Call) -> Message:
    """Join, or change what is given."""
    if call.direct is None:
        message = "start needs the direct conversation"
        raise TypeError(message)
    joined = await joining.join(
        call.work,
        call.event.actor,
        call.programme,
        call.direct,
        wishes=_wishes(call.args),
        now=call.now,
    )
    say, settings = call.say, joined.settings
    if not joined.is_new:
        return Message((Text(say("start.again")), _settings_fields(say, settings)))
    return Message(
        (
            Text(say("start.welcome", name=joined.membership.name)),
            Text(say("start.consent")),
            _settings_fields(say, settings),
            Text(say("start.first_question")),
            Buttons(
                (
                    Button(say("button.settings"), "settings"),
                    Button(say("button.privacy"), "privacy"),
                )
            ),
        )
    )


async def start_values(call: Call) -> Mapping[str, str]:
    """What the start form shows before anything is typed."""
    account = call.who.account
    known = call.event.actor.zone or (account.zone if account else None)
    settings = call.who.membership and call.who.membership.settings
    if settings:
        return settings_values_of(settings)
    return {
        "zone": known or "",
        "time": "09:00",
        "days": str(joining.USUAL_DAYS),
        "quiet": str(joining.USUAL_QUIET),
        "cadence": Cadence.DAILY.value,
    }


def _wishes(args: Arguments) -> joining.Wishes:
    cadence = args.maybe_text("cadence")
    return joining.Wishes(
        zone=args.maybe_text("zone"),
        minute=args.maybe_number("time"),
        days=args.maybe_days("days"),
        quiet=args.maybe_quiet("quiet"),
        cadence=Cadence(cadence) if cadence else None,
        language=args.maybe_text("language"),
    )


def settings_values_of(settings: MemberSettings) -> Mapping[str, str]:
    """Settings as they are typed."""
    return {
        "zone": settings.zone,
        "time": clock_time(settings.minute),
        "days": str(settings.days),
        "quiet": str(settings.quiet),
        "cadence": settings.cadence.value,
        "language": settings.language,
    }


def _settings_fields(say: Wording, settings: MemberSettings) -> Fields:
    values = settings_values_of(settings)
    shown = {**values, "cadence": say(f"cadence.{settings.cadence}")}
    return Fields(tuple((say(f"argument.{name}"), value) for name, value in shown.items()))


async def settings(call: Call) -> Message:
    """Show the settings, or change what is given."""
    current = call.member.settings
    if current is None:
        raise UserError("who.not_joined")
    say = call.say
    if not any(value is not None for value in call.args.values.values()):
        return Message(
            (
                Text(say("settings.now")),
                _settings_fields(say, current),
                Buttons((Button(say("settings.change"), "change_settings"),)),
                Context(say("settings.how")),
            )
        )
    changed = await joining.change_settings(call.work, call.member, _wishes(call.args), call.now)
    blocks = (Text(say("settings.changed")), _settings_fields(say, changed))
    if changed.language in languages():
        return Message(blocks)
    name = Locale.parse(changed.language).get_display_name(say.locale)
    return Message((*blocks, Context(say("settings.language_to_come", language=name))))


async def settings_values(call: Call) -> Mapping[str, str]:
    """The current settings, for the form."""
    current = call.member.settings
    return settings_values_of(current) if current else {}


async def pause(call: Call) -> Message:
    """Be quiet for a while; open mentor requests are withdrawn."""
    length, until_day = call.args.maybe_duration("for"), call.args.maybe_date("until")
    until = joining.pause_end(call.now, call.zone, length, until_day)
    await joining.pause(call.work, call.member, until)
    await mentoring.withdraw_all(call.work, call.member, call.now)
    say = call.say
    until_said = (
        say("pause.until_resume")
        if until == joining.FOR_EVER
        else say("pause.until", moment=say.moment(until, call.zone))
    )
    return Message((Text(until_said), Buttons((Button(say("button.resume"), "resume"),))))


async def resume(call: Call) -> Message:
    """Be asked again."""
    await joining.resume(call.work, call.member)
    member = await call.work.memberships.get(call.member.id)
    at = await joining.next_question(call.work, member, call.now, call.calendar)
    say = call.say
    if at is None:
        return Message((Text(say("resume.done")),))
    return Message((Text(say("resume.next", moment=say.moment(at, call.zone))),))


async def privacy(call: Call) -> Message:
    """Who can technically read what."""
    say = call.say
    readers = ("you", "mentor", "coordinator", "host", "platform")
    blocks: list[Block] = [Text(say("privacy.title"))]
    blocks.append(Fields(tuple((say(f"privacy.{r}"), say(f"privacy.{r}_reads")) for r in readers)))
    blocks.append(Text(say("privacy.others")))
    blocks.append(Context(say("privacy.yours")))
    return Message(tuple(blocks))


async def export(call: Call) -> Message:
    """Hand over everything that the person wrote."""
    belongings = await exporting.gather(call.work, call.author, call.member.name)
    packed = exporting.export(belongings, call.say, call.zone, call.now)
    counts = call.say(
        "export.counts",
        reflections=call.say.count("count.reflections", len(belongings.reflections)),
        stones=call.say.count("count.stones", len(belongings.stones)),
    )
    return Message((Text(call.say("export.ready", counts=counts)),), (packed,))


async def bring_in(call: Call) -> Message:
    """Take in what the person exported elsewhere."""
    if call.args.attachment is None:
        raise UserError("import.no_file")
    brought = await importing.bring_in(call.work, call.member, call.args.attachment.content)
    say = call.say
    counts = say(
        "export.counts",
        reflections=say.count("count.reflections", brought.reflections),
        stones=say.count("count.stones", brought.stones),
    )
    return Message((Text(say("import.done", counts=counts)), Context(say("import.once"))))


async def forget(call: Call) -> Message:
    """Ask once, then erase everything."""
    say = call.say
    account = call.who.account
    if account is None:
        return Message((Text(say("forget.nothing")),))
    if call.args.maybe_text("confirm") == "no":
        return Message((Text(say("forget.kept")),))
    if call.args.maybe_text("confirm") != "yes":
        return Message(
            (
                Text(say("forget.ask")),
                Buttons(
                    (
                        Button(say("button.export_first"), "export"),
                        Button(say("forget.yes"), "erase"),
                    )
                ),
            )
        )
    return await erase(call)


async def erase(call: Call) -> Message:
    """Erase everything of this person, at once."""
    account = call.who.account
    if account is None:
        return Message((Text(call.say("forget.nothing")),))
    for membership in await call.work.memberships.of_account(account.id):
        await mentoring.leave(call.work, membership, call.now)
    await call.work.accounts.erase(account.id)
    return Message((Text(call.say("forget.done")),))


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
    blocks.append(Text(await _next(call, member)))
    if problem := await _problem(call, member):
        blocks.append(Text(problem))
    standing = await mentoring.standing(call.work, member)
    blocks += [Text(_pair_line(say, pair, member)) for pair in standing.pairs]
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


async def _next(call: Call, member: Membership) -> str:
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
    since = call.now - PROBLEMS_FOR
    reason = await call.work.deliveries.last_problem(member.direct_place_id, since)
    return reason and call.say("status.problem", reason=call.say(f"reason.{reason}"))


def _pair_line(say: Wording, pair: Pair, member: Membership) -> str:
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
