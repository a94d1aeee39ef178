"""What a person wants done, whatever way they said it: typed, pressed or filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.chat.identity import MessageRef
from bot.chat.incoming import ActionTaken, CommandGiven, FormSubmitted, Told
from bot.commands.arguments import MAX_NAME, Kind
from bot.commands.declared import ACTIONS_BY_NAME, COMMANDS, COMMANDS_BY_NAME
from bot.commands.reader import find_command, read_arguments
from bot.commands.table import Action, Audience, Command, FormRule, Handler
from bot.domain.errors import UserError

IN_PROGRAMME = "in_programme"
"""The choice of a programme: it comes with what is to be done there, and the programme's number."""

Deed = CommandGiven | ActionTaken | FormSubmitted
"""The events that ask for something to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """One command or button, with what was written for it.

    `name` is the command's or button's own; `opens` is the command whose form is to be opened
    instead, if the event can still open one; `programme` is the number of the one that was chosen.
    """

    name: str
    command: Command
    audience: Audience
    handler: Handler | None
    written: Mapping[str, str]
    opens: Command | None = None
    programme: int | None = None


def meaning(event: Deed) -> Meant:
    """Read an event. Raises UserError for what makes no sense."""
    match event:
        case CommandGiven(words=words, options=options):
            command, rest = find_command(words, COMMANDS)
            written = {**read_arguments(rest, command), **options, **_file(command, event)}
            return _command(command, written, may_open=True)
        case FormSubmitted(unfinished=True):
            command = _named(event.name)
            meant = _command(command, {**event.values, **event.hidden}, may_open=False)
            return replace(meant, opens=command, handler=None)
        case FormSubmitted(name=name, values=values, hidden=hidden):
            filled = {key: value for key, value in values.items() if value.strip()}
            command = _named(name)
            written = {**filled, **hidden, **_file(command, event)}
            programme = written.pop("programme", "")
            meant = _command(command, written, may_open=False)
            return replace(meant, programme=_number(programme)) if programme else meant
        case ActionTaken(name=name) if name == IN_PROGRAMME:
            return _chosen(event)
        case ActionTaken():
            return _pressed(event)


def meant_by(command: Command) -> Meant:
    """A command without any arguments."""
    return _command(command, {}, may_open=False)


def replaced_by_answer(event: Told) -> MessageRef | None:
    """The message that the answer to this event replaces, if it is of that kind."""
    if not isinstance(event, ActionTaken):
        return None
    if event.name == IN_PROGRAMME:
        return event.message
    if event.name not in ACTIONS_BY_NAME:
        return None
    return event.message if ACTIONS_BY_NAME[event.name].replaces else None


def _file(command: Command, event: CommandGiven | FormSubmitted) -> dict[str, str]:
    if event.attachment is None:
        return {}
    name = event.attachment.name[:MAX_NAME]
    return {argument.name: name for argument in command.arguments if argument.kind is Kind.FILE}


def _command(command: Command, written: Mapping[str, str], *, may_open: bool) -> Meant:
    return Meant(
        name=command.name,
        command=command,
        audience=command.audience,
        handler=command.handler,
        written=written,
        opens=command if may_open and command.wants_form(written) else None,
    )


def _named(name: str) -> Command:
    if name not in COMMANDS_BY_NAME:
        raise UserError("command.unknown", said=name[:40])
    return COMMANDS_BY_NAME[name]


def _pressed(event: ActionTaken) -> Meant:
    if event.name in COMMANDS_BY_NAME:
        command = COMMANDS_BY_NAME[event.name]
        given = zip((a.name for a in command.arguments), event.arguments, strict=False)
        return _command(command, dict(given), may_open=True)
    if event.name not in ACTIONS_BY_NAME:
        raise UserError("action.unknown")
    action = ACTIONS_BY_NAME[event.name]
    if action.of_others and event.target and event.target.author != event.actor.account:
        command = COMMANDS_BY_NAME[action.of_others]
        return _command(command, {"link": _link(event.target.message)}, may_open=True)
    is_menu_entry = (action.of_others is not None and event.target is not None) or (
        action.of_person is not None and event.target_person is not None
    )
    if len(event.arguments) < len(action.parameters) and not is_menu_entry:
        raise UserError("action.unknown")
    written = dict(zip((p.name for p in action.parameters), event.arguments, strict=False))
    if action.of_person and event.target_person:
        written = {action.of_person: f"@{event.target_person.native_id}"}
    return _act(action, written)


def _chosen(event: ActionTaken) -> Meant:
    if len(event.arguments) < 2:
        raise UserError("action.unknown")
    name, *carried, programme = event.arguments
    written = {key: value for key, is_told, value in (c.partition("=") for c in carried) if is_told}
    if name in ACTIONS_BY_NAME:
        meant = _act(ACTIONS_BY_NAME[name], written)
    else:
        meant = _command(_named(name), written, may_open=True)
    return replace(meant, programme=_number(programme))


def _number(written: str) -> int:
    if not written.isdecimal():
        raise UserError("action.unknown")
    return int(written)


def _act(action: Action, written: Mapping[str, str]) -> Meant:
    opens = COMMANDS_BY_NAME[action.opens] if action.opens else None
    return Meant(
        name=action.name,
        command=opens or _as_command(action),
        audience=action.audience,
        handler=action.handler,
        written=written,
        opens=opens,
    )


def _link(message: MessageRef) -> str:
    return f"{message.place.platform}:{message.place.native_id}/{message.native_id}"


def _as_command(action: Action) -> Command:
    if action.handler is None:
        message = f"action {action.name} neither opens a form nor has a handler"
        raise TypeError(message)
    return Command(
        name=action.name,
        handler=action.handler,
        arguments=action.parameters,
        form=FormRule.NEVER,
        scope=action.scope,
    )
