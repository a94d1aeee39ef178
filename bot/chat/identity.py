"""Platform-qualified references: who, where and which message.

A `native_id` is the platform's own id, opaque to the core and unique on that platform for its
kind; where a platform's ids are unique only inside a workspace, its adapter puts the workspace
into the id.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class CommunityRef:
    """A Slack workspace, a Discord server, the console's community."""

    platform: str
    native_id: str


@dataclass(frozen=True, slots=True)
class AccountRef:
    """One person on one platform."""

    platform: str
    native_id: str


class PlaceKind(StrEnum):
    """What sort of room a place is."""

    CHANNEL = "channel"
    DIRECT = "direct"
    THREAD = "thread"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class PlaceRef:
    """A conversation that messages can be sent to.

    `community` is the native id of the community it lies in; a direct conversation may lie in none.
    """

    platform: str
    native_id: str
    kind: PlaceKind
    community: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """One message in one place."""

    place: PlaceRef
    native_id: str
