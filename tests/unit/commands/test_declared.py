"""The command table holds together, and fits what every platform can show."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from bot.chat.wording import wording_for
from bot.commands.declared import ACTIONS, ACTIONS_BY_NAME, COMMANDS, COMMANDS_BY_NAME
from bot.commands.table import Action, Audience, Command

SAY = wording_for("en")

REFERENCE = (
    *("start", "help", "status", "why", "tough", "vision", "stone", "reflect", "settings"),
    *("pause", "resume", "privacy", "export", "forget"),
    *(f"mentor {name}" for name in ("offer", "find", "request", "status", "end")),
    "admin setup",
    *(f"admin nudge {name}" for name in ("add", "list", "pause", "resume", "remove")),
    *("admin nudge now", "admin nudge queue"),
)


def visible(command: Command) -> list[str]:
    return [argument.name for argument in command.arguments if not argument.hidden]


def asked(command: Command) -> list[str]:
    """What the command's form asks for."""
    return [a.name for a in command.arguments if not a.hidden and a.in_form]


each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def test_every_promised_command_is_there() -> None:
    assert {*REFERENCE} <= {*COMMANDS_BY_NAME}


def test_names_are_unique() -> None:
    names = Counter([*(c.name for c in COMMANDS), *(a.name for a in ACTIONS)])
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_does_one_thing_and_its_arguments_come_with_the_button(action: Action) -> None:
    assert (action.handler is None) is (action.opens is not None)
    assert all(parameter.hidden for parameter in action.parameters)
    if action.opens is not None:
        opened = {argument.name for argument in COMMANDS_BY_NAME[action.opens].arguments}
        assert {parameter.name for parameter in action.parameters} <= opened


def test_every_button_that_is_shown_has_an_action() -> None:
    shown = {
        (path.name, node.args[1].value)
        for path in Path("bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Button"
        and isinstance(node.args[1], ast.Constant)
    }
    assert len(shown) > 20
    known = {*COMMANDS_BY_NAME, *ACTIONS_BY_NAME}
    assert [(file, name) for file, name in sorted(shown) if name not in known] == []


def test_no_button_is_named_by_anything_but_a_plain_name() -> None:
    for path in Path("bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Button"
            ):
                assert len(node.args) > 1, f"{path}:{node.lineno}"
                assert isinstance(node.args[1], ast.Constant), f"{path}:{node.lineno}"


def test_the_stable_button_names_are_there() -> None:
    stable = "answer skip snooze settings pin helped not_for_me accept decline tell_me_more"
    assert {*stable.split()} <= {*COMMANDS_BY_NAME, *ACTIONS_BY_NAME}


@each_command
def test_a_command_fits_the_platforms(command: Command) -> None:
    assert len(command.name.split()) <= 3
    assert command.name == command.name.lower()
    assert len(visible(command)) <= 25
    assert all(len(argument.choices) <= 25 for argument in command.arguments)
    assert len(SAY(f"command.{command.name}.help")) <= 100
    assert len(SAY(f"command.{command.name}.title")) <= 24


@each_command
def test_a_form_fits_the_platforms(command: Command) -> None:
    assert len(asked(command)) <= 5
    for name in visible(command):
        assert len(SAY(f"argument.{name}")) <= 45
        if SAY.has(f"hint.{name}"):
            assert len(SAY(f"hint.{name}")) <= 100


@pytest.mark.parametrize("name", ["start", "settings"])
def test_language_is_typed_and_in_no_form(name: str) -> None:
    assert asked(COMMANDS_BY_NAME[name]) == ["zone", "time", "days", "quiet", "cadence"]
    assert visible(COMMANDS_BY_NAME[name]) == [*asked(COMMANDS_BY_NAME[name]), "language"]


@each_command
def test_whatever_is_required_is_in_the_form(command: Command) -> None:
    required = {a.name for a in command.arguments if a.required or a.required_with}
    assert required <= {*asked(command)}


@each_command
def test_arguments_are_unique_and_words_that_are_left_have_one_place_to_go(
    command: Command,
) -> None:
    names = [argument.name for argument in command.arguments]
    assert len(names) == len(set(names))
    known = set(names)
    for argument in command.arguments:
        assert {*argument.unless, *argument.required_with} <= known
    assert not any(argument.named and argument.rest for argument in command.arguments)
    takers = [a for a in command.arguments if a.takes_rest and not a.named]
    # the others are reached by their name: `pause until friday`
    assert all(argument.rest for argument in takers[1:])


@each_command
def test_usage_names_what_people_can_write_and_nothing_else(command: Command) -> None:
    shown = re.sub(r"[\[\]]", "", command.usage()).removeprefix(f"/cairn {command.name}").split()
    names = visible(command)
    assert shown == ["TEXT" if name == "text" else f"{name}=..." for name in names]


def test_groups_fit_the_platforms() -> None:
    groups = Counter(c.name.rpartition(" ")[0] for c in COMMANDS)
    assert max(groups.values()) <= 25
    tops = {command.name.split()[0] for command in COMMANDS}
    assert len(tops) <= 25


def test_only_admin_commands_are_for_coordinators() -> None:
    for command in COMMANDS:
        is_admin = command.name.startswith("admin ")
        assert (command.audience is Audience.COORDINATOR) is is_admin, command.name


def test_a_command_declared_for_the_platforms_stays_below_eight_thousand_characters() -> None:
    for top in {command.name.split()[0] for command in COMMANDS}:
        inside = [command for command in COMMANDS if command.name.split()[0] == top]
        length = sum(
            len(c.name)
            + len(SAY(f"command.{c.name}.help"))
            + sum(
                len(a.name) + len(SAY(f"argument.{a.name}")) + sum(2 * len(o) for o in a.choices)
                for a in c.arguments
                if not a.hidden
            )
            for c in inside
        )
        assert length <= 8000, top
