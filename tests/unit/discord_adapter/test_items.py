"""A press finds its way whenever the button was sent."""

import asyncio
from typing import Any

import discord
import pytest

from adapters.discord import items
from adapters.discord.inbound import to_told
from bot.chat.incoming import ActionTaken
from tests.unit.discord_adapter.payloads import AT, Listener, own_message, pressed


def row(component: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": 1, "id": 1, "components": [{"id": 2, **component}]}]


BUTTON = row({"type": 2, "style": 2, "label": "Skip", "custom_id": "cairn:skip:7"})
MENU = row(
    {
        "type": 3,
        "custom_id": "cairn:snooze:7",
        "options": [{"label": "Later", "value": "2h"}],
        "min_values": 1,
        "max_values": 1,
    }
)
OTHERS = row({"type": 2, "style": 2, "label": "Skip", "custom_id": "other:skip"})


async def taken(custom_id: str, components: list[dict[str, Any]], *values: str) -> list[Any]:
    """What a client that was just started hands on of a press on an old message."""
    found: list[discord.Interaction[Any]] = []

    async def take(interaction: discord.Interaction[Any]) -> None:
        found.append(interaction)

    listener = Listener()
    listener.add_dynamic_items(items.dynamic_item(take))
    told = pressed(custom_id, *values, message=own_message(components=components))
    listener.hear("INTERACTION_CREATE", told, "interaction")
    before = {asyncio.current_task()}
    await asyncio.gather(*(asyncio.all_tasks() - before))
    return [to_told(one, AT) for one in found]


@pytest.mark.parametrize(
    ("custom_id", "components", "values", "arguments"),
    [("cairn:skip:7", BUTTON, (), ("7",)), ("cairn:snooze:7", MENU, ("2h",), ("7", "2h"))],
)
async def test_a_press_is_taken_once(
    custom_id: str,
    components: list[dict[str, Any]],
    values: tuple[str, ...],
    arguments: tuple[str, ...],
) -> None:
    (event,) = await taken(custom_id, components, *values)
    assert isinstance(event, ActionTaken)
    assert event.arguments == arguments


async def test_what_is_not_cairns_is_not_taken() -> None:
    assert await taken("other:skip", OTHERS) == []
