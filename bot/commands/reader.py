"""What people type after `/cairn`, read into a command's name and its written arguments.

`NAME words... option=value...`: double quotes keep spaces, the last free text takes the rest.
"""

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from itertools import pairwise

from bot.commands.arguments import Argument, Kind
from bot.commands.table import Command
from bot.domain.errors import UserError

_TOKEN = re.compile(r'(?:"[^"]*"|“[^“”]*”|[^\s])+')
_OPTION = re.compile(r"([a-z_]+)=(.*)", re.DOTALL)
_QUOTED = re.compile(r'"([^"]*)"|“([^“”]*)”')
LONGEST = 40_000
"""The most characters of a command; platforms cut before that."""


def find_command(words: str, commands: Sequence[Command]) -> tuple[Command, str]:
    """The command with the longest name that `words` begin with, and what follows the name.

    No words at all are `help`. Raises UserError for a command that does not exist.
    """
    if len(words) > LONGEST:
        raise UserError("command.too_long", limit=LONGEST)
    tokens = list(_TOKEN.finditer(words))
    if not tokens:
        tokens = list(_TOKEN.finditer("help"))
        words = "help"
    names = {command.name: command for command in commands}
    for length in range(min(3, len(tokens)), 0, -1):
        name = " ".join(token.group().lower() for token in tokens[:length])
        if name in names:
            return names[name], words[tokens[length - 1].end() :]
    raise _unknown(" ".join(token.group().lower() for token in tokens[:3]), names)


def _unknown(said: str, names: Collection[str]) -> UserError:
    first = said.split(maxsplit=1)[0]
    inside = [name for name in names if name.startswith(f"{first} ")]
    if inside:
        return UserError("command.unfinished", said=first, commands=", ".join(inside))
    for length in (3, 2, 1):
        close = get_close_matches(" ".join(said.split()[:length]), list(names), n=1)
        if close:
            return UserError("command.unknown_near", said=first[:40], near=close[0])
    return UserError("command.unknown", said=first[:40])


def read_arguments(rest: str, command: Command) -> dict[str, str]:
    """What was written for each argument. Raises UserError for words that fit nowhere."""
    visible = [argument for argument in command.arguments if not argument.hidden]
    named = {argument.name: argument for argument in visible}
    written: dict[str, str] = {}
    free: list[re.Match[str]] = []
    goes_on: str | None = None
    for token in _TOKEN.finditer(rest):
        option = _OPTION.fullmatch(token.group())
        if option and option[1] in named:
            _put(written, option[1], _unquoted(option[2]))
            goes_on = option[1] if _is_list(named[option[1]]) else None
        elif goes_on and written[goes_on].endswith(","):
            written[goes_on] += f" {_unquoted(token.group())}"
        else:
            free.append(token)
    _place_free_words(free, [a for a in visible if a.name not in written], written, command)
    return written


def _place_free_words(
    free: list[re.Match[str]],
    open_arguments: list[Argument],
    written: dict[str, str],
    command: Command,
) -> None:
    if len(free) > 1 and (called := _called(free[0].group(), open_arguments)):
        written[called] = _rest_of(free[1:])
        return
    for argument in open_arguments:
        if not free:
            return
        if argument.named or _is_left_out(argument, open_arguments, free[0].group()):
            continue
        if argument.takes_rest:
            written[argument.name] = _rest_of(free)
            return
        written[argument.name] = _unquoted(free.pop(0).group())
    if free:
        raise UserError("command.left_over", left_over=free[0].group()[:80], usage=command.usage())


def _is_left_out(argument: Argument, open_arguments: list[Argument], word: str) -> bool:
    """Whether this is no partner but the beginning of the words to them: `mentor say thank you`."""
    if argument.kind is not Kind.PARTNER or word.startswith("@"):
        return False
    return any(other.required and other.takes_rest for other in open_arguments)


def _is_list(argument: Argument) -> bool:
    return argument.kind in (Kind.LIST, Kind.PEOPLE)


def _called(word: str, open_arguments: list[Argument]) -> str | None:
    """The argument that is called by its name in a plain sentence: `pause until friday`."""
    for argument in open_arguments:
        if argument.rest and argument.name == word.lower():
            return argument.name
    return None


def _rest_of(free: list[re.Match[str]]) -> str:
    if len(free) == 1:
        return _unquoted(free[0].group())
    pieces = [free[0].group()]
    for before, token in pairwise(free):
        between = before.string[before.end() : token.start()]
        pieces += [between if between.isspace() else " ", token.group()]
    return "".join(pieces)


def _put(written: dict[str, str], name: str, value: str) -> None:
    if name in written:
        raise UserError("command.given_twice", argument=name)
    written[name] = value


def _unquoted(token: str) -> str:
    quoted = _QUOTED.fullmatch(token)
    return token if quoted is None else quoted[1] or quoted[2] or ""
