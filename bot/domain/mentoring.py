"""Mentors, mentees, and how well two people fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.membership import MemberSettings

MAX_OPEN_REQUESTS = 3
"""How many requests a mentee may have open at once."""

USUAL_WAIT = timedelta(days=3)
"""After this long without an answer the mentee hears that they can ask someone else."""

WORKDAY_MINUTES = (9 * 60, 17 * 60)
"""The hours of a working day, by local wall time, that two people's overlap is counted in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A mentor's offer: topics in their own words, and for how many mentees there is room."""

    membership_id: int
    name: str
    topics: tuple[str, ...]
    capacity: int
    offered_at: datetime
    open: bool = True
    mentees: int = 0

    @property
    def has_room(self) -> bool:
        """Whether one more mentee fits."""
        return self.open and self.mentees < self.capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a mentee looks for; `purpose` and `not_with` are never shown to anyone else."""

    membership_id: int
    topics: tuple[str, ...]
    purpose: str = ""
    not_with: frozenset[int] = frozenset()


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRequest:
    """A mentee asks one mentor; ids are of memberships."""

    id: int
    programme_id: int
    mentee_id: int
    mentor_id: int
    mentee_name: str
    mentor_name: str
    note: str
    asked_at: datetime
    state: RequestState = RequestState.OPEN
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A mentor and a mentee; ids are of memberships."""

    id: int
    programme_id: int
    mentor_id: int
    mentee_id: int
    mentor_name: str
    mentee_name: str
    since: datetime
    ended_at: datetime | None = None

    def partner_of(self, membership_id: int) -> int:
        """The other one's membership."""
        return self.mentee_id if membership_id == self.mentor_id else self.mentor_id

    def partner_name(self, membership_id: int) -> str:
        """The other one's name."""
        return self.mentee_name if membership_id == self.mentor_id else self.mentor_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one of a pair wrote to the other; `to_name` is empty once the other is erased."""

    id: int
    pair_id: int | None
    author_name: str
    to_name: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Why a mentor might suit: the topics both named, and the working hours they share a day."""

    offer: Offer
    shared_topics: tuple[str, ...]
    overlap_hours: float

    @property
    def rank(self) -> tuple[int, float, int]:
        """Sorts better fits first: shared topics, then hours, then the lighter load."""
        return (-len(self.shared_topics), -self.overlap_hours, self.offer.mentees)


def suggest(
    search: Search,
    mentee: MemberSettings,
    offers: Sequence[tuple[Offer, MemberSettings]],
    now: datetime,
    most: int = 3,
) -> tuple[Fit, ...]:
    """The best few mentors with room, best first; nobody from the mentee's "not with" list."""
    wanted = {topic.casefold(): topic for topic in search.topics}
    fits = [
        Fit(
            offer=offer,
            shared_topics=tuple(
                wanted[topic.casefold()] for topic in offer.topics if topic.casefold() in wanted
            ),
            overlap_hours=overlap_hours(mentee.zone, settings.zone, now),
        )
        for offer, settings in offers
        if offer.has_room
        and offer.membership_id != search.membership_id
        and offer.membership_id not in search.not_with
    ]
    return tuple(sorted(fits, key=lambda fit: (*fit.rank, fit.offer.name))[:most])


def overlap_hours(one: str, other: str, now: datetime) -> float:
    """How many hours of a working day two IANA zones share, by their offsets at `now`."""
    shift = _offset_minutes(one, now) - _offset_minutes(other, now)
    start, end = WORKDAY_MINUTES
    apart = min(abs(shift + turn) for turn in (-1440, 0, 1440))
    return max(0, (end - start) - apart) / 60


def _offset_minutes(zone: str, now: datetime) -> int:
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 60)
