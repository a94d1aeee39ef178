"""Offers, searches, requests and pairs in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.people import to_settings
from adapters.storage.sealing import Sealing
from adapters.storage.tables import (
    account,
    membership,
    mentor_offer,
    mentor_request,
    mentor_search,
    mentor_search_not_with,
    pair,
)
from adapters.storage.upserting import insert_into
from bot.domain.membership import MemberSettings
from bot.domain.mentoring import MentorRequest, Offer, Pair, RequestState, Search
from bot.ports.mentoring import MentoringWords, MentoringWordsKind

_mentor = membership.alias("mentor")
_mentee = membership.alias("mentee")
_mentor_account = account.alias("mentor_account")
_mentee_account = account.alias("mentee_account")


class SqlMentoring:
    """`Mentoring` on one connection. A request's note is sealed with the mentee's key."""

    def __init__(self, connection: AsyncConnection, sealing: Sealing) -> None:
        """Work on one connection, with the same connection's sealing."""
        self._connection = connection
        self._sealing = sealing

    async def save_offer(
        self, membership_id: int, topics: tuple[str, ...], capacity: int, at: datetime
    ) -> None:
        """Upsert the offer."""
        offer = {
            "topics": _to_lines(topics),
            "capacity": capacity,
            "open": True,
            "offered_at": at,
        }
        await self._connection.execute(
            insert_into(self._connection, mentor_offer)
            .values(membership_id=membership_id, **offer)
            .on_conflict_do_update(index_elements=["membership_id"], set_=offer)
        )

    async def offer_of(self, membership_id: int) -> Offer | None:
        """Select by membership."""
        query = _offers().where(membership.c.id == membership_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _to_offer(row)

    async def close_offer(self, membership_id: int) -> None:
        """Update the mark."""
        await self._connection.execute(
            update(mentor_offer)
            .where(mentor_offer.c.membership_id == membership_id)
            .values(open=False)
        )

    async def offers(
        self, programme_id: int, now: datetime
    ) -> tuple[tuple[Offer, MemberSettings], ...]:
        """Select by programme."""
        query = _offers().where(
            membership.c.programme_id == programme_id,
            membership.c.joined_at.is_not(None),
            or_(membership.c.paused_until.is_(None), membership.c.paused_until <= now),
            mentor_offer.c.open,
        )
        rows = await self._connection.execute(query)
        found = [(_to_offer(row), settings) for row in rows if (settings := to_settings(row))]
        # databases differ in how they sort text
        return tuple(sorted(found, key=lambda one: (one[0].name, one[0].membership_id)))

    async def save_search(self, search: Search) -> None:
        """Upsert the search, replace its list."""
        author_id = await self._author_id(search.membership_id)
        wanted = {
            "topics": _to_lines(search.topics),
            "purpose_sealed": await self._sealing.seal(author_id, search.purpose),
        }
        await self._connection.execute(
            insert_into(self._connection, mentor_search)
            .values(membership_id=search.membership_id, **wanted)
            .on_conflict_do_update(index_elements=["membership_id"], set_=wanted)
        )
        columns = mentor_search_not_with.c
        await self._connection.execute(
            delete(mentor_search_not_with).where(columns.membership_id == search.membership_id)
        )
        # someone who has just erased their account is left out by this SELECT
        others = select(literal(search.membership_id), membership.c.id).where(
            membership.c.id.in_(search.not_with)
        )
        await self._connection.execute(
            insert(mentor_search_not_with).from_select(["membership_id", "other_id"], others)
        )

    async def search_of(self, membership_id: int) -> Search | None:
        """Select by membership."""
        query = select(mentor_search).where(mentor_search.c.membership_id == membership_id)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        columns = mentor_search_not_with.c
        others = await self._connection.execute(
            select(columns.other_id).where(columns.membership_id == membership_id)
        )
        author_id = await self._author_id(membership_id)
        return Search(
            membership_id=membership_id,
            topics=_from_lines(row.topics),
            purpose=await self._sealing.open(author_id, row.purpose_sealed),
            not_with=frozenset(others.scalars()),
        )

    async def add_request(
        self, programme_id: int, mentee_id: int, mentor_id: int, note: str, at: datetime
    ) -> int:
        """Insert the request."""
        statement = (
            insert(mentor_request)
            .values(
                programme_id=programme_id,
                mentee_id=mentee_id,
                mentor_id=mentor_id,
                note_sealed=await self._sealing.seal(await self._author_id(mentee_id), note),
                state=RequestState.OPEN.value,
                asked_at=at,
            )
            .returning(mentor_request.c.id)
        )
        return int((await self._connection.execute(statement)).scalar_one())

    async def request(self, programme_id: int, request_id: int) -> MentorRequest | None:
        """Select by programme and number."""
        query = _requests().where(
            mentor_request.c.id == request_id, mentor_request.c.programme_id == programme_id
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else await self._to_request(row)

    async def open_requests(self, membership_id: int) -> tuple[MentorRequest, ...]:
        """Select by either side."""
        query = _requests().where(
            or_(
                mentor_request.c.mentee_id == membership_id,
                mentor_request.c.mentor_id == membership_id,
            ),
            mentor_request.c.state == RequestState.OPEN.value,
        )
        rows = await self._connection.execute(
            query.order_by(mentor_request.c.asked_at, mentor_request.c.id)
        )
        return tuple([await self._to_request(row) for row in rows])

    async def words_of(self, membership_id: int) -> tuple[MentoringWords, ...]:
        """Select notes and reasons, and open them."""
        asked = _requests().where(mentor_request.c.mentee_id == membership_id)
        ended = _pairs().where(pair.c.ended_by == membership_id)
        words = [
            MentoringWords(
                MentoringWordsKind.REQUEST,
                row.mentor_name,
                await self._sealing.open(row.author_id, row.note_sealed),
                row.asked_at,
            )
            for row in await self._connection.execute(asked)
        ]
        for row in await self._connection.execute(ended):
            is_mentor = row.mentor_id == membership_id
            reason = await self._sealing.open(row.reason_author_id, row.reason_sealed)
            partner = row.mentee_name if is_mentor else row.mentor_name
            words.append(MentoringWords(MentoringWordsKind.ENDING, partner, reason, row.ended_at))
        written = [one for one in words if one.text]
        return tuple(sorted(written, key=lambda one: (one.written_at, one.kind, one.to)))

    async def set_note(self, request_id: int, note: str) -> None:
        """Seal the note anew."""
        query = select(mentor_request.c.mentee_id).where(mentor_request.c.id == request_id)
        mentee_id = (await self._connection.execute(query)).scalar_one()
        sealed = await self._sealing.seal(await self._author_id(mentee_id), note)
        await self._connection.execute(
            update(mentor_request)
            .where(mentor_request.c.id == request_id)
            .values(note_sealed=sealed)
        )

    async def close_request(self, request_id: int, state: RequestState, at: datetime) -> bool:
        """Update an open one."""
        statement = (
            update(mentor_request)
            .where(
                mentor_request.c.id == request_id,
                mentor_request.c.state == RequestState.OPEN.value,
            )
            .values(state=state.value, answered_at=at)
        )
        return (await self._connection.execute(statement)).rowcount > 0

    async def add_pair(
        self, programme_id: int, mentor_id: int, mentee_id: int, at: datetime
    ) -> int | None:
        """Count and insert with the mentor's offer locked."""
        lock = (
            select(mentor_offer.c.membership_id)
            .where(mentor_offer.c.membership_id == mentor_id)
            .with_for_update()
        )
        await self._connection.execute(lock)
        # a statement of its own: only now does PostgreSQL see what went before the lock
        query = _offers().where(
            membership.c.id == mentor_id, membership.c.programme_id == programme_id
        )
        row = (await self._connection.execute(query)).one_or_none()
        if row is None or not _to_offer(row).has_room:
            return None
        statement = (
            insert(pair)
            .values(programme_id=programme_id, mentor_id=mentor_id, mentee_id=mentee_id, since=at)
            .returning(pair.c.id)
        )
        return int((await self._connection.execute(statement)).scalar_one())

    async def pair(self, programme_id: int, pair_id: int) -> Pair | None:
        """Select by programme and number."""
        query = _pairs().where(pair.c.id == pair_id, pair.c.programme_id == programme_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _to_pair(row)

    async def pairs_of(self, membership_id: int) -> tuple[Pair, ...]:
        """Select by either side."""
        query = _pairs().where(
            or_(pair.c.mentor_id == membership_id, pair.c.mentee_id == membership_id),
            pair.c.ended_at.is_(None),
        )
        rows = await self._connection.execute(query.order_by(pair.c.since, pair.c.id))
        return tuple(_to_pair(row) for row in rows)

    async def end_pair(
        self, pair_id: int, ended_by: int, author_id: int, reason: str, at: datetime
    ) -> bool:
        """Update a running one."""
        statement = (
            update(pair)
            .where(pair.c.id == pair_id, pair.c.ended_at.is_(None))
            .values(
                ended_at=at,
                ended_by=ended_by,
                reason_author_id=author_id,
                reason_sealed=await self._sealing.seal(author_id, reason),
            )
        )
        return (await self._connection.execute(statement)).rowcount > 0

    async def _author_id(self, membership_id: int) -> int:
        query = select(membership.c.account_id).where(membership.c.id == membership_id)
        return int((await self._connection.execute(query)).scalar_one())

    async def _to_request(self, row: Row[Any]) -> MentorRequest:
        return MentorRequest(
            id=row.id,
            programme_id=row.programme_id,
            mentee_id=row.mentee_id,
            mentor_id=row.mentor_id,
            mentee_name=row.mentee_name,
            mentor_name=row.mentor_name,
            note=await self._sealing.open(row.author_id, row.note_sealed),
            asked_at=row.asked_at,
            state=RequestState(row.state),
            answered_at=row.answered_at,
        )


def _to_lines(topics: Sequence[str]) -> str:
    lines = (" ".join(topic.replace("\0", "").split()) for topic in topics)
    return "\n".join(line for line in lines if line)


def _from_lines(topics: str) -> tuple[str, ...]:
    return tuple(topics.split("\n")) if topics else ()


def _offers() -> Select[Any]:
    mentees = (
        select(func.count())
        .select_from(pair)
        .where(pair.c.mentor_id == mentor_offer.c.membership_id, pair.c.ended_at.is_(None))
        .correlate(mentor_offer)
        .scalar_subquery()
    )
    return (
        select(mentor_offer, membership, account.c.name, mentees.label("mentees"))
        .select_from(mentor_offer)
        .join(membership, membership.c.id == mentor_offer.c.membership_id)
        .join(account, account.c.id == membership.c.account_id)
    )


def _to_offer(row: Row[Any]) -> Offer:
    return Offer(
        membership_id=row.membership_id,
        name=row.name,
        topics=_from_lines(row.topics),
        capacity=row.capacity,
        offered_at=row.offered_at,
        open=row.open,
        mentees=row.mentees,
    )


def _requests() -> Select[Any]:
    return (
        select(
            mentor_request,
            _mentee.c.account_id.label("author_id"),
            _mentee_account.c.name.label("mentee_name"),
            _mentor_account.c.name.label("mentor_name"),
        )
        .join(_mentee, _mentee.c.id == mentor_request.c.mentee_id)
        .join(_mentee_account, _mentee_account.c.id == _mentee.c.account_id)
        .join(_mentor, _mentor.c.id == mentor_request.c.mentor_id)
        .join(_mentor_account, _mentor_account.c.id == _mentor.c.account_id)
    )


def _pairs() -> Select[Any]:
    return (
        select(
            pair,
            _mentee_account.c.name.label("mentee_name"),
            _mentor_account.c.name.label("mentor_name"),
        )
        .join(_mentee, _mentee.c.id == pair.c.mentee_id)
        .join(_mentee_account, _mentee_account.c.id == _mentee.c.account_id)
        .join(_mentor, _mentor.c.id == pair.c.mentor_id)
        .join(_mentor_account, _mentor_account.c.id == _mentor.c.account_id)
    )


def _to_pair(row: Row[Any]) -> Pair:
    return Pair(
        id=row.id,
        programme_id=row.programme_id,
        mentor_id=row.mentor_id,
        mentee_id=row.mentee_id,
        mentor_name=row.mentor_name,
        mentee_name=row.mentee_name,
        since=row.since,
        ended_at=row.ended_at,
    )
