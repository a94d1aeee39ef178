"""Commands as an app registers them, checked against Discord's limits."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.servers.discord.checks import check, length, number
from tests.servers.discord.refusals import Wrong
from tests.servers.discord.world import Json, Snowflakes

SLASH, ON_USER, ON_MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE = range(3, 12)

_MOST = {SLASH: 100, ON_USER: 15, ON_MESSAGE: 15}
_NAME = re.compile(r"[-_'\w]{1,32}")
_OPTIONS, _CHOICES, _CHARACTERS = 25, 25, 8000
_LARGEST = 2**53 - 1


def check_commands(commands: list[Json]) -> None:
    """Raises RefusedError for commands that Discord refuses."""
    check(_of_commands(commands))


def _of_commands(commands: list[Json]) -> Iterator[Wrong]:
    kinds = Counter(each.get("type") or SLASH for each in commands)
    for kind, found in kinds.items():
        yield from number("commands", found, 0, _MOST.get(kind, 0))
    names = Counter((each.get("type") or SLASH, each.get("name")) for each in commands)
    for (_, name), times in names.items():
        if times > 1:
            yield Wrong("commands", "APPLICATION_COMMANDS_DUPLICATE_NAME", f"{name} twice")
    for at, command in enumerate(commands):
        yield from _of_command(str(at), command)


def _of_command(path: str, command: Json) -> Iterator[Wrong]:
    if (command.get("type") or SLASH) == SLASH:
        yield from _named(path, command)
        yield from _of_options(path, command.get("options") or [], depth=0)
        characters = _characters(command)
        if characters > _CHARACTERS:
            told = f"{characters} characters, {_CHARACTERS} are allowed"
            yield Wrong(path, "APPLICATION_COMMAND_TOO_LARGE", told)
        return
    for name in _localised(command, "name"):
        yield from length(f"{path}.name", name, 1, 32)
    if command.get("description"):
        yield Wrong(f"{path}.description", "BASE_TYPE_BAD_VALUE", "Menu entries have none")
    if command.get("options"):
        yield Wrong(f"{path}.options", "BASE_TYPE_BAD_VALUE", "Menu entries have none")


def _localised(part: Json, key: str) -> list[Any]:
    return [part.get(key), *(part.get(f"{key}_localizations") or {}).values()]


def _named(path: str, part: Json) -> Iterator[Wrong]:
    for name in _localised(part, "name"):
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
            told = f"Command name is invalid: {name}"
            yield Wrong(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", told)
    for description in _localised(part, "description"):
        yield from length(f"{path}.description", description, 1, 100)


def _of_options(path: str, options: list[Json], depth: int) -> Iterator[Wrong]:
    yield from number(f"{path}.options", len(options), 0, _OPTIONS)
    for name, times in Counter(each.get("name") for each in options).items():
        if times > 1:
            told = f"Option {name} twice"
            yield Wrong(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", told)
    kinds = {each.get("type") in (SUBCOMMAND, GROUP) for each in options}
    if len(kinds) > 1:
        told = "Sub-commands and options can't be mixed"
        yield Wrong(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", told)
    is_needed = True
    for at, option in enumerate(options):
        here = f"{path}.options.{at}"
        yield from _named(here, option)
        kind = option.get("type")
        if kind in (SUBCOMMAND, GROUP):
            if depth > (0 if kind == GROUP else 1):
                yield Wrong(here, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep")
            inside = option.get("options") or []
            yield from _of_options(here, inside, depth=1 if kind == GROUP else 2)
            continue
        yield from _of_option(here, option)
        if option.get("required") and not is_needed:
            told = "Required options must be placed before non-required options"
            yield Wrong(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", told)
        is_needed = bool(option.get("required"))


def _of_option(path: str, option: Json) -> Iterator[Wrong]:
    if option.get("type") not in range(3, 12):
        yield Wrong(f"{path}.type", "BASE_TYPE_CHOICES", f"No such type: {option.get('type')}")
    for key in ("min_value", "max_value"):
        if abs(option.get(key) or 0) > _LARGEST:
            yield Wrong(f"{path}.{key}", "NUMBER_TYPE_MAX", f"{option[key]} is out of bounds")
    choices = option.get("choices") or []
    yield from number(f"{path}.choices", len(choices), 0, _CHOICES)
    if choices and option.get("autocomplete"):
        told = "Choices and autocomplete exclude each other"
        yield Wrong(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", told)
    yield from of_choices(f"{path}.choices", choices)


def of_choices(path: str, choices: list[Json]) -> Iterator[Wrong]:
    """What is wrong with choices, those of a declaration or of suggestions."""
    yield from number(path, len(choices), 0, _CHOICES)
    for at, choice in enumerate(choices):
        for name in _localised(choice, "name"):
            yield from length(f"{path}.{at}.name", name, 1, 100)
        if isinstance(choice.get("value"), str):
            yield from length(f"{path}.{at}.value", choice["value"], 1, 100)


def _characters(part: Json) -> int:
    """Characters of names, descriptions and values; of translations the longest counts."""
    texts = sum(
        max((len(text or "") for text in _localised(part, key)), default=0)
        for key in ("name", "description")
    )
    texts += len(part["value"]) if isinstance(part.get("value"), str) else 0
    inner = [*(part.get("options") or ()), *(part.get("choices") or ())]
    return texts + sum(_characters(each) for each in inner)


def stored(command: Json, earlier: list[Json], application_id: str, snowflakes: Snowflakes) -> Json:
    """A command as Discord gives it back; one that was there before keeps its id."""
    kind = command.get("type") or SLASH
    same = (e["id"] for e in earlier if (e["type"], e["name"]) == (kind, command["name"]))
    needed = command.get("default_member_permissions")
    return {
        "id": next(same, None) or snowflakes.next(),
        "application_id": application_id,
        "version": snowflakes.next(),
        "dm_permission": True,
        "contexts": None,
        "integration_types": [0],
        "nsfw": False,
        **{key: value for key, value in command.items() if value is not None},
        "type": kind,
        "description": command.get("description") or "",
        "default_member_permissions": None if needed is None else str(needed),
    }
