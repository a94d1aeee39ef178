"""Discord's commands, made from the command table."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from adapters.discord import tree
from adapters.discord.tree import Json
from bot.commands.arguments import Argument, Kind
from bot.commands.declared import ACTIONS_BY_NAME, COMMANDS
from bot.commands.table import Audience, Command, FormRule

PAYLOAD: list[dict[str, Any]] = tree.payload(COMMANDS)
BY_NAME = {one["name"]: one for one in PAYLOAD}
SLASH = [BY_NAME["cairn"], BY_NAME["cairn-admin"]]
NAME = re.compile(r"[-_\w]{1,32}")


def walk(node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything below a command, and itself."""
    yield dict(node)
    for inner in node.get("options", ()):
        yield from walk(inner)


def leaves(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The path of every command that can be used, with its options."""
    path = f"{above} {node['name']}".strip()
    below = node["options"]
    if below and below[0]["type"] in (1, 2):
        for inner in below:
            yield from leaves(inner, path)
    else:
        yield path, below


def test_every_command_and_visible_argument_of_the_table_is_there() -> None:
    found = {path: options for command in SLASH for path, options in leaves(command)}
    wanted = {
        f"cairn-{one.name}" if one.audience is Audience.COORDINATOR else f"cairn {one.name}": one
        for one in COMMANDS
    }
    assert found.keys() == wanted.keys()
    for path, command in wanted.items():
        visible = {argument.name for argument in command.arguments if not argument.hidden}
        assert {option["name"] for option in found[path]} == visible


def test_what_coordinators_use_is_hidden_from_others_and_only_in_servers() -> None:
    admin = BY_NAME["cairn-admin"]
    assert admin["default_member_permissions"] == "32"
    assert admin["contexts"] == [0]
    assert "default_member_permissions" not in BY_NAME["cairn"]
    assert BY_NAME["cairn"]["contexts"] == [0, 1]
    assert all(one["integration_types"] == [0] for one in PAYLOAD)


def test_menu_entries_are_actions() -> None:
    assert [(one["name"], one["type"]) for one in PAYLOAD[2:]] == [
        ("Pin as stepping stone", 3),
        ("Ask to mentor me", 2),
    ]
    assert all(action in ACTIONS_BY_NAME for action in tree.menu_entries().values())
    assert all(1 <= len(name) <= 32 for name in tree.menu_entries())


@pytest.mark.parametrize("command", SLASH, ids=lambda one: one["name"])
def test_discords_limits(command: dict[str, Any]) -> None:
    assert characters(command) <= 8000
    for node in walk(command):
        names = [node["name"], *node.get("name_localizations", {}).values()]
        helps = [node["description"], *node.get("description_localizations", {}).values()]
        assert all(NAME.fullmatch(name) and name == name.lower() for name in names), names
        assert all(1 <= len(text) <= 100 for text in helps), helps
        options = node.get("options", ())
        assert len(options) <= 25
        for language in ("", *node_languages(node)):
            called = [name_in(option, language) for option in options]
            assert len(set(called)) == len(called), called
        required = [option["required"] for option in options if "required" in option]
        assert required == sorted(required, reverse=True)
        for choice in node.get("choices", ()):
            assert 1 <= len(choice["name"]) <= 100
            assert 1 <= len(choice["value"]) <= 100
        assert len(node.get("choices", ())) <= 25


def node_languages(node: dict[str, Any]) -> set[str]:
    return {
        language
        for option in node.get("options", ())
        for language in option.get("name_localizations", {})
    }


def name_in(node: dict[str, Any], language: str) -> str:
    return str(node.get("name_localizations", {}).get(language, node["name"]))


def characters(command: dict[str, Any]) -> int:
    """What Discord counts: of each text the longest of its languages."""
    return sum(
        longest(node, "name")
        + longest(node, "description")
        + sum(longest(one, "name") + len(one["value"]) for one in node.get("choices", ()))
        for node in walk(command)
    )


def longest(node: dict[str, Any], key: str) -> int:
    return max(map(len, (node[key], *node.get(f"{key}_localizations", {}).values())))


def test_nothing_is_nested_deeper_than_discord_can() -> None:
    for command in SLASH:
        for node in command["options"]:
            inner = [one["type"] for one in node.get("options", ())]
            assert node["type"] in (1, 2)
            assert node["type"] == 1 or set(inner) == {1}


async def _nothing(_call: object) -> None:
    return None


def option_of(argument: Argument, **command: Any) -> dict[str, Any]:
    """The option that an argument becomes."""
    made = tree.payload([Command(name="why", handler=_nothing, arguments=(argument,), **command)])
    options: Any = made[0]["options"]
    return dict(options[0]["options"][0])


@pytest.mark.parametrize(
    ("argument", "wanted"),
    [
        (
            Argument(name="years", kind=Kind.NUMBER, highest=60),
            {"type": 4, "min_value": 1, "max_value": 60},
        ),
        (Argument(name="text", kind=Kind.TEXT), {"type": 3, "max_length": 4000}),
        (Argument(name="when", kind=Kind.WORDS), {"type": 3, "max_length": 200}),
        (Argument(name="zone", kind=Kind.ZONE), {"type": 3, "autocomplete": True}),
        (Argument(name="topics", kind=Kind.LIST), {"type": 3, "autocomplete": True}),
        (Argument(name="mentor", kind=Kind.PERSON), {"type": 3, "autocomplete": True}),
        (Argument(name="vision", kind=Kind.HORIZON), {"type": 3, "autocomplete": True}),
        (Argument(name="partner", kind=Kind.PARTNER), {"type": 3, "autocomplete": True}),
        (Argument(name="channel", kind=Kind.CHANNEL), {"type": 7, "channel_types": [0, 5]}),
        (Argument(name="file", kind=Kind.FILE), {"type": 11}),
    ],
    ids=lambda one: one.name if isinstance(one, Argument) else "",
)
def test_options_have_types(argument: Argument, wanted: Json) -> None:
    assert option_of(argument).items() >= {**wanted, "required": False}.items()


def test_choices() -> None:
    option = option_of(Argument(name="confirm", kind=Kind.CHOICE, choices=("yes", "no")))
    assert [one["value"] for one in option["choices"]] == ["yes", "no"]
    assert "autocomplete" not in option


def test_only_what_no_form_can_ask_for_is_required() -> None:
    text = Argument(name="text", kind=Kind.TEXT, required=True)
    assert option_of(text)["required"] is False
    assert option_of(text, form=FormRule.NEVER)["required"] is True


def test_names_come_in_the_languages_of_the_catalogues() -> None:
    why = BY_NAME["cairn"]["options"][3]
    assert set(why["description_localizations"]) >= {"de", "es-ES", "es-419", "fr"}
    assert "name_localizations" not in BY_NAME["cairn"]


def test_a_tree_is_told_from_another() -> None:
    assert tree.digest(tree.payload(COMMANDS)) == tree.digest(tree.payload(COMMANDS))
    assert tree.digest(tree.payload(COMMANDS)) != tree.digest(tree.payload(COMMANDS[1:]))
