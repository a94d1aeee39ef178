"""Offers, searches, requests and pairs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.membership import MemberSettings
from bot.domain.mentoring import MentorRequest, Offer, Pair, RequestState, Search


class MentoringWordsKind(StrEnum):
    """What words in mentoring were for."""

    REQUEST = "request"
    ENDING = "ending"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class MentoringWords:
    """Something a member wrote in mentoring: a request's note, a letter, why they ended a pair.

    `to` is the other one's name; empty once they are erased.
    """

    kind: MentoringWordsKind
    to: str
    text: str
    written_at: datetime


class Mentoring(Protocol):
    """Mentoring inside one programme; ids of people are of memberships."""

    async def save_offer(
        self, membership_id: int, topics: tuple[str, ...], capacity: int, at: datetime
    ) -> None:
        """Write a mentor's offer, which is open from now on."""
        ...

    async def offer_of(self, membership_id: int) -> Offer | None:
        """This mentor's offer, with how many mentees they have."""
        ...

    async def close_offer(self, membership_id: int) -> None:
        """The mentor takes no one for now."""
        ...

    async def offers(
        self, programme_id: int, now: datetime
    ) -> tuple[tuple[Offer, MemberSettings], ...]:
        """Open offers of members who joined and are not paused, with settings, by name."""
        ...

    async def save_search(self, search: Search) -> None:
        """Write what a mentee looks for."""
        ...

    async def search_of(self, membership_id: int) -> Search | None:
        """What this mentee looks for."""
        ...

    async def add_request(
        self, programme_id: int, mentee_id: int, mentor_id: int, note: str, at: datetime
    ) -> int:
        """A new open request; gives its number."""
        ...

    async def request(self, programme_id: int, request_id: int) -> MentorRequest | None:
        """One request of this programme."""
        ...

    async def open_requests(self, membership_id: int) -> tuple[MentorRequest, ...]:
        """Open requests that this member sent or received, the oldest first."""
        ...

    async def words_of(self, membership_id: int) -> tuple[MentoringWords, ...]:
        """This member's notes and reasons, in order of time, for their export."""
        ...

    async def set_note(self, request_id: int, note: str) -> None:
        """Replace what the mentee wrote."""
        ...

    async def close_request(self, request_id: int, state: RequestState, at: datetime) -> bool:
        """Close an open request; False if it was not open any more."""
        ...

    async def add_pair(
        self, programme_id: int, mentor_id: int, mentee_id: int, at: datetime
    ) -> int | None:
        """A new pair, or None if the mentor has no room left: decided by the database."""
        ...

    async def pair(self, programme_id: int, pair_id: int) -> Pair | None:
        """One pair of this programme, ended or not."""
        ...

    async def pairs_of(self, membership_id: int) -> tuple[Pair, ...]:
        """Pairs of this member that have not ended, the oldest first."""
        ...

    async def end_pair(
        self, pair_id: int, ended_by: int, author_id: int, reason: str, at: datetime
    ) -> bool:
        """End a pair; the reason is its author's words. False if it had ended."""
        ...
