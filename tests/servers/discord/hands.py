"""Somebody's hands and eyes in Discord: what they do reaches the app, what it shows they see."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.servers.discord import commands as registered
from tests.servers.discord import interactions, offering
from tests.servers.discord.interactions import Interaction
from tests.servers.discord.permissions import Permission, may
from tests.servers.discord.routes import Upload
from tests.servers.discord.world import (
    REPLY,
    Channel,
    Guild,
    Json,
    StoredMessage,
    User,
    walked,
)

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

PATIENCE = 10.0
_FIELDS = frozenset({3, 4, 5, 6, 7, 8, 19, 21, 22, 23})
_INPUT, _SELECT, _FILES, _RADIO, _CHECKS, _CHECK = 4, 3, 19, 21, 22, 23


class PersonHands:
    """One person; `guild` is where they are if nothing else is said."""

    def __init__(self, server: "DiscordServer", guild: Guild, user: User) -> None:
        self.server, self.guild, self.user = server, guild, user
        self.modal: Interaction | None = None
        """The interaction that opened the form which stands open."""
        self.ephemerals: list[StoredMessage] = []
        """Everything that only they were shown, oldest first."""

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    @property
    def direct(self) -> Channel:
        """Their conversation with the app; looking at it opens it."""
        return self.server.direct(self.user)

    # messages

    async def say(
        self,
        text: str,
        channel: Channel,
        *,
        reply_to: StoredMessage | None = None,
        ping: bool = True,
        files: tuple[tuple[str, bytes], ...] = (),
    ) -> StoredMessage:
        """Say something in a channel, a thread or a conversation."""
        self._check_may_say(channel)
        said = self.server.new_message(channel, self.user, text)
        for name, content in files:
            upload = Upload("0", name, content, "application/octet-stream")
            said.attachments.append(self.server.keep_file(channel.id, upload))
        if reply_to is not None:
            said.kind = REPLY
            said.reference = {"channel_id": channel.id, "message_id": reply_to.id}
            if channel.guild_id:
                said.reference["guild_id"] = channel.guild_id
            if ping and reply_to.author.id not in said.mentions:
                said.mentions.append(reply_to.author.id)
        self.server.acts.say(channel, said)
        await asyncio.sleep(0)
        return said

    def _check_may_say(self, channel: Channel) -> None:
        guild = self.server.guild_of(channel)
        if guild is None:
            assert self.id in channel.members, "not their conversation"
            return
        needed = Permission.SEND_MESSAGES
        if channel.is_thread:
            needed = Permission.SEND_MESSAGES_IN_THREADS
        assert guild.sees(self.id, channel), f"{self.user.name} does not see {channel.name}"
        assert may(guild, self.id, needed, channel), f"{self.user.name} may not write there"
        assert not channel.is_locked, "the thread is locked"

    async def say_direct(self, text: str) -> StoredMessage:
        """Say something to the app."""
        return await self.say(text, self.direct)

    async def reply(self, text: str, to: StoredMessage, *, ping: bool = True) -> StoredMessage:
        """Reply to a message, with or without a ping."""
        where = self.server.channel(to.channel_id)
        assert where is not None
        return await self.say(text, where, reply_to=to, ping=ping)

    async def edit(self, said: StoredMessage, text: str) -> None:
        """Change what was said."""
        assert said.author.id == self.id
        said.content, said.edited_at = text, self.server.now()
        said.mentions = self.server.mentioned(text)
        self.server.acts.change(self._where(said), said)

    async def unfurl(self, said: StoredMessage) -> None:
        """Discord changes a message that nobody edited: it adds a preview."""
        said.embeds.append({"type": "link", "url": "https://example.com", "title": "Example"})
        self.server.acts.change(self._where(said), said)

    async def delete(self, said: StoredMessage) -> None:
        """Take back what was said."""
        self.server.acts.delete(self._where(said), said)

    async def react(self, name: str, on: StoredMessage, *, added: bool = True) -> None:
        """React to a message, or take that back."""
        self.server.acts.react(self._where(on), on, self.id, name, added=added)

    async def start_thread(self, under: StoredMessage, name: str) -> Channel:
        """Begin a thread under a message."""
        return self.server.acts.start_thread(self._where(under), self.user, name, under=under)

    # commands

    async def command(
        self,
        path: str,
        options: Mapping[str, Any] | None = None,
        channel: Channel | None = None,
    ) -> Interaction:
        """Use a slash command: `command("cairn mentor offer", {"topics": "git"})`.

        Values have the option's own type; people and channels are given as such or by id, a file
        as (name, content). Without a channel it is used in the conversation with the app.
        Raises LookupError and PermissionError as Discord would not offer the command.
        """
        found, command, steps, typing = self._typing(path, channel, interactions.COMMAND)
        return await self._offer(found, typing.data(command, steps, options or {}))

    async def suggestions(
        self,
        path: str,
        focused: str,
        typed: str,
        options: Mapping[str, Any] | None = None,
        channel: Channel | None = None,
    ) -> list[Json]:
        """Type into an option: the choices that the app suggests."""
        found, command, steps, typing = self._typing(path, channel, interactions.COMPLETE)
        given = {**(options or {}), focused: typed}
        await self._offer(found, typing.data(command, steps, given, focused))
        return found.choices

    def _typing(
        self, path: str, channel: Channel | None, kind: int
    ) -> tuple[Interaction, Json, list[str], offering.Typing]:
        where = channel or self.direct
        guild = self.server.guild_of(where)
        name, *steps = path.split()
        command = offering.find_command(self.server, guild, name)
        offering.check_may_use(command, self.user, guild)
        found = offering.new(self.server, kind, self.user, where, path)
        return found, command, steps, offering.Typing(self.server, guild, where)

    async def message_command(self, name: str, on: StoredMessage) -> Interaction:
        """Choose an entry of a message's menu."""
        where = self._where(on)
        guild = self.server.guild_of(where)
        command = offering.find_command(self.server, guild, name, registered.ON_MESSAGE)
        offering.check_may_use(command, self.user, guild)
        typing = offering.Typing(self.server, guild, where)
        return await self._on_target(where, command, typing.name_message(on), typing)

    async def user_command(self, name: str, on: "PersonHands", channel: Channel) -> Interaction:
        """Choose an entry of somebody's menu."""
        guild = self.server.guild_of(channel)
        command = offering.find_command(self.server, guild, name, registered.ON_USER)
        offering.check_may_use(command, self.user, guild)
        typing = offering.Typing(self.server, guild, channel)
        return await self._on_target(channel, command, typing.name_person(on.id), typing)

    async def _on_target(
        self, where: Channel, command: Json, target: str, typing: offering.Typing
    ) -> Interaction:
        kind = interactions.COMMAND
        found = offering.new(self.server, kind, self.user, where, command["name"])
        found.target = target
        data = {
            "id": command["id"],
            "name": command["name"],
            "type": command["type"],
            "target_id": target,
            "resolved": typing.resolved,
        }
        return await self._offer(found, data)

    # buttons, menus, forms

    async def press(
        self, message: StoredMessage, label: str | None = None, number: int | None = None
    ) -> Interaction:
        """Press a button or choose from a menu, by its label or its number (from 1)."""
        chosen = _chosen(message.buttons(), label, number)
        element = chosen["element"]
        if "option" in chosen:
            return await self.choose(message, element["custom_id"], chosen["option"]["value"])
        return await self.press_id(message, element["custom_id"])

    async def press_id(self, message: StoredMessage, custom_id: str) -> Interaction:
        """Press a button by its id, even one that is there no more."""
        return await self._use(message, {"component_type": 2, "custom_id": custom_id})

    async def choose(self, message: StoredMessage, custom_id: str, *values: str) -> Interaction:
        """Choose from a menu."""
        element = next(
            each for each in walked(message.components) if each.get("custom_id") == custom_id
        )
        data: Json = {"component_type": element["type"], "custom_id": custom_id}
        typing = offering.Typing(
            self.server, self.server.guild_of(self._where(message)), self._where(message)
        )
        data["values"] = _values(element, list(values), typing)
        if element["type"] != _SELECT:
            data["resolved"] = typing.resolved
        return await self._use(message, data)

    async def _use(self, message: StoredMessage, data: Json) -> Interaction:
        assert message.ephemeral_to in (None, self.id), "only somebody else sees it"
        where, name = self._where(message), data["custom_id"]
        found = offering.new(self.server, interactions.PRESS, self.user, where, name)
        found.message = message
        element = next(
            (each for each in walked(message.components) if each.get("custom_id") == name), {}
        )
        return await self._offer(found, {"id": element.get("id", 1), **data})

    def see_modal(self, found: Interaction) -> None:
        """A form opens."""
        self.modal = found

    async def submit(self, values: Mapping[str, Any] | None = None) -> Interaction:
        """Fill in the open form, by label or custom id, and send it.

        Several choices are given as a list or with commas, files as [(name, content)].
        """
        opened = self.modal
        assert opened is not None, "no form is open"
        modal = opened.modal
        assert modal is not None
        where = opened.channel
        found = offering.new(self.server, interactions.SUBMIT, self.user, where, modal["custom_id"])
        found.message, found.opened_by = opened.message, opened
        typing = offering.Typing(self.server, opened.guild, where)
        given = dict(values or {})
        data: Json = {
            "custom_id": modal["custom_id"],
            "components": [_filled(each, given, typing) for each in modal["components"]],
        }
        assert not given, f"no such fields: {sorted(given)}"
        if typing.resolved:
            data["resolved"] = typing.resolved
        self.modal = None
        return await self._offer(found, data)

    def close_modal(self) -> None:
        """Close a form without sending it."""
        self.modal = None

    # what they see

    def visible(self, channel: Channel) -> list[StoredMessage]:
        """What they see in a channel, oldest first."""
        stand = [m for m in channel.messages.values() if not m.is_deleted]
        return [m for m in stand if m.ephemeral_to in (None, self.id)]

    def latest(self, channel: Channel, label: str | None = None) -> StoredMessage:
        """The last message there with something to press, or with this label on it."""
        for message in reversed(self.visible(channel)):
            labels = [each["label"] for each in message.buttons()]
            if labels and (label is None or label in labels):
                return message
        raise LookupError(f"nothing to press in {channel.name or 'their conversation'}")

    async def answered(self, found: Interaction, patience: float = PATIENCE) -> Interaction:
        """Wait until the app has shown something in answer, other than that it thinks."""
        async with asyncio.timeout(patience):
            await found.shown.wait()
        return found

    def close_direct(self) -> None:
        """Take no direct messages from apps."""
        self.user.is_open = False

    def open_direct(self) -> None:
        """Take direct messages from apps."""
        self.user.is_open = True

    # helpers

    def _where(self, message: StoredMessage) -> Channel:
        where = self.server.channel(message.channel_id)
        assert where is not None, "its channel is gone"
        return where

    async def _offer(self, found: Interaction, data: Json) -> Interaction:
        payload = offering.payload(self.server, found, data)
        return await self.server.offer(found, payload)


def _chosen(found: list[Json], label: str | None, number: int | None) -> Json:
    if number is not None:
        return found[number - 1]
    chosen = next((one for one in found if one["label"] == label), None)
    assert chosen is not None, f"no {label} among {[one['label'] for one in found]}"
    return chosen


def _filled(part: Json, given: dict[str, Any], typing: offering.Typing) -> Json:
    """A part of a form as it is sent."""
    shown: Json = {"id": part["id"], "type": part["type"]}
    if part["type"] == 18:
        field = part["component"]
        value = given.pop(field["custom_id"], given.pop(part["label"], None))
        return {**shown, "component": _field(field, value, typing)}
    if part["type"] == 1:
        inside = []
        for field in part["components"]:
            value = given.pop(field["custom_id"], given.pop(field["label"], None))
            inside.append(_field(field, value, typing))
        return {**shown, "components": inside}
    return shown


def _field(field: Json, value: Any, typing: offering.Typing) -> Json:
    assert field["type"] in _FIELDS, f"nobody can fill in {field['type']}"
    shown: Json = {"id": field["id"], "type": field["type"], "custom_id": field["custom_id"]}
    is_needed = field.get("required", True)
    match field["type"]:
        case 4:
            text = field.get("value") or "" if value is None else str(value)
            assert len(text) <= (field.get("max_length") or 4000), "more than the input takes"
            assert text or not is_needed, f"{field['custom_id']} is required"
            least = field.get("min_length") or 0
            assert not text or len(text) >= least, "less than the input takes"
            return {**shown, "value": text}
        case 21:
            chosen = _values(field, [] if value is None else [value], typing)
            assert chosen or not is_needed, f"{field['custom_id']} is required"
            return {**shown, "value": chosen[0] if chosen else None}
        case 23:
            is_set = bool(field.get("default")) if value is None else bool(value)
            return {**shown, "value": is_set}
    values = _values(field, _listed(value), typing, is_default=value is None)
    assert values or not is_needed, f"{field['custom_id']} is required"
    return {**shown, "values": values}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return list(value) if isinstance(value, list | tuple) else [value]


def _values(
    element: Json, wanted: list[Any], typing: offering.Typing, *, is_default: bool = False
) -> list[str]:
    """What is chosen, by value or label; people, channels and files as the app gets them."""
    match element["type"]:
        case 5 | 7:
            return [typing.name_person(str(getattr(each, "id", each))) for each in wanted]
        case 8:
            return [typing.name_channel(str(getattr(each, "id", each))) for each in wanted]
        case 19:
            return [typing.attach(*each) for each in wanted]
    options = element["options"]
    if is_default or (not wanted and element["type"] == _RADIO):
        return [option["value"] for option in options if option.get("default")]
    chosen = []
    for each in wanted:
        fits = [o["value"] for o in options if each in (o["value"], o["label"])]
        assert fits, f"no option {each} among {[o['label'] for o in options]}"
        chosen.append(fits[0])
    most = element.get("max_values") or (1 if element["type"] == _SELECT else len(options))
    assert len(chosen) <= most, f"at most {most} can be chosen"
    return chosen
