"""What Slack knows: workspaces, people, conversations, messages, tokens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

Json = dict[str, Any]

BOT_USER, BOT = "UBOT", "BBOT"
LIVES = timedelta(hours=12)
"""How long a token lives that is renewed."""

SCOPES = frozenset(
    {
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "mpim:history",
        "mpim:write",
        "reactions:read",
        "users:read",
    }
)


@dataclass
class StoredMessage:
    """A message as it stands; `user` is who wrote it, the bot's own user for Cairn's."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    edited_ts: str | None = None
    is_deleted: bool = False
    ephemeral_to: str | None = None
    subtype: str | None = None
    files: list[Json] = field(default_factory=list)

    @property
    def is_cairns(self) -> bool:
        return self.user == BOT_USER

    def buttons(self) -> list[Json]:
        """Everything that can be pressed, in order; each option of a menu by itself."""
        return pressables(self.blocks)


def pressables(blocks: list[Json]) -> list[Json]:
    """Buttons, and menus once for each of their options, as (element, option) under one label."""
    found: list[Json] = []
    for block in blocks:
        if block["type"] != "actions":
            continue
        for element in block["elements"]:
            if element["type"] == "button":
                found.append({"label": element["text"]["text"], "element": element, "block": block})
                continue
            found += [
                {
                    "label": option["text"]["text"],
                    "element": element,
                    "option": option,
                    "block": block,
                }
                for option in element["options"]
            ]
    return found


@dataclass
class Channel:
    """A conversation; `kind` is Slack's channel type."""

    id: str
    name: str
    kind: str
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    messages: list[StoredMessage] = field(default_factory=list)

    def find(self, ts: str) -> StoredMessage | None:
        return next((one for one in self.messages if one.ts == ts and not one.is_deleted), None)


@dataclass
class Profile:
    """Someone's profile."""

    id: str
    name: str
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    is_admin: bool = False
    is_deleted: bool = False


@dataclass
class Token:
    """A bot token, or the app's own."""

    team: str
    scopes: set[str]
    expires_at: datetime | None = None
    problem: str | None = None


@dataclass
class View:
    """A modal or a Home tab."""

    id: str
    content: Json
    hash: str


class Workspace:
    """One workspace."""

    def __init__(
        self, team_id: str, name: str, now: Callable[[], datetime], enterprise_id: str | None = None
    ) -> None:
        self.team_id, self.name, self.enterprise_id = team_id, name, enterprise_id
        self.people: dict[str, Profile] = {}
        self.channels: dict[str, Channel] = {}
        self.homes: dict[str, View] = {}
        self.is_tab_closed = False
        self._now = now
        self._last_ts = 0
        self._numbers: Iterator[int] = count(1)

    def next_ts(self) -> str:
        """The time now, later than every other message's."""
        micro = int(self._now().timestamp() * 1_000_000)
        self._last_ts = max(micro, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def add_channel(
        self,
        channel_id: str,
        name: str,
        *,
        private: bool = False,
        bot_is_member: bool = True,
        members: tuple[str, ...] = (),
    ) -> Channel:
        kind = "group" if private else "channel"
        inside = {*members, *((BOT_USER,) if bot_is_member else ())}
        self.channels[channel_id] = Channel(channel_id, name, kind, inside)
        return self.channels[channel_id]

    def direct(self, user_id: str) -> Channel:
        """Somebody's conversation with the bot."""
        return self._opened({user_id}, "im", f"D{user_id}")

    def group(self, users: set[str]) -> Channel:
        """The conversation of these people and the bot."""
        return self._opened(users, "mpim", f"G{next(self._numbers):04}")

    def _opened(self, users: set[str], kind: str, channel_id: str) -> Channel:
        members = users | {BOT_USER}
        known = self.channels.get(channel_id)
        if known is not None and known.members == members:
            return known
        for channel in self.channels.values() if kind == "mpim" else ():
            if channel.kind == kind and channel.members == members:
                return channel
        name = "mpdm-" + "--".join(sorted(users)) + "-1" if kind == "mpim" else "directmessage"
        self.channels[channel_id] = Channel(channel_id, name, kind, members)
        return self.channels[channel_id]

    def messages(self, channel_id: str) -> list[StoredMessage]:
        """What stands in a conversation."""
        return [one for one in self.channels[channel_id].messages if not one.is_deleted]
