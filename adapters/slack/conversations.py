"""Where a place is on Slack: conversations opened, channels joined."""

from adapters.slack import names
from adapters.slack.calls import Calls
from bot.chat.identity import PlaceKind, PlaceRef
from bot.ports.chat import ChatRefusedError


class Conversations:
    """The conversations of every workspace; each method raises `ChatError`."""

    def __init__(self, calls: Calls) -> None:
        """Open and join through these calls."""
        self._calls = calls

    async def open(self, team: str, *users: str) -> str:
        """The id of Cairn's conversation with these people; the same people have the same one."""
        answer = await self._calls.send(team, "conversations.open", users=",".join(users))
        return str(answer["channel"]["id"])

    async def reading(self, place: PlaceRef) -> str:
        """The id to read a place's messages by: somebody's own conversation is opened for it."""
        if is_person(place):
            return await self.open(names.team_of(place.native_id), names.slack_id(place.native_id))
        return await self.posting(place)

    async def posting(self, place: PlaceRef) -> str:
        """The id to post to a place by; Slack opens a person's own conversation by itself."""
        users = names.users_of_room(place)
        if users:
            return await self.open(names.team_of(place.native_id), *users)
        return names.slack_id(place.native_id)

    async def join(self, place: PlaceRef) -> bool:
        """Join a public channel; False if the place is none."""
        if place.kind is not PlaceKind.CHANNEL:
            return False
        team, channel = names.team_of(place.native_id), names.slack_id(place.native_id)
        try:
            await self._calls.send(team, "conversations.join", channel=channel)
        except ChatRefusedError:
            # a private channel, or one that Cairn may not enter: the first refusal says enough
            return False
        return True


def is_person(place: PlaceRef) -> bool:
    """Whether a place is a person's address, and not yet a conversation."""
    return place.kind is PlaceKind.DIRECT and names.slack_id(place.native_id)[:1] in ("U", "W")
