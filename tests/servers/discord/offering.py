"""What people's interactions with an app look like to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.servers.discord import commands as registered
from tests.servers.discord import events
from tests.servers.discord.interactions import COMMAND, Interaction, new_token
from tests.servers.discord.permissions import ALL, permissions
from tests.servers.discord.routes import Upload
from tests.servers.discord.world import Channel, Guild, Json, StoredMessage, User

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

_TYPED = {
    registered.STRING: str,
    registered.INTEGER: int,
    registered.BOOLEAN: bool,
    registered.NUMBER: float,
}


def payload(server: "DiscordServer", found: Interaction, data: Json) -> Json:
    """An interaction as it is dispatched."""
    app, guild, channel = server.application, found.guild, found.channel
    content: Json = {
        "id": found.id,
        "application_id": app.id,
        "type": found.kind,
        "token": found.token,
        "version": 1,
        "data": data,
        "locale": found.user.locale,
        "channel_id": channel.id,
        "channel": _channel(server, found),
        "entitlements": [],
        "authorizing_integration_owners": {"0": guild.id if guild else "0"},
        "attachment_size_limit": 10 * 1024 * 1024,
        "app_permissions": events.bot_permissions(guild, app.bot.id, channel),
        "context": 0 if guild else 1,
    }
    if guild is None:
        content["user"] = events.user(found.user)
    else:
        mine = str(permissions(guild, found.user.id, channel))
        member = {**events.member(guild.members[found.user.id]), "permissions": mine}
        content |= {
            "guild_id": guild.id,
            "guild": events.partial_guild(guild),
            "guild_locale": guild.locale,
            "member": member,
        }
    if found.message is not None and found.kind != COMMAND:
        content["message"] = server.shown(found.message, in_full=True)
    return content


def _channel(server: "DiscordServer", found: Interaction) -> Json:
    shown = events.channel(found.channel, server.application.bot.id, server.people)
    if found.guild is not None:
        shown["permissions"] = str(permissions(found.guild, found.user.id, found.channel))
    else:
        shown["permissions"] = str(ALL)
    return shown


def new(server: "DiscordServer", kind: int, user: User, channel: Channel, name: str) -> Interaction:
    """Something that somebody does with the app."""
    guild = server.guild_of(channel)
    number = server.snowflakes.next()
    return Interaction(number, new_token(), kind, user, channel, guild, name, server.now())


def find_command(
    server: "DiscordServer", guild: Guild | None, name: str, kind: int = registered.SLASH
) -> Json:
    """A registered command, the guild's own first; raises LookupError."""
    for where in ([guild.id] if guild else []) + [None]:
        for command in server.application.commands.get(where, []):
            if (command["type"], command["name"]) == (kind, name):
                return command
    raise LookupError(f"no command {name} is registered")


def check_may_use(command: Json, user: User, guild: Guild | None) -> None:
    """Raises PermissionError where Discord would not show a command to somebody."""
    contexts = command["contexts"]
    if contexts is None:
        contexts = [0, 1] if command["dm_permission"] in (None, True) else [0]
    if (0 if guild else 1) not in contexts:
        raise PermissionError(f"{command['name']} can't be used here")
    needed = command["default_member_permissions"]
    if guild is not None and needed is not None:
        mine = permissions(guild, user.id)
        if (needed == "0" and mine != ALL) or mine & int(needed) != int(needed):
            raise PermissionError(f"{command['name']} is not shown to {user.name}")


class Typing:
    """What somebody fills into a command: options in their place, and whom they name."""

    def __init__(self, server: "DiscordServer", guild: Guild | None, channel: Channel) -> None:
        self._server, self._guild, self._channel = server, guild, channel
        self.resolved: dict[str, Json] = {}

    def data(
        self,
        command: Json,
        path: list[str],
        options: Mapping[str, Any],
        focused: str | None = None,
    ) -> Json:
        """The data of a slash command; `path` are its sub-commands."""
        content: Json = {"id": command["id"], "name": command["name"], "type": registered.SLASH}
        level, declared = content, command.get("options") or []
        for step in path:
            chosen = next(o for o in declared if o["name"] == step and o["type"] in (1, 2))
            level["options"] = [{"name": step, "type": chosen["type"]}]
            level, declared = level["options"][0], chosen.get("options") or []
        assert not any(o["type"] in (1, 2) for o in declared), f"{path} is only a group"
        level["options"] = self._filled(declared, dict(options), focused)
        if self.resolved:
            content["resolved"] = self.resolved
        return content

    def _filled(
        self, declared: list[Json], given: dict[str, Any], focused: str | None
    ) -> list[Json]:
        filled = []
        for option in declared:
            name = option["name"]
            if name not in given:
                assert focused or not option.get("required"), f"{name} is required"
                continue
            value = given.pop(name)
            shown: Json = {"name": name, "type": option["type"]}
            if name == focused:
                assert option.get("autocomplete"), f"{name} has no suggestions"
                filled.append({**shown, "value": value, "focused": True})
                continue
            filled.append({**shown, "value": self._value(option, value)})
        assert not given, f"no such options: {sorted(given)}"
        return filled

    def _value(self, option: Json, value: Any) -> Any:
        kind = option["type"]
        if kind in _TYPED:
            value = float(value) if kind == registered.NUMBER else value
            assert isinstance(value, _TYPED[kind]), f"{option['name']} is no {_TYPED[kind]}"
            _check_value(option, value)
            return value
        match kind:
            case registered.USER | registered.MENTIONABLE:
                return self.name_person(str(getattr(value, "id", value)))
            case registered.CHANNEL:
                return self.name_channel(str(getattr(value, "id", value)))
            case registered.FILE:
                return self.attach(*value)
            case _:
                return str(getattr(value, "id", value))

    def name_person(self, user_id: str) -> str:
        """Somebody is named."""
        person = self._server.people[user_id]
        self.resolved.setdefault("users", {})[user_id] = events.user(person)
        if self._guild is not None and user_id in self._guild.members:
            guild = self._guild
            mine = str(permissions(guild, user_id, self._channel))
            member = events.member(guild.members[user_id], with_user=False)
            member = {key: each for key, each in member.items() if key not in ("deaf", "mute")}
            self.resolved.setdefault("members", {})[user_id] = {**member, "permissions": mine}
        return user_id

    def name_channel(self, channel_id: str) -> str:
        """A channel is named."""
        channel, guild = self._server.channel(channel_id), self._guild
        assert channel is not None
        assert guild is not None
        reader = self._server.application.bot.id
        shown = events.resolved_channel(channel, guild, reader)
        self.resolved.setdefault("channels", {})[channel_id] = shown
        return channel_id

    def attach(self, filename: str, content: bytes, kind: str = "application/json") -> str:
        """A file is given along."""
        upload = Upload("0", filename, content, kind)
        shown = {**self._server.keep_file(self._channel.id, upload), "ephemeral": True}
        self.resolved.setdefault("attachments", {})[shown["id"]] = shown
        return str(shown["id"])

    def name_message(self, message: StoredMessage) -> str:
        """A message is named."""
        shown = self._server.shown(message, in_full=True)
        self.resolved.setdefault("messages", {})[message.id] = shown
        return message.id


def _check_value(option: Json, value: Any) -> None:
    choices = [choice["value"] for choice in option.get("choices") or ()]
    assert not choices or value in choices, f"{option['name']}: {value} is none of {choices}"
    if isinstance(value, str):
        least, most = option.get("min_length") or 0, option.get("max_length") or 6000
        assert least <= len(value) <= most, f"{option['name']}: {len(value)} characters"
    elif "min_value" in option:
        assert value >= option["min_value"], f"{option['name']}: {value} is too little"
    if not isinstance(value, str) and "max_value" in option:
        assert value <= option["max_value"], f"{option['name']}: {value} is too much"
