"""Commands about being asked: start, settings, pause, resume."""

from collections.abc import Mapping

from babel import Locale

from bot.chat.outgoing import Button, Buttons, Context, Fields, Message, Text
from bot.chat.wording import Wording, clock_time, languages
from bot.commands.arguments import Arguments
from bot.commands.table import Call
from bot.domain.errors import UserError
from bot.domain.membership import Cadence, MemberSettings
from bot.services import joining, mentoring


def greeting(say: Wording, name: str) -> Message:
    """What the one who has added Cairn to a community hears; nobody else is greeted."""
    return Message(
        (
            Text(say("install.hello", name=name)),
            Text(say("install.nobody_yet")),
            Text(say("install.next")),
        )
    )


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
        return Message((Text(say("start.again")), settings_fields(say, settings)))
    return Message(
        (
            Text(say("start.welcome", name=joined.membership.name)),
            Text(say("start.consent")),
            settings_fields(say, settings),
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
        return _as_typed(settings)
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


def _as_typed(settings: MemberSettings) -> Mapping[str, str]:
    """Settings as they are typed."""
    return {
        "zone": settings.zone,
        "time": clock_time(settings.minute),
        "days": str(settings.days),
        "quiet": str(settings.quiet),
        "cadence": settings.cadence.value,
        "language": settings.language,
    }


def settings_fields(say: Wording, settings: MemberSettings) -> Fields:
    """Settings as facts to show."""
    values = _as_typed(settings)
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
                settings_fields(say, current),
                Buttons((Button(say("settings.change"), "change_settings"),)),
                Context(say("settings.how")),
            )
        )
    changed = await joining.change_settings(call.work, call.member, _wishes(call.args), call.now)
    blocks = (Text(say("settings.changed")), settings_fields(say, changed))
    if changed.language in languages():
        return Message(blocks)
    name = Locale.parse(changed.language).get_display_name(say.locale)
    return Message((*blocks, Context(say("settings.language_to_come", language=name))))


async def settings_values(call: Call) -> Mapping[str, str]:
    """The current settings, for the form."""
    current = call.member.settings
    return _as_typed(current) if current else {}


async def pause(call: Call) -> Message:
    """Be quiet for a while; open mentor requests are withdrawn."""
    length, until_day = call.args.maybe_duration("for"), call.args.maybe_date("until")
    until = joining.pause_end(call.now, call.zone, length, until_day)
    for member in call.members:
        await joining.pause(call.work, member, until)
        await mentoring.withdraw_all(call.work, member, call.now)
    say = call.say
    buttons = Buttons((Button(say("button.resume"), "resume"),))
    if until == joining.FOR_EVER:
        return Message((Text(say("pause.until_resume")), buttons))
    moment = call.moment(until)
    return Message((Text(say("pause.until", moment=moment.words)), buttons), moments=(moment,))


async def resume(call: Call) -> Message:
    """Be asked again."""
    for member in call.members:
        await joining.resume(call.work, member)
    member = await call.work.memberships.get(call.member.id)
    at = await joining.next_question(call.work, member, call.now, call.calendar)
    say = call.say
    if at is None:
        return Message((Text(say("resume.done")),))
    moment = call.moment(at)
    return Message((Text(say("resume.next", moment=moment.words)),), moments=(moment,))
