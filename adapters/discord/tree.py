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

from discord import AppCommandOptionType, AppCommandType, ChannelType, Locale, Permissions

from bot.chat.wording import (
    DEFAULT_LANGUAGE,
    CommandWords,
    command_languages,
    command_words,
    wording_for,
)
from bot.commands.arguments import Argument, Kind
from bot.commands.table import Audience, Command, FormRule

Json = dict[str, object]

ROOT = "cairn"
ADMIN = "admin"
ADMIN_COMMAND = f"{ROOT}-{ADMIN}"

LONGEST_TYPED = 6000
"""The most characters that a string option takes."""

_IN_SERVER, _IN_DIRECT = 0, 1
_BY_SERVER = 0

_SUGGESTED = frozenset((Kind.ZONE, Kind.LIST, Kind.PEOPLE, Kind.PERSON, Kind.PARTNER, Kind.HORIZON))
"""What the core suggests values for.

People are so, and not chosen from the server's, because a mentor may be on another platform.
"""

_TYPES: Mapping[Kind, AppCommandOptionType] = {
    Kind.NUMBER: AppCommandOptionType.integer,
    Kind.CHANNEL: AppCommandOptionType.channel,
    Kind.FILE: AppCommandOptionType.attachment,
}
"""The types of options that are more than text."""


@cache
def menu_entries() -> Mapping[str, str]:
    """The actions behind the menu entries, by the names that Discord gives back."""
    say = wording_for()
    return {say("menu.pin"): "pin", say("menu.ask"): "ask"}


def payload(commands: Sequence[Command]) -> list[Json]:
    """All commands as Discord takes them, their names and helps in every language of ours."""
    made = _Tree()
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
    """Commands in English, and in other languages beside it by Discord's locales."""

    def __init__(self) -> None:
        self._words = command_words(DEFAULT_LANGUAGE)
        self._others = {
            locale.value: command_words(language)
            for language in command_languages()
            for locale in Locale
            if language != DEFAULT_LANGUAGE and locale.value.partition("-")[0] == language
        }

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

    def _said(
        self, key: str, said: Callable[[CommandWords], str], always: str | None = None
    ) -> Json:
        """Something in these words and in the others'; what comes back is `always` the same."""
        others = {locale: said(words) for locale, words in self._others.items()}
        localised: Json = {f"{key}_localizations": others} if others else {}
        return {key: always or said(self._words), **localised}
