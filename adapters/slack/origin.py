"""What every payload of Slack's tells: who did it, in which workspace, where and when."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TypedDict

from adapters.slack import names
from adapters.slack.payload import Payload
from adapters.slack.text import storable
from bot.chat.identity import CommunityRef, PlaceRef
from bot.chat.incoming import Person

SLACKBOT = "USLACKBOT"
"""Slack's own voice, which calls itself no bot."""

_LONGEST_ID = 255
_OLDEST = timedelta(days=2)
"""Slack redelivers for a day at most; a time before that is a mistake."""


class Common(TypedDict):
    """What every event of the vocabulary has."""

    event_id: str
    at: datetime
    actor: Person
    place: PlaceRef
    community: CommunityRef
    ticket: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """A payload that has a workspace and an id, received at `at`."""

    body: Payload
    team: str
    event_id: str
    at: datetime
    ticket: str | None = None

    def common(self, user: str, place: PlaceRef | None = None, happened: str = "") -> Common | None:
        """All that does not depend on what happened; None if it is not a person's doing.

        Without a place it is the person's own conversation. `happened` is a time stamp.
        """
        if user in ("", SLACKBOT):
            return None
        return self.by(Person(names.account(self.team, user)), place, happened)

    def by(self, actor: Person, place: PlaceRef | None = None, happened: str = "") -> Common:
        """The same for someone of whom more is told."""
        own = names.direct(self.team, names.slack_id(actor.account.native_id))
        return Common(
            event_id=self.event_id,
            at=happened_at(happened, self.at),
            actor=actor,
            place=place or own,
            community=names.community(self.team),
            ticket=self.ticket,
        )


def origin(body: Payload, event_id: str, at: datetime, ticket: str = "") -> Origin | None:
    """Where a payload comes from; None if it names no workspace, or what makes its id is empty."""
    team = team_of(body)
    if not team or not event_id:
        return None
    return Origin(body, team, _fitting(storable(event_id)), at, storable(ticket) or None)


def team_of(body: Payload) -> str:
    """The workspace that a payload belongs to: the one whose installation it came by.

    In a channel that workspaces share, that is not always the one where it happened. With an
    installation for a whole organisation `team` may be null.
    """
    told = (
        body["view"]["app_installed_team_id"],
        body["team"]["id"],
        body["authorizations"][0]["team_id"],
        body["team_id"],
        body["user"]["team_id"],
    )
    return next((team.id for team in told if team.id), "")


def happened_at(stamp: str, at: datetime) -> datetime:
    """The time of a time stamp that is believable, else when it was received."""
    if not stamp:
        return at
    seconds, received = float(stamp), at.timestamp()
    if not received - _OLDEST.total_seconds() <= seconds <= received:
        return at
    return datetime.fromtimestamp(seconds, UTC)


def _fitting(event_id: str) -> str:
    if len(event_id) <= _LONGEST_ID:
        return event_id
    return f"long:{blake2b(event_id.encode(), digest_size=24).hexdigest()}"
