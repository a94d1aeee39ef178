"""Which sentences the code asks for, found in its syntax trees."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from string import Formatter
from types import MappingProxyType

from babel.messages.pofile import read_po

from bot.commands.declared import COMMANDS
from bot.domain.compass import StoneKind
from bot.domain.delivery import Notice, Reason
from bot.domain.membership import Cadence
from bot.domain.prompts import Verdict
from bot.ports.mentoring import MentoringWordsKind

BOT, ADAPTERS = Path("bot"), Path("adapters")
CATALOGUE = BOT / "locale/en/LC_MESSAGES/cairn.po"

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMMANDS = tuple(command.name for command in COMMANDS)
_VISIBLE = tuple({a.name: None for c in COMMANDS for a in c.arguments if not a.hidden})
_READERS = ("you", "mentor", "coordinator", "host", "platform")
_SIDES = ("mentor", "mentee")
_FAILURES = (
    Reason.UNREACHABLE,
    Reason.PLACE_GONE,
    Reason.NOT_ALLOWED,
    Reason.REFUSED,
    Reason.UNCONFIRMED,
)

_GROUPS = (
    "cairn",
    *{" ".join(c.name.split()[:n]): None for c in COMMANDS for n in range(1, len(c.name.split()))},
)

FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "command.{}.help": _COMMANDS,
        "group.{}.help": _GROUPS,
        "command.{}.title": _COMMANDS,
        "argument.{}": _VISIBLE,
        "stone.kind.{}": tuple(StoneKind),
        "cadence.{}": tuple(Cadence),
        "privacy.{}": _READERS,
        "privacy.{}_reads": _READERS,
        "status.pair_as_{}": _SIDES,
        "pair.introduced_{}": _SIDES,
        "pair.first_step_{}": _SIDES,
        "prompt.{}_thanks": tuple(Verdict),
        "export.mentoring_{}": tuple(MentoringWordsKind),
        "reason.{}": _FAILURES,
        "{}_by_leaving": (Notice.MENTOR_WITHDRAWN, Notice.REQUEST_DECLINED),
    }
)
"""Keys that are put together: each pattern, and what stands in its gap."""

WELCOME: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"command.{}.intro": _COMMANDS, "hint.{}": _VISIBLE}
)
"""Sentences that may be there: the code looks first."""


@dataclass(frozen=True)
class Use:
    """A sentence asked for: the keys it may be, the values given, and whether more are passed on.

    `pattern` is that of a key put together, with `{}` for each gap.
    """

    where: str
    keys: tuple[str, ...]
    values: frozenset[str]
    is_open: bool
    is_counted: bool = False
    pattern: str | None = None
    is_unclear: bool = False


def catalogue() -> dict[str, tuple[str, ...]]:
    """Every key of the English catalogue with its sentence, or its plural forms."""
    with CATALOGUE.open("rb") as lines:
        read = [(entry.id, entry.string) for entry in read_po(lines, locale="en") if entry.id]
    return {
        str(key if isinstance(key, str) else key[0]): (
            tuple(map(str, text)) if isinstance(text, tuple) else (str(text),)
        )
        for key, text in read
    }


def is_plural(sentences: tuple[str, ...]) -> bool:
    """Whether a sentence is there in several plural forms."""
    return len(sentences) > 1


def gaps(sentence: str) -> frozenset[str]:
    """The names of the gaps in a sentence."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def uses_in_bot() -> list[Use]:
    """Every place where a sentence is asked for, those of adapters by key included."""
    core, adapters = (
        [use for path in sorted(folder.rglob("*.py")) for use in uses(path.read_text(), str(path))]
        for folder in (BOT, ADAPTERS)
    )
    # what else adapters `say` is no sentence of the catalogue
    return [*core, *(use for use in adapters if use.keys)]


def uses(source: str, name: str = "code") -> Iterator[Use]:
    """Every call of `say`, `say.count`, `UserError` and the like in some source text."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, _Function)]
    inside = {id(inner): function for function in functions for inner in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and (kind := _kind(node.func)):
            where = f"{name}:{node.lineno}"
            yield _use(node, kind, where, _Scope(tree, inside.get(id(node))))


def _kind(called: ast.expr) -> str | None:
    match called:
        case ast.Name(id="say" | "self") | ast.Attribute(attr="say"):
            return "say"
        case ast.Call(func=ast.Name(id="_say")):
            return "say"
        case ast.Name(id="UserError"):
            return "error"
        case ast.Attribute(value=ast.Name(id="say") | ast.Attribute(attr="say"), attr="count"):
            return "count"
        case _:
            return None


@dataclass(frozen=True)
class _Scope:
    tree: ast.Module
    function: ast.FunctionDef | ast.AsyncFunctionDef | None

    def meanings(self, name: str) -> list[ast.expr]:
        """What a name in this function may stand for: what it is assigned, what is passed."""
        if self.function is None:
            return []
        assigned: list[ast.expr] = [
            node.value
            for node in ast.walk(self.function)
            if isinstance(node, ast.Assign)
            and any(isinstance(to, ast.Name) and to.id == name for to in node.targets)
        ]
        parameters = [argument.arg for argument in self.function.args.args]
        if assigned or name not in parameters:
            return assigned
        position = parameters.index(name)
        return [
            node.args[position]
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == self.function.name
            and len(node.args) > position
        ]


def _use(node: ast.Call, kind: str, where: str, scope: _Scope) -> Use:
    values = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
    is_open = any(keyword.arg is None for keyword in node.keywords)
    if isinstance(node.args[0], ast.Attribute) and node.args[0].attr == "key":
        return Use(where, (), values, is_open)  # an error's own key: found where it is raised
    keys: list[str] = []
    patterns: list[str] = []
    is_unclear = False
    for meant in _resolved(node.args[0], scope):
        match meant:
            case ast.Constant(value=str(key)):
                keys.append(key)
            case ast.JoinedStr():
                patterns.append(_pattern(meant))
            case _:
                is_unclear = True
    counted = frozenset({"number"}) if kind == "count" else frozenset()
    return Use(
        where,
        tuple(keys),
        values | counted,
        is_open,
        kind == "count",
        patterns[0] if patterns else None,
        is_unclear or len(patterns) > 1 or not (keys or patterns),
    )


def _resolved(meant: ast.expr, scope: _Scope) -> list[ast.expr]:
    match meant:
        case ast.IfExp(body=body, orelse=orelse):
            return [*_resolved(body, scope), *_resolved(orelse, scope)]
        case ast.Name(id=name) if found := scope.meanings(name):
            return [inner for value in found for inner in _resolved(value, scope)]
        case _:
            return [meant]


def _pattern(meant: ast.JoinedStr) -> str:
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "{}" for part in meant.values
    )


def keys_of(pattern: str) -> tuple[str, ...]:
    """Every key of a family."""
    return tuple(pattern.format(one) for one in FAMILIES.get(pattern, ()))


def complaints(found: list[Use], known: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What is wrong between the code and the catalogue, a line each."""
    wrong: list[str] = []
    used: set[str] = set()
    for use in found:
        if use.is_unclear:
            wrong.append(f"{use.where}: which sentence is not clear")
        if use.pattern and use.pattern not in {**FAMILIES, **WELCOME}:
            wrong.append(f"{use.where}: no family {use.pattern}")
        for key in (*use.keys, *keys_of(use.pattern or "")):
            used.add(key)
            if key not in known:
                wrong.append(f"{use.where}: no sentence {key}")
                continue
            if is_plural(known[key]) is not use.is_counted:
                wrong.append(f"{use.where}: {key} is counted in one place only")
            wrong += [
                f"{use.where}: {key} has the gap {gap}, which nothing fills"
                for sentence, gap in product(
                    known[key], sorted(set().union(*map(gaps, known[key])))
                )
                if gap in gaps(sentence) and gap not in use.values and not use.is_open
            ]
    welcome = {pattern.format(one) for pattern, all_of in WELCOME.items() for one in all_of}
    wrong += [f"catalogue: {key} is never said" for key in known if key not in used | welcome]
    return wrong
