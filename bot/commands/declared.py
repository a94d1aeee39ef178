"""The command table: every command and every button of Cairn, declared once."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.chat.outgoing import Message
from bot.commands import (
    belongings,
    compass,
    coordinating,
    joining,
    linking,
    mentoring,
    reflecting,
    standing,
    writing,
)
from bot.commands.arguments import Argument, Kind
from bot.commands.table import Action, Audience, Call, Command, FormRule, Handler, Prefill, Scope
from bot.domain.compass import StoneKind
from bot.domain.membership import Cadence
from bot.domain.practices import Practice


async def _help(call: Call) -> Message:
    return standing.help_message(call, COMMANDS)


_TEXT = Argument(name="text", kind=Kind.TEXT, required=True)
_SETTINGS = (
    Argument(name="zone", kind=Kind.ZONE, named=True),
    Argument(name="time", kind=Kind.TIME, named=True),
    Argument(name="days", kind=Kind.DAYS, named=True),
    Argument(name="quiet", kind=Kind.QUIET, named=True),
    Argument(name="cadence", kind=Kind.CHOICE, choices=tuple(c.value for c in Cadence), named=True),
    Argument(name="language", kind=Kind.LANGUAGE, named=True, in_form=False),
)
_NUDGE = Argument(name="nudge", kind=Kind.NUMBER)
_NEW_NUDGE = (
    Argument(name="channel", kind=Kind.CHANNEL, required=True),
    Argument(name="when", kind=Kind.WORDS, required=True, rest=True),
    Argument(name="zone", kind=Kind.ZONE),
    Argument(name="holidays", kind=Kind.WORDS),
)


def _admin(
    name: str, handler: Handler, *arguments: Argument, prefill: Prefill | None = None
) -> Command:
    return Command(
        name=f"admin {name}",
        handler=handler,
        audience=Audience.COORDINATOR,
        arguments=arguments,
        prefill=prefill,
    )


def _number(name: str) -> Argument:
    return Argument(name=name, kind=Kind.NUMBER, hidden=True)


COMMANDS: tuple[Command, ...] = (
    Command(
        name="start",
        handler=joining.start,
        audience=Audience.ANYONE,
        arguments=_SETTINGS,
        form=FormRule.WHEN_EMPTY,
        prefill=joining.start_values,
        opens_direct=True,
    ),
    Command(
        name="help",
        scope=Scope.OWN,
        handler=_help,
        audience=Audience.ANYONE,
        arguments=(Argument(name="command", kind=Kind.TEXT),),
    ),
    Command(name="status", handler=standing.status, audience=Audience.ANYONE),
    Command(
        name="why",
        scope=Scope.OWN,
        handler=compass.why,
        arguments=(_TEXT,),
        prefill=compass.why_values,
    ),
    Command(name="tough", scope=Scope.OWN, handler=compass.tough),
    Command(
        name="vision",
        scope=Scope.OWN,
        handler=compass.vision,
        arguments=(
            Argument(name="years", kind=Kind.HORIZON, required=True, highest=60),
            _TEXT,
        ),
        prefill=compass.vision_values,
    ),
    Command(
        name="stone",
        scope=Scope.OWN,
        handler=compass.stone,
        arguments=(
            _TEXT,
            Argument(name="kind", kind=Kind.CHOICE, choices=tuple(k.value for k in StoneKind)),
            Argument(name="vision", kind=Kind.HORIZON, highest=60),
            Argument(name="link", kind=Kind.WORDS, hidden=True),
        ),
    ),
    Command(
        name="reflect",
        scope=Scope.OWN,
        handler=reflecting.reflect,
        arguments=(
            Argument(name="text", kind=Kind.TEXT, required_with=("delivery", "reflection")),
            Argument(
                name="practice",
                kind=Kind.CHOICE,
                choices=tuple(p.value for p in Practice),
                unless=("delivery", "reflection"),
            ),
            _number("delivery"),
            _number("reflection"),
        ),
        prefill=reflecting.reflect_values,
        intro=reflecting.form_intro,
    ),
    Command(
        name="settings",
        handler=joining.settings,
        arguments=_SETTINGS,
        form=FormRule.NEVER,
        prefill=joining.settings_values,
    ),
    Command(
        name="pause",
        scope=Scope.EACH,
        handler=joining.pause,
        arguments=(
            Argument(name="for", kind=Kind.DURATION, rest=True),
            Argument(name="until", kind=Kind.DATE, rest=True),
        ),
    ),
    Command(name="resume", scope=Scope.EACH, handler=joining.resume),
    Command(name="privacy", scope=Scope.OWN, handler=belongings.privacy, audience=Audience.ANYONE),
    Command(name="export", scope=Scope.OWN, handler=belongings.export),
    Command(
        name="import",
        scope=Scope.OWN,
        handler=belongings.bring_in,
        arguments=(Argument(name="file", kind=Kind.FILE, required=True),),
    ),
    Command(
        name="forget",
        scope=Scope.OWN,
        handler=belongings.forget,
        audience=Audience.ANYONE,
        arguments=(Argument(name="confirm", kind=Kind.CHOICE, choices=("yes", "no")),),
    ),
    Command(
        name="mentor offer",
        handler=mentoring.offer,
        arguments=(
            Argument(name="topics", kind=Kind.LIST, required=True, rest=True),
            Argument(name="capacity", kind=Kind.NUMBER, highest=20, named=True),
        ),
        prefill=mentoring.offer_values,
    ),
    Command(
        name="mentor find",
        handler=mentoring.find,
        arguments=(
            Argument(name="topics", kind=Kind.LIST, required=True, rest=True),
            Argument(name="for", kind=Kind.TEXT, named=True),
            Argument(name="not_with", kind=Kind.PEOPLE, named=True),
        ),
        prefill=mentoring.find_values,
    ),
    Command(
        name="mentor request",
        handler=mentoring.request,
        arguments=(
            Argument(
                name="mentor",
                kind=Kind.PERSON,
                required=True,
                unless=("membership", "request"),
            ),
            Argument(name="note", kind=Kind.TEXT, required_with=("request",)),
            _number("membership"),
            _number("request"),
        ),
        check=mentoring.may_ask,
    ),
    Command(name="mentor pause", handler=mentoring.pause),
    Command(name="mentor resume", handler=mentoring.resume),
    Command(name="mentor status", handler=mentoring.status),
    Command(
        name="mentor say",
        handler=writing.write,
        arguments=(
            Argument(name="partner", kind=Kind.PARTNER, unless=("pair",)),
            _TEXT,
            _number("pair"),
        ),
        intro=writing.form_intro,
    ),
    Command(
        name="mentor end",
        handler=mentoring.end,
        arguments=(
            Argument(name="partner", kind=Kind.PARTNER),
            Argument(name="reason", kind=Kind.TEXT),
        ),
    ),
    _admin(
        "setup",
        coordinating.setup,
        *_NEW_NUDGE,
        Argument(name="pairs", kind=Kind.CHANNEL, named=True),
        prefill=coordinating.setup_values,
    ),
    _admin("nudge add", coordinating.add, *_NEW_NUDGE, prefill=coordinating.nudge_values),
    _admin("link", linking.link, Argument(name="code", kind=Kind.WORDS)),
    _admin("nudge list", coordinating.show),
    _admin("nudge pause", coordinating.pause, _NUDGE),
    _admin("nudge resume", coordinating.resume, _NUDGE),
    _admin("nudge remove", coordinating.remove, _NUDGE),
    _admin("nudge now", coordinating.post_now, _NUDGE),
    _admin(
        "nudge queue",
        coordinating.queue,
        _NUDGE,
        Argument(name="next", kind=Kind.WORDS),
        Argument(name="skip", kind=Kind.WORDS),
    ),
)

_DELIVERY, _REFLECTION, _PROMPT, _REQUEST, _LINK = map(
    _number, ("delivery", "reflection", "prompt", "request", "link")
)
_STONE_KIND = Argument(
    name="kind", kind=Kind.CHOICE, hidden=True, choices=tuple(k.value for k in StoneKind)
)

ACTIONS: tuple[Action, ...] = (
    Action(name="answer", parameters=(_DELIVERY,), opens="reflect"),
    Action(
        name="skip",
        scope=Scope.OWN,
        parameters=(_DELIVERY,),
        handler=reflecting.skip,
        replaces=True,
    ),
    Action(
        name="snooze",
        scope=Scope.OWN,
        parameters=(_DELIVERY,),
        handler=reflecting.snooze,
        replaces=True,
    ),
    Action(name="helped", scope=Scope.OWN, parameters=(_PROMPT,), handler=reflecting.helped),
    Action(
        name="not_for_me", scope=Scope.OWN, parameters=(_PROMPT,), handler=reflecting.not_for_me
    ),
    Action(name="edit", parameters=(_REFLECTION,), opens="reflect"),
    Action(
        name="pin",
        scope=Scope.OWN,
        parameters=(_REFLECTION,),
        handler=compass.pin,
        of_others="stone",
    ),
    Action(
        name="delete",
        scope=Scope.OWN,
        parameters=(_REFLECTION,),
        handler=reflecting.delete,
        replaces=True,
    ),
    Action(
        name="keep",
        scope=Scope.OWN,
        parameters=(_REFLECTION,),
        handler=reflecting.keep,
        replaces=True,
    ),
    Action(
        name="stone_kind",
        scope=Scope.OWN,
        parameters=(_number("stone"), _STONE_KIND),
        handler=compass.change_kind,
    ),
    Action(name="change_settings", opens="settings"),
    Action(
        name="erase",
        scope=Scope.OWN,
        audience=Audience.ANYONE,
        handler=belongings.erase,
        replaces=True,
    ),
    Action(
        name="ask",
        parameters=(_number("membership"),),
        opens="mentor request",
        of_person="mentor",
    ),
    Action(name="say_more", parameters=(_REQUEST,), opens="mentor request"),
    Action(
        name="link_yes",
        parameters=(_LINK,),
        audience=Audience.COORDINATOR,
        handler=linking.agree,
        replaces=True,
    ),
    Action(
        name="link_no",
        parameters=(_LINK,),
        audience=Audience.COORDINATOR,
        handler=linking.refuse,
        replaces=True,
    ),
    Action(name="write", parameters=(_number("pair"),), opens="mentor say"),
    Action(name="accept", parameters=(_REQUEST,), handler=mentoring.accept),
    Action(name="decline", parameters=(_REQUEST,), handler=mentoring.decline, replaces=True),
    Action(name="tell_me_more", parameters=(_REQUEST,), handler=mentoring.tell_me_more),
)


ACTIONS_BY_NAME: Mapping[str, Action] = MappingProxyType({a.name: a for a in ACTIONS})
"""Every button that is no command; a button named like a command runs that command."""

COMMANDS_BY_NAME: Mapping[str, Command] = MappingProxyType(
    {command.name: command for command in COMMANDS}
)
