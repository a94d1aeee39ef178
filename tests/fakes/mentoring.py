"""Offers, searches, requests and pairs in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.domain.membership import MemberSettings
from bot.domain.mentoring import MentorRequest, Offer, Pair, RequestState, Search
from bot.ports.mentoring import MentoringWords, MentoringWordsKind
from tests.fakes.people import Erased, InMemoryMemberships
from tests.fakes.rows import Rows

One = TypeVar("One", MentorRequest, Pair)


class InMemoryMentoring:
    """`Mentoring` in memory; `reasons` has why pairs ended, as (author, text)."""

    def __init__(self, memberships: InMemoryMemberships) -> None:
        self._offers: dict[int, Offer] = {}
        self._searches: dict[int, Search] = {}
        self._requests: Rows[MentorRequest] = Rows()
        self._pairs: Rows[Pair] = Rows()
        self._ended_by: dict[int, int] = {}
        self.reasons: dict[int, tuple[int, str]] = {}
        self._memberships = memberships

    async def save_offer(
        self, membership_id: int, topics: tuple[str, ...], capacity: int, at: datetime
    ) -> None:
        self._offers[membership_id] = Offer(
            membership_id=membership_id, name="", topics=topics, capacity=capacity, offered_at=at
        )

    async def offer_of(self, membership_id: int) -> Offer | None:
        offer = self._offers.get(membership_id)
        if offer is None:
            return None
        mentees = [pair for pair in self._running() if pair.mentor_id == membership_id]
        name = await self._name(membership_id)
        return replace(offer, name=name, mentees=len(mentees))

    async def close_offer(self, membership_id: int) -> None:
        if membership_id in self._offers:
            self._offers[membership_id] = replace(self._offers[membership_id], open=False)

    async def offers(
        self, programme_id: int, now: datetime
    ) -> tuple[tuple[Offer, MemberSettings], ...]:
        found = []
        for member in (await self._memberships.many(list(self._offers))).values():
            offer = await self.offer_of(member.id)
            is_here = member.programme_id == programme_id and member.joined_at is not None
            if offer and offer.open and is_here and member.settings and not member.is_paused(now):
                found.append((offer, member.settings))
        return tuple(sorted(found, key=lambda one: (one[0].name, one[0].membership_id)))

    async def save_search(self, search: Search) -> None:
        self._searches[search.membership_id] = search

    async def search_of(self, membership_id: int) -> Search | None:
        return self._searches.get(membership_id)

    async def add_request(
        self, programme_id: int, mentee_id: int, mentor_id: int, note: str, at: datetime
    ) -> int:
        return self._requests.add(
            lambda number: MentorRequest(
                id=number,
                programme_id=programme_id,
                mentee_id=mentee_id,
                mentor_id=mentor_id,
                mentee_name="",
                mentor_name="",
                note=note,
                asked_at=at,
            )
        ).id

    async def request(self, programme_id: int, request_id: int) -> MentorRequest | None:
        found = self._requests.get(request_id)
        if found is None or found.programme_id != programme_id:
            return None
        return await self._named(found)

    async def open_requests(self, membership_id: int) -> tuple[MentorRequest, ...]:
        found = [
            request
            for request in self._requests.values()
            if membership_id in (request.mentee_id, request.mentor_id)
            and request.state is RequestState.OPEN
        ]
        ordered = sorted(found, key=lambda request: (request.asked_at, request.id))
        return tuple([await self._named(request) for request in ordered])

    async def words_of(self, membership_id: int) -> tuple[MentoringWords, ...]:
        words = []
        for request in self._requests.values():
            if request.mentee_id == membership_id:
                to = (await self._named(request)).mentor_name
                words.append((MentoringWordsKind.REQUEST, to, request.note, request.asked_at))
        for number, pair in self._pairs.items():
            if pair.ended_at and self._ended_by.get(number) == membership_id:
                to = (await self._named(pair)).partner_name(membership_id)
                reason = self.reasons[number][1]
                words.append((MentoringWordsKind.ENDING, to, reason, pair.ended_at))
        written = [MentoringWords(*one) for one in words if one[2]]
        return tuple(sorted(written, key=lambda one: (one.written_at, one.kind, one.to)))

    async def set_note(self, request_id: int, note: str) -> None:
        self._requests[request_id] = replace(self._requests[request_id], note=note)

    async def close_request(self, request_id: int, state: RequestState, at: datetime) -> bool:
        found = self._requests.get(request_id)
        if found is None or found.state is not RequestState.OPEN:
            return False
        self._requests[request_id] = replace(found, state=state, answered_at=at)
        return True

    async def add_pair(
        self, programme_id: int, mentor_id: int, mentee_id: int, at: datetime
    ) -> int | None:
        mentor = await self._memberships.get(mentor_id)
        offer = await self.offer_of(mentor_id)
        if offer is None or not offer.has_room or mentor.programme_id != programme_id:
            return None
        return self._pairs.add(
            lambda number: Pair(
                id=number,
                programme_id=programme_id,
                mentor_id=mentor_id,
                mentee_id=mentee_id,
                mentor_name="",
                mentee_name="",
                since=at,
            )
        ).id

    async def pair(self, programme_id: int, pair_id: int) -> Pair | None:
        found = self._pairs.get(pair_id)
        if found is None or found.programme_id != programme_id:
            return None
        return await self._named(found)

    async def pairs_of(self, membership_id: int) -> tuple[Pair, ...]:
        found = [
            pair for pair in self._running() if membership_id in (pair.mentor_id, pair.mentee_id)
        ]
        ordered = sorted(found, key=lambda pair: (pair.since, pair.id))
        return tuple([await self._named(pair) for pair in ordered])

    async def end_pair(
        self, pair_id: int, ended_by: int, author_id: int, reason: str, at: datetime
    ) -> bool:
        found = self._pairs.get(pair_id)
        if found is None or found.ended_at is not None:
            return False
        self._pairs[pair_id] = replace(found, ended_at=at)
        self.reasons[pair_id] = (author_id, reason)
        self._ended_by[pair_id] = ended_by
        return True

    def has_pair(self, pair_id: int) -> bool:
        """Whether there is such a pair, ended or not."""
        return pair_id in self._pairs

    def sides(self, pair_id: int) -> tuple[int, int]:
        """Mentor and mentee of a pair."""
        pair = self._pairs[pair_id]
        return pair.mentor_id, pair.mentee_id

    def fold(self, kept_id: int, dropped_id: int) -> None:
        """Let what hangs on one membership hang on another."""

        def now(number: int) -> int:
            return kept_id if number == dropped_id else number

        self._offers.pop(dropped_id, None)
        self._searches.pop(dropped_id, None)
        for number, search in self._searches.items():
            others = frozenset(now(other) for other in search.not_with) - {number}
            self._searches[number] = replace(search, not_with=others)
        _change(
            self._requests,
            lambda one: replace(one, mentor_id=now(one.mentor_id), mentee_id=now(one.mentee_id)),
        )
        _change(
            self._pairs,
            lambda one: replace(one, mentor_id=now(one.mentor_id), mentee_id=now(one.mentee_id)),
        )
        self._ended_by = {number: now(by) for number, by in self._ended_by.items()}

    def move(self, gone_id: int, into_id: int) -> None:
        """Let everything of one programme belong to another."""

        def now(number: int) -> int:
            return into_id if number == gone_id else number

        _change(self._requests, lambda one: replace(one, programme_id=now(one.programme_id)))
        _change(self._pairs, lambda one: replace(one, programme_id=now(one.programme_id)))

    def forget(self, erased: Erased) -> None:
        """Forget whatever erased members take part in."""
        for number in erased.memberships:
            self._offers.pop(number, None)
            self._searches.pop(number, None)
        for number, search in self._searches.items():
            others = search.not_with - erased.memberships
            self._searches[number] = replace(search, not_with=others)
        self._requests.drop(lambda one: bool({one.mentor_id, one.mentee_id} & erased.memberships))
        self._pairs.drop(lambda one: bool({one.mentor_id, one.mentee_id} & erased.memberships))
        self.reasons = {
            number: (author, reason)
            for number, (author, reason) in self.reasons.items()
            if number in self._pairs and author != erased.account_id
        }

    def _running(self) -> list[Pair]:
        return [pair for pair in self._pairs.values() if pair.ended_at is None]

    async def _name(self, membership_id: int) -> str:
        return (await self._memberships.get(membership_id)).name

    async def _named(self, one: One) -> One:
        return replace(
            one,
            mentor_name=await self._name(one.mentor_id),
            mentee_name=await self._name(one.mentee_id),
        )


def _change(rows: Rows[One], into: Callable[[One], One]) -> None:
    for number, row in rows.items():
        rows[number] = into(row)
