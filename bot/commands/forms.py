"""Forms, made from the command table."""

from collections.abc import Mapping

from bot.chat.outgoing import FieldKind, Form, FormErrors, FormField, Option
from bot.chat.wording import Wording
from bot.commands.arguments import Argument, Arguments, Kind, Surroundings
from bot.commands.table import Call, Command
from bot.domain.errors import UserError


async def open_form(command: Command, call: Call, written: Mapping[str, str]) -> Form:
    """The form of a command, with what is written already and what is known filled in."""
    say = call.say
    known = dict(await command.prefill(call)) if command.prefill else {}
    intro = await command.intro(call) if command.intro else _intro(say, command)
    hidden = {argument.name for argument in command.arguments if argument.hidden}
    return Form(
        name=command.name,
        title=say(f"command.{command.name}.title"),
        intro=intro,
        fields=tuple(
            _field(say, argument, written, known)
            for argument in command.arguments
            if argument.is_asked(written) and argument.in_form
        ),
        submit=say("form.submit"),
        hidden=(
            *((name, value) for name, value in written.items() if name in hidden),
            *_programme(call),
        ),
    )


def _programme(call: Call) -> tuple[tuple[str, str], ...]:
    """What the form has to bring back, since it comes from where no community is told."""
    if call.event.community is not None or call.who.programme is None:
        return ()
    return (("programme", str(call.who.programme.id)),)


def _intro(say: Wording, command: Command) -> str:
    key = f"command.{command.name}.intro"
    return say(key) if say.has(key) else say(f"command.{command.name}.help")


def _field(
    say: Wording, argument: Argument, written: Mapping[str, str], known: Mapping[str, str]
) -> FormField:
    hint = f"hint.{argument.name}"
    return FormField(
        name=argument.name,
        label=say(f"argument.{argument.name}"),
        kind=_kind(argument),
        required=argument.required or any(name in written for name in argument.required_with),
        hint=say(hint) if say.has(hint) else "",
        initial=written.get(argument.name, known.get(argument.name, "")),
        options=tuple(Option(choice, choice) for choice in argument.choices),
        max_length=argument.max_length,
    )


def _kind(argument: Argument) -> FieldKind:
    return _FIELD_KINDS.get(argument.kind, FieldKind.TEXT)


_FIELD_KINDS = {
    Kind.TEXT: FieldKind.LONG_TEXT,
    Kind.CHOICE: FieldKind.CHOICE,
    Kind.DATE: FieldKind.DATE,
    Kind.TIME: FieldKind.TIME,
    Kind.FILE: FieldKind.FILE,
    Kind.PERSON: FieldKind.PERSON,
    Kind.PEOPLE: FieldKind.PEOPLE,
    Kind.CHANNEL: FieldKind.CHANNEL,
}


def read_all(
    command: Command, written: Mapping[str, str], around: Surroundings
) -> tuple[Arguments, dict[str, UserError]]:
    """Every argument read into its type, and what is wrong with those that could not be."""
    values: dict[str, object] = {}
    errors: dict[str, UserError] = {}
    for argument in command.arguments:
        given = written.get(argument.name, "").strip()
        try:
            if argument.is_missing(written):
                raise UserError("argument.missing", argument=argument.name)
            values[argument.name] = argument.read(given, around) if given else None
        except UserError as error:
            errors[argument.name] = error
    return Arguments(values), errors


def form_errors(say: Wording, errors: Mapping[str, UserError]) -> FormErrors:
    """What is wrong with a form, a sentence a field, which is called as it is there."""
    sentences = (
        (name, say(error.key, **{**error.values, "argument": _label(say, name)}))
        for name, error in errors.items()
    )
    return FormErrors(tuple(sentences))


def _label(say: Wording, name: str) -> str:
    label = f"argument.{name}"
    return say(label) if say.has(label) else name
