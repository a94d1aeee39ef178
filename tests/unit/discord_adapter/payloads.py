"""Payloads as Discord sends them, for people and places of the server 9, and a client to read them.

The client is discord.py's own, not connected to anything: what it makes of a payload is what the
adapter is given.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import discord

Json = dict[str, Any]

AT = datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)
"""When payloads are received."""

HAPPENED = AT - timedelta(seconds=2)
ID = (int(HAPPENED.timestamp() * 1000) - discord.utils.DISCORD_EPOCH) << 22
"""The id of what just happened."""

EARLIER = ID - (60_000 << 22)
"""The id of a message of a minute ago, and of the thread that hangs on it."""

GUILD, TEAM, DIRECT, PRIVATE = (
    900000000000000009,
    450000000000000045,
    470000000000000047,
    480000000000000048,
)
ANA, BEN, CAIRN = 123000000000000001, 123000000000000002, 123000000000000099
MANAGE_GUILD = 1 << 5


class Listener(discord.Client):
    """A client that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), max_messages=10)
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        own: Any = user(id=str(CAIRN), username="cairn", bot=True)
        self._connection.user = discord.ClientUser(state=self._connection, data=own)
        self._connection._add_guild_from_data(guild())  # type: ignore[arg-type]

    def dispatch(self, event: str, /, *args: Any, **_kwargs: Any) -> None:
        """Remember it instead of telling anybody."""
        self.heard.append((event, args))

    def hear(self, name: str, data: Json, event: str) -> Any:
        """What a payload of the gateway makes discord.py tell under the name of this event."""
        self.heard.clear()
        self._connection.parsers[name](data)
        return self.told(event)

    def told(self, event: str) -> Any:
        """What it was told last under the name of this event."""
        return next((args[0] for told, args in self.heard if told == event), None)


def guild() -> Json:
    """The server, with its channel, and a thread on a message of it."""
    return {
        "id": str(GUILD),
        "name": "Town",
        "owner_id": str(ANA),
        "member_count": 3,
        "large": False,
        "roles": [role()],
        "channels": [channel()],
        "threads": [thread()],
        "members": [],
        "presences": [],
        "emojis": [],
        "features": [],
        "voice_states": [],
    }


def role() -> Json:
    """The role that everybody has."""
    return {
        "id": str(GUILD),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": "0",
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel(**more: object) -> Json:
    """The server's channel."""
    return {
        "id": str(TEAM),
        "type": 0,
        "name": "team",
        "position": 0,
        "guild_id": str(GUILD),
        "permission_overwrites": [],
        **more,
    }


def thread(**more: object) -> Json:
    """The thread on a message of the channel."""
    return {
        "id": str(EARLIER),
        "type": 11,
        "name": "answers",
        "guild_id": str(GUILD),
        "parent_id": str(TEAM),
        "owner_id": str(CAIRN),
        "message_count": 1,
        "member_count": 1,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": "2026-03-02T09:00:00.000000+00:00",
            "locked": False,
        },
        **more,
    }


def direct() -> Json:
    """Ana's own conversation with Cairn."""
    return {"id": str(DIRECT), "type": 1, "recipients": [user()]}


def user(**more: object) -> Json:
    """Somebody."""
    return {
        "id": str(ANA),
        "username": "ana.lima",
        "discriminator": "0",
        "global_name": "Ana Lima",
        "avatar": None,
        **more,
    }


def member(who: Json | None = None, **more: object) -> Json:
    """Somebody as they are in the server."""
    return {
        "user": who or user(),
        "roles": [],
        "joined_at": "2026-01-01T00:00:00.000000+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": "0",
        **more,
    }


def message(content: object = "hello", **more: object) -> Json:
    """Somebody's message in the server's channel."""
    return {
        "id": str(ID),
        "type": 0,
        "channel_id": str(TEAM),
        "guild_id": str(GUILD),
        "author": user(),
        "member": {key: value for key, value in member().items() if key != "user"},
        "content": content,
        "timestamp": HAPPENED.isoformat(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "flags": 0,
        "components": [],
        **more,
    }


def direct_message(content: object = "hello", **more: object) -> Json:
    """Somebody's message to Cairn."""
    told = message(content, channel_id=str(DIRECT), **more)
    return {key: value for key, value in told.items() if key not in ("guild_id", "member")}


def reaction(**more: object) -> Json:
    """Somebody's reaction to the message of a minute ago."""
    return {
        "user_id": str(ANA),
        "channel_id": str(TEAM),
        "message_id": str(EARLIER),
        "guild_id": str(GUILD),
        "member": member(),
        "emoji": {"id": None, "name": "\U0001f331"},
        "burst": False,
        "type": 0,
        **more,
    }


def interaction(kind: int, data: object, **more: object) -> Json:
    """Something used in the server's channel."""
    return {
        "id": str(ID),
        "application_id": str(CAIRN),
        "type": kind,
        "data": data,
        "guild_id": str(GUILD),
        "guild": {"id": str(GUILD), "locale": "en-US", "features": []},
        "channel": channel(),
        "channel_id": str(TEAM),
        "member": member(nick="Ana"),
        "token": "a-token",
        "version": 1,
        "app_permissions": "0",
        "locale": "pt-BR",
        "guild_locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(GUILD)},
        "context": 0,
        "attachment_size_limit": 10_000_000,
        **more,
    }


def in_direct(told: Json) -> Json:
    """The same interaction, used in a direct conversation."""
    gone = ("guild_id", "guild", "guild_locale", "member")
    kept = {key: value for key, value in told.items() if key not in gone}
    return {**kept, "channel": direct(), "channel_id": str(DIRECT), "user": user(), "context": 1}


def command(path: str, *options: Json, **data: object) -> Json:
    """A command, its path as it is typed after the slash."""
    name, *below = path.split()
    inside: list[Json] = list(options)
    for depth, word in reversed(list(enumerate(below))):
        kind = 1 if depth == len(below) - 1 else 2
        inside = [{"name": word, "type": kind, "options": inside}]
    return interaction(2, {"id": "1", "name": name, "type": 1, "options": inside, **data})


def option(name: str, value: object, kind: int = 3, **more: object) -> Json:
    """What was typed or chosen for an option."""
    return {"name": name, "type": kind, "value": value, **more}


def own_message(**more: object) -> Json:
    """A message of Cairn's."""
    cairn = user(id=str(CAIRN), username="cairn", global_name=None, bot=True)
    return message("a question", id=str(EARLIER), author=cairn, **more)


def pressed(custom_id: object, *values: str, **more: object) -> Json:
    """A button pressed, or with values an option chosen, on a message of Cairn's."""
    kind = 3 if values else 2
    data = {"custom_id": custom_id, "component_type": kind, "id": 2}
    if values:
        data["values"] = list(values)
    return interaction(3, data, **{"message": own_message(), **more})


def submitted(custom_id: object, *components: Json, **more: object) -> Json:
    """A form sent in."""
    resolved = more.pop("resolved", {})
    labels = [{"type": 18, "id": 1, "component": one} for one in components]
    data = {"custom_id": custom_id, "components": labels, "resolved": resolved}
    return interaction(5, data, **more)


def typed(name: str, value: object) -> Json:
    """What was typed into an input of a form."""
    return {"type": 4, "id": 2, "custom_id": name, "value": value}


def picked(name: str, *values: str, kind: int = 3) -> Json:
    """What was picked in a menu of a form."""
    return {"type": kind, "id": 2, "custom_id": name, "values": list(values)}


def attachment(**more: object) -> Json:
    """A file that was handed over."""
    return {
        "id": "777000000000000777",
        "filename": "cairn.zip",
        "size": 12,
        "url": "https://cdn.discordapp.example/cairn.zip",
        "proxy_url": "https://media.discordapp.example/cairn.zip",
        **more,
    }


def menu_entry(name: str, kind: int, target: int, **resolved: object) -> Json:
    """An entry of a menu chosen, on a message (kind 3) or a person (kind 2)."""
    data = {"id": "1", "name": name, "type": kind, "target_id": str(target), "resolved": resolved}
    return interaction(2, data)
