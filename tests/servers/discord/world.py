"""What Discord knows: guilds, people, channels, threads, messages, commands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.servers.discord.permissions import EVERYONE, Permission, may

Json = dict[str, Any]

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)

TEXT, DIRECT = 0, 1
PUBLIC_THREAD, PRIVATE_THREAD = 11, 12

SAID, REPLY, COMMAND_ANSWER, THREAD_CREATED, THREAD_STARTER, MENU_ANSWER = 0, 19, 20, 18, 21, 23

CROSSPOSTED, SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING = 1, 1 << 2, 1 << 5, 1 << 6, 1 << 7
SILENT, COMPONENTS_V2 = 1 << 12, 1 << 15


class Snowflakes:
    """Ids that grow with the time on Discord's clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0

    def next(self) -> str:
        """An id later than every other."""
        milliseconds = int((self._now() - EPOCH).total_seconds() * 1000)
        self._last = max(milliseconds << 22, self._last + 1)
        return str(self._last)


def made_at(snowflake: str) -> datetime:
    """When an id was made."""
    return datetime.fromtimestamp((int(snowflake) >> 22) / 1000 + EPOCH.timestamp(), UTC)


@dataclass
class User:
    """Somebody on Discord. `is_open`: takes direct messages from apps of shared servers."""

    id: str
    name: str
    locale: str = "en-US"
    is_bot: bool = False
    is_open: bool = True


@dataclass
class Role:
    """A role of a guild; everyone's has the guild's own id."""

    id: str
    name: str
    permissions: int = 0
    position: int = 1
    is_managed: bool = False


@dataclass
class Member:
    """Somebody in a guild."""

    user: User
    joined_at: datetime
    roles: list[str] = field(default_factory=list)
    nick: str | None = None


@dataclass(frozen=True)
class Overwrite:
    """What a channel allows and denies to a role (kind 0) or a member (kind 1)."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass
class StoredMessage:
    """A message as it stands."""

    id: str
    channel_id: str
    author: User
    content: str = ""
    kind: int = SAID
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    reference: Json | None = None
    nonce: str | int | None = None
    interaction: Json | None = None
    edited_at: datetime | None = None
    is_deleted: bool = False
    ephemeral_to: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_loading(self) -> bool:
        """Whether it says that the app thinks."""
        return bool(self.flags & LOADING)

    def buttons(self) -> list[Json]:
        """Everything that can be pressed, in order; each option of a menu by itself."""
        return pressables(self.components)

    @property
    def shown_text(self) -> str:
        """All words on it: content, embeds, text displays."""
        return "\n".join([self.content, *_words(self.embeds), *_words(self.components)]).strip()


_SPOKEN = ("title", "description", "name", "value", "text", "content")


def _words(parts: Any) -> list[str]:
    if isinstance(parts, list):
        return [word for part in parts for word in _words(part)]
    if not isinstance(parts, dict) or parts.get("type") in (2, 3):
        return []
    words = [parts[key] for key in _SPOKEN if isinstance(parts.get(key), str)]
    nested = [word for part in parts.values() if not isinstance(part, str) for word in _words(part)]
    return words + nested


def pressables(components: list[Json]) -> list[Json]:
    """Buttons, and menus once for each of their options, as (element, option) under one label."""
    found: list[Json] = []
    for element in walked(components):
        if element["type"] == 2 and "custom_id" in element and not element.get("disabled"):
            found.append({"label": element.get("label", ""), "element": element})
        if element["type"] == 3 and not element.get("disabled"):
            found += [
                {"label": option["label"], "element": element, "option": option}
                for option in element["options"]
            ]
    return found


def walked(components: list[Json]) -> list[Json]:
    """All components, however deep, in order."""
    found: list[Json] = []
    for component in components:
        inner = [*component.get("components", ())]
        inner += [component[key] for key in ("component", "accessory") if key in component]
        found += [component, *walked(inner)]
    return found


@dataclass
class Channel:
    """A text channel, a direct conversation or a thread; `kind` is Discord's channel type."""

    id: str
    kind: int
    name: str
    guild_id: str | None = None
    parent_id: str = ""
    owner_id: str = ""
    position: int = 0
    members: dict[str, datetime] = field(default_factory=dict)
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    messages: dict[str, StoredMessage] = field(default_factory=dict)
    is_archived: bool = False
    is_locked: bool = False
    is_invitable: bool = True
    archive_minutes: int = 4320
    archived_at: datetime = EPOCH

    @property
    def is_thread(self) -> bool:
        return self.kind in (PUBLIC_THREAD, PRIVATE_THREAD)

    @property
    def is_direct(self) -> bool:
        return self.kind == DIRECT

    def find(self, message_id: str) -> StoredMessage | None:
        """A message that stands here for all to see."""
        found = self.messages.get(message_id)
        return None if found is None or found.is_deleted or found.ephemeral_to else found

    def standing(self) -> list[StoredMessage]:
        """What everyone here sees, oldest first."""
        return [m for m in self.messages.values() if not m.is_deleted and not m.ephemeral_to]


@dataclass
class Guild:
    """One server, as Discord's people call it."""

    id: str
    name: str
    owner_id: str
    snowflakes: Snowflakes
    now: Callable[[], datetime]
    locale: str = "en-US"
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    is_available: bool = True
    bot_joined_at: datetime = EPOCH

    def __post_init__(self) -> None:
        self.roles[self.id] = Role(self.id, "@everyone", EVERYONE, 0)

    def add_channel(self, name: str, channel_id: str | None = None) -> Channel:
        """A text channel that everyone may see and write in."""
        made = Channel(channel_id or self.snowflakes.next(), TEXT, name, self.id)
        made.position = len(self.channels)
        self.channels[made.id] = made
        return made

    def add_role(self, name: str, permissions: int = 0) -> Role:
        role = Role(self.snowflakes.next(), name, permissions, len(self.roles))
        self.roles[role.id] = role
        return role

    def join(self, user: User, permissions: int = 0) -> Member:
        """Make somebody a member, with a role of their own if they may do more than others."""
        member = Member(user, self.now())
        if permissions:
            member.roles.append(self.add_role(user.name, permissions).id)
        self.members[user.id] = member
        return member

    def start_thread(
        self, parent: Channel, owner_id: str, name: str, thread_id: str, *, private: bool = False
    ) -> Channel:
        kind = PRIVATE_THREAD if private else PUBLIC_THREAD
        thread = Channel(thread_id, kind, name, self.id, parent.id, owner_id)
        thread.members[owner_id] = self.now()
        thread.archived_at = self.now()
        self.channels[thread.id] = thread
        return thread

    def sees(self, user_id: str, channel: Channel) -> bool:
        """Whether somebody sees a channel or thread."""
        if user_id not in self.members or not may(self, user_id, Permission.VIEW_CHANNEL, channel):
            return False
        if channel.kind != PRIVATE_THREAD or user_id in channel.members:
            return True
        return may(self, user_id, Permission.MANAGE_THREADS, channel)


INTENTS = {
    "guilds": 1 << 0,
    "members": 1 << 1,
    "presences": 1 << 8,
    "messages": 1 << 9,
    "reactions": 1 << 10,
    "direct_messages": 1 << 12,
    "direct_reactions": 1 << 13,
    "message_content": 1 << 15,
}
PRIVILEGED = INTENTS["members"] | INTENTS["presences"] | INTENTS["message_content"]
_FLAGS = {"members": 1 << 15, "presences": 1 << 13, "message_content": 1 << 19}


@dataclass
class Application:
    """The app as its page in Discord's developer portal shows it."""

    id: str
    name: str
    bot: User
    owner: User
    token: str
    intents: set[str] = field(default_factory=set)
    """Privileged intents that are switched on: members, presences, message_content."""
    commands: dict[str | None, list[Json]] = field(default_factory=dict)
    """Registered commands, by guild; None: global."""

    @property
    def flags(self) -> int:
        return sum(_FLAGS[name] for name in self.intents)

    @property
    def disallowed(self) -> int:
        """Intents that it may not ask for."""
        return PRIVILEGED & ~sum(INTENTS[name] for name in self.intents)

    @property
    def sees_content(self) -> bool:
        return "message_content" in self.intents


_numbers = count(1)


def next_number() -> int:
    """A number that nothing else in this process has."""
    return next(_numbers)
