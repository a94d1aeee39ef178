"""Discord's commands, made from the command table: `/cairn`, `/cairn-admin` and two menu entries.

Discord nests commands two deep and hides only whole ones, so what stands under `admin` is a command
of its own, which only people with *Manage Server* see until the server says otherwise. An option is
required only where no form can ask for it: what is left out opens the form.
Limits: github.com/discord/discord-api-docs, `interactions/application-commands.mdx`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from typing import Protocol

from discord import AppCommandOptionType, AppCommandType, ChannelType, Permissions

from bot.chat.wording import wording_for
from bot.commands.arguments import Argument, Kind
from bot.commands.table import Audience, Command, FormRule

Json = dict[str, object]

ROOT = "cairn"
ADMIN = "admin"
ADMIN_COMMAND = f"{ROOT}-{ADMIN}"

LONGEST_NAME = 32
LONGEST_HELP = 100
LONGEST_TYPED = 6000
"""The most characters that a string option takes."""

_IN_SERVER, _IN_DIRECT = 0, 1
_BY_SERVER = 0

_SUGGESTED = frozenset((Kind.ZONE, Kind.LIST, Kind.PEOPLE, Kind.PERSON))
"""What the core suggests values for. Someone may be on another platform, so that they are typed."""

_TYPES: Mapping[Kind, AppCommandOptionType] = {
    Kind.NUMBER: AppCommandOptionType.integer,
    Kind.CHANNEL: AppCommandOptionType.channel,
    Kind.FILE: AppCommandOptionType.attachment,
}
"""The types of options that are more than text."""


class Words(Protocol):
    """What commands are called and said to do in one language.

    Names are lower-case, of 1 to 32 characters, and helps have at most 100. A path is a command's
    name or what several begin with: `mentor offer`, `mentor`; the two roots are `cairn` and
    `admin`.
    """

    def name(self, path: str) -> str:
        """The last word of a path."""
        ...

    def help(self, path: str) -> str:
        """What a command, or those below it, are for."""
        ...

    def argument(self, name: str) -> str:
        """What an argument is called."""
        ...

    def argument_help(self, name: str) -> str:
        """What is to be given for an argument."""
        ...

    def choice(self, argument: str, value: str) -> str:
        """What a value of an argument is called."""
        ...


@cache
def menu_entries() -> Mapping[str, str]:
    """The actions behind the menu entries, by the names that Discord gives back."""
    say = wording_for()
    return {say("menu.pin"): "pin", say("menu.ask"): "ask"}


def payload(
    commands: Sequence[Command], words: Words, others: Mapping[str, Words] = {}
) -> list[Json]:
    """All commands as Discord takes them, in these words, and in `others` by Discord's locales."""
    made = _Tree(words, others)
    visible = [one for one in commands if one.audience is not Audience.COORDINATOR]
    admin = [one for one in commands if one.audience is Audience.COORDINATOR]
    return [
        {
            "name": ROOT,
            **made.helped(ROOT),
            "type": AppCommandType.chat_input.value,
            "contexts": [_IN_SERVER, _IN_DIRECT],
            "integration_types": [_BY_SERVER],
            "options": made.options((), visible),
        },
        {
            "name": ADMIN_COMMAND,
            **made.helped(ADMIN),
            "type": AppCommandType.chat_input.value,
            "contexts": [_IN_SERVER],
            "integration_types": [_BY_SERVER],
            "default_member_permissions": str(Permissions(manage_guild=True).value),
            "options": made.options((ADMIN,), admin),
        },
        *_menu(),
    ]


def digest(made: Sequence[Json]) -> str:
    """What tells one tree of commands from another, so that only a new one is sent to Discord."""
    written = json.dumps(made, sort_keys=True, ensure_ascii=False)
    return blake2b(written.encode(), digest_size=16).hexdigest()


def _menu() -> list[Json]:
    kinds = {
        "pin": (AppCommandType.message, [_IN_SERVER, _IN_DIRECT]),
        "ask": (AppCommandType.user, [_IN_SERVER]),
    }
    return [
        {
            "name": name,
            "type": kinds[action][0].value,
            "contexts": kinds[action][1],
            "integration_types": [_BY_SERVER],
        }
        for name, action in menu_entries().items()
    ]


class _Tree:
    """Commands in one language, and in others beside it."""

    def __init__(self, words: Words, others: Mapping[str, Words]) -> None:
        self._words = words
        self._others = others

    def options(self, above: tuple[str, ...], commands: Sequence[Command]) -> list[Json]:
        """Everything below a path, in the order of the table."""
        below: dict[str, list[Command]] = {}
        for command in commands:
            word = command.name.split()[len(above)]
            below.setdefault(word, []).append(command)
        return [self._node((*above, word), inside) for word, inside in below.items()]

    def _node(self, path: tuple[str, ...], commands: Sequence[Command]) -> Json:
        command = commands[0]
        if len(commands) == 1 and command.name == " ".join(path):
            return {
                **self._named(command.name),
                "type": AppCommandOptionType.subcommand.value,
                "options": self._arguments(command),
            }
        return {
            **self._named(" ".join(path)),
            "type": AppCommandOptionType.subcommand_group.value,
            "options": self.options(path, commands),
        }

    def _arguments(self, command: Command) -> list[Json]:
        visible = [one for one in command.arguments if not one.hidden]
        made = [self._argument(command, one) for one in visible]
        # Discord wants the required ones first
        return sorted(made, key=lambda one: not one["required"])

    def _argument(self, command: Command, argument: Argument) -> Json:
        kind = _TYPES.get(argument.kind, AppCommandOptionType.string)
        may_be_asked = command.form is not FormRule.NEVER and argument.in_form
        made: Json = {
            **self._said("name", lambda words: words.argument(argument.name), argument.name),
            **self._said("description", lambda words: words.argument_help(argument.name)),
            "type": kind.value,
            "required": argument.required and not may_be_asked,
        }
        match argument.kind:
            case Kind.NUMBER:
                made |= {"min_value": argument.lowest, "max_value": argument.highest}
            case Kind.CHANNEL:
                made["channel_types"] = [ChannelType.text.value, ChannelType.news.value]
            case Kind.CHOICE:
                made["choices"] = [self._choice(argument, value) for value in argument.choices]
            case Kind.FILE:
                pass
            case _:
                made["max_length"] = min(argument.max_length, LONGEST_TYPED)
                made |= {"autocomplete": True} if argument.kind in _SUGGESTED else {}
        return made

    def _choice(self, argument: Argument, value: str) -> Json:
        return {
            **self._said("name", lambda words: words.choice(argument.name, value)),
            "value": value,
        }

    def _named(self, path: str) -> Json:
        last = path.rsplit(maxsplit=1)[-1]
        return {**self._said("name", lambda words: words.name(path), last), **self.helped(path)}

    def helped(self, path: str) -> Json:
        """What a command, or those below it, are for."""
        return self._said("description", lambda words: words.help(path))

    def _said(self, key: str, said: Callable[[Words], str], always: str | None = None) -> Json:
        """Something in these words and in the others'; what comes back is `always` the same."""
        others = {locale: said(words) for locale, words in self._others.items()}
        localised: Json = {f"{key}_localizations": others} if others else {}
        return {key: always or said(self._words), **localised}
