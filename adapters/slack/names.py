"""Slack's ids made into references of the vocabulary, and taken apart again.

Slack's ids are unique inside a workspace only, so its team id stands before them: `T1/U1`.
"""

from collections.abc import Iterable

from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef

PLATFORM = "slack"

_KINDS = {
    "im": PlaceKind.DIRECT,
    "app_home": PlaceKind.DIRECT,
    "mpim": PlaceKind.GROUP,
    "channel": PlaceKind.CHANNEL,
    "group": PlaceKind.CHANNEL,
}


def community(team: str) -> CommunityRef:
    """A workspace."""
    return CommunityRef(PLATFORM, team)


def account(team: str, user: str) -> AccountRef:
    """Someone in a workspace: a member, or a stranger whom Slack Connect brought there."""
    return AccountRef(PLATFORM, f"{team}/{user}")


def place(team: str, channel: str, kind: PlaceKind) -> PlaceRef:
    """A conversation in a workspace."""
    return PlaceRef(PLATFORM, f"{team}/{channel}", kind, team)


def direct(team: str, user: str) -> PlaceRef:
    """Someone's own conversation with Cairn, by their id: what is posted to it opens it."""
    return place(team, user, PlaceKind.DIRECT)


def channel_kind(channel_id: str, channel_type: str | None = None) -> PlaceKind:
    """What sort of room a conversation is, by Slack's own word where told, else by its id."""
    by_id = PlaceKind.DIRECT if channel_id.startswith("D") else PlaceKind.CHANNEL
    return _KINDS.get(channel_type or "", by_id)


def slack_id(native_id: str) -> str:
    """Slack's own id, without the team before it."""
    return native_id.rpartition("/")[2]


def team_of(native_id: str) -> str:
    """The team that an id belongs to."""
    return native_id.partition("/")[0]


def room(team: str, users: Iterable[str]) -> PlaceRef:
    """Where these people and Cairn can talk together; it is opened when something is posted."""
    return place(team, "+".join(sorted(users)), PlaceKind.GROUP)


def users_of_room(place: PlaceRef) -> tuple[str, ...]:
    """The Slack ids of a room's people; none for a place that is a conversation already."""
    native = slack_id(place.native_id)
    is_room = place.kind is PlaceKind.GROUP and native.startswith(("U", "W"))
    return tuple(native.split("+")) if is_room else ()
