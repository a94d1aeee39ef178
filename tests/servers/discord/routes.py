"""A request to Discord's HTTP API, looked up, and what it may touch."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.discord.permissions import Permission, may
from tests.servers.discord.refusals import RefusedError, invalid
from tests.servers.discord.world import PRIVATE_THREAD, Channel, Guild, Json, StoredMessage, User

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

_PARAMETER = re.compile(r"{\w+}")


@dataclass(frozen=True)
class Upload:
    """A file that came with a request; `key` is its number there."""

    key: str
    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Asked:
    """One request, its path taken apart."""

    server: "DiscordServer"
    path: dict[str, str]
    query: dict[str, str]
    body: Json
    files: list[Upload] = field(default_factory=list)

    @property
    def bot(self) -> User:
        return self.server.application.bot

    def guild(self) -> Guild:
        """The guild that is named; raises RefusedError."""
        found = self.server.guilds.get(self.path["guild_id"])
        if found is None or self.bot.id not in found.members:
            raise RefusedError(10004)
        return found

    def channel(self, needed: int = 0) -> Channel:
        """The channel that is named, if the app has these permissions there.

        Raises RefusedError.
        """
        found = self.server.channel(self.path["channel_id"])
        if found is None:
            raise RefusedError(10003)
        if found.is_direct:
            if self.bot.id not in found.members:
                raise RefusedError(50001)
            return found
        guild = self.server.guild_of(found)
        if guild is None or not guild.sees(self.bot.id, found):
            raise RefusedError(50001)
        if not may(guild, self.bot.id, needed, found):
            raise RefusedError(50013)
        return found

    def may(self, channel: Channel, needed: int) -> bool:
        """Whether the app has these permissions there."""
        guild = self.server.guild_of(channel)
        return guild is not None and may(guild, self.bot.id, needed, channel)

    def message(self, channel: Channel) -> StoredMessage:
        """The message that is named; raises RefusedError."""
        found = channel.find(self.path["message_id"])
        if found is None:
            raise RefusedError(10008)
        return found

    def check_not_archived(self, channel: Channel) -> None:
        """Raises RefusedError."""
        if channel.is_archived:
            raise RefusedError(50083)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A number of the query; raises RefusedError."""
        given = self.query.get(name, str(default))
        if not given.isdigit() or not least <= int(given) <= most:
            raise invalid(name, f"int value should be between {least} and {most}.")
        return int(given)


@dataclass(frozen=True)
class Route:
    """One operation, named as in Discord's own description of its API."""

    operation: str
    method: str
    template: str
    run: Callable[[Asked], Any]
    needs_token: bool = True
    status: int = 200

    def bucket(self, path: dict[str, str]) -> str:
        """What its limits are counted by, apart from the operation."""
        for name in ("channel_id", "guild_id", "webhook_token"):
            if name in path:
                return path[name]
        return ""

    @property
    def pattern(self) -> str:
        """The template without the names of its parameters."""
        return _PARAMETER.sub("{}", self.template)


def check_may_post(asked: Asked, channel: Channel) -> None:
    """Raises RefusedError if the app can't say anything there now."""
    if channel.is_direct:
        _check_takes_direct(asked, channel)
        return
    wanted = [Permission.SEND_MESSAGES]
    if channel.is_thread:
        wanted = [Permission.SEND_MESSAGES_IN_THREADS]
        if channel.is_locked and not asked.may(channel, Permission.MANAGE_THREADS):
            raise RefusedError(160005)
    if asked.body.get("embeds"):
        wanted.append(Permission.EMBED_LINKS)
    if asked.files:
        wanted.append(Permission.ATTACH_FILES)
    if not all(asked.may(channel, each) for each in wanted):
        raise RefusedError(50013)


def _check_takes_direct(asked: Asked, channel: Channel) -> None:
    (person,) = (asked.server.people[each] for each in channel.members if each != asked.bot.id)
    guilds = asked.server.guilds.values()
    if not any(person.id in g.members and asked.bot.id in g.members for g in guilds):
        raise RefusedError(50278)
    if not person.is_open or person.is_bot:
        raise RefusedError(50007)


def check_is_member(asked: Asked, channel: Channel) -> None:
    """Raises RefusedError for a private thread that the app only sees as a moderator."""
    if channel.kind == PRIVATE_THREAD and asked.bot.id not in channel.members:
        raise RefusedError(50001)
