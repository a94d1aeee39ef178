"""The inbox: events kept before they are acknowledged, handled once, then emptied."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import event_from_bytes, messages_from_bytes, messages_to_bytes
from adapters.storage.database import Database
from adapters.storage.dialect import CLAIMING_INBOX, one_at_a_time
from adapters.storage.inbox_writer import LIMIT, InboxWriter
from adapters.storage.tables import inbox
from bot.chat.incoming import Told
from bot.chat.outgoing import Message
from bot.ports.cipher import Cipher, KeyMissingError
from bot.ports.clock import Clock
from bot.ports.inbox import EventTakenError, KeptEvent, Waiting

_log = structlog.stdlib.get_logger(__name__)

_EMPTY = {"owner": None, "content_sealed": None, "answers_sealed": None}


class SqlInbox:
    """The inbox, with one writer a process."""

    def __init__(
        self, database: Database, cipher: Cipher, clock: Clock, limit: float = LIMIT
    ) -> None:
        """Take an open database, and the seconds within which an event has to be kept.

        The writer starts with the first event.
        """
        self._database = database
        self._cipher = cipher
        self._writer = InboxWriter(database, cipher, clock, limit)
        self._answered: set[int] = set()
        self._answering = asyncio.Lock()

    async def keep(self, event: Told) -> bool:
        """Keep an event once."""
        return await self._writer.keep(event)

    async def wait(self, timeout: float) -> None:  # noqa: ASYNC109 - running out is no error
        """Sleep up to `timeout` seconds, less if this process keeps an event meanwhile."""
        await self._writer.wait(timeout)

    async def give_way(self, patience: float) -> None:
        """Sleep while this process keeps events."""
        await self._writer.give_way(patience)

    async def close(self) -> None:
        """Stop the writer; events that are not yet committed are refused."""
        await self._writer.close()

    async def claim(
        self, platforms: Sequence[str], owner: str, now: datetime, lease: timedelta, limit: int
    ) -> tuple[KeptEvent, ...]:
        """Lease events to handle."""
        ready = (
            select(inbox.c.id)
            .where(is_open(inbox), inbox.c.act_at <= now, inbox.c.platform.in_(platforms))
            .where(~_is_held_up(now))
            .order_by(inbox.c.act_at, inbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=inbox)
        )
        async with self._database.writing() as connection:
            # two claims at once could each take an event of one person
            await one_at_a_time(connection, CLAIMING_INBOX)
            ids = (await connection.execute(ready)).scalars().all()
            if not ids:
                return ()
            await connection.execute(
                update(inbox)
                .where(inbox.c.id.in_(ids))
                .values(owner=owner, act_at=now + lease, attempt=inbox.c.attempt + 1)
            )
            rows = await connection.execute(
                select(inbox).where(inbox.c.id.in_(ids)).order_by(inbox.c.id)
            )
        return await self._readable(rows.all(), now + lease)

    async def answered(self, event_id: int) -> None:
        """The event is done with; all that gather behind one commit share the next."""
        self._answered.add(event_id)
        async with self._answering:
            if event_id not in self._answered:
                return
            ids = sorted(self._answered)
            await self._set(ids, state="done", **_EMPTY)
            self._answered.difference_update(ids)

    async def retry(self, event_id: int, at: datetime) -> None:
        """Handle it again from `at`."""
        await self._set([event_id], act_at=at, owner=None)

    async def waiting(self) -> Waiting:
        """Count what is open."""
        query = select(func.count(), func.min(inbox.c.received_at)).where(is_open(inbox))
        async with self._database.reading() as connection:
            return Waiting(*(await connection.execute(query)).one())

    async def _set(self, ids: Sequence[int], **values: object) -> None:
        change = update(inbox).where(inbox.c.id.in_(ids), is_open(inbox)).values(**values)
        async with self._database.writing() as connection:
            await connection.execute(change)

    async def _readable(
        self, rows: Sequence[Row[*tuple[Any, ...]]], again_at: datetime
    ) -> tuple[KeptEvent, ...]:
        kept = []
        for row in rows:
            try:
                kept.append(self._opened(row))
            except (KeyMissingError, ValueError) as error:
                # never the error's own text: it quotes what the person wrote
                _log.error("event_unreadable", inbox_id=row.id, error=type(error).__name__)
                await self.retry(row.id, again_at)
        return tuple(kept)

    def _opened(self, row: Row[*tuple[Any, ...]]) -> KeptEvent:
        event = event_from_bytes(self._cipher.unseal(row.content_sealed))
        if row.answers_sealed is None:
            return KeptEvent(row.id, event, row.attempt)
        answers = messages_from_bytes(self._cipher.unseal(row.answers_sealed))
        return KeptEvent(row.id, event, row.attempt, answers)


class SqlHandled:
    """The inbox inside a unit of work."""

    def __init__(self, connection: AsyncConnection, cipher: Cipher) -> None:
        """Work on one connection."""
        self._connection = connection
        self._cipher = cipher

    async def handled(self, event_id: int, answers: tuple[Message, ...]) -> None:
        """Mark an event as handled together with what it changed."""
        if answers:
            sealed = self._cipher.seal(messages_to_bytes(answers))
            values = {"state": "handled", "answers_sealed": sealed, "attempt": 1}
        else:
            values = {"state": "done", **_EMPTY}
        is_mine = and_(inbox.c.id == event_id, inbox.c.state == "new")
        changed = await self._connection.execute(update(inbox).where(is_mine).values(**values))
        if changed.rowcount == 0:
            raise EventTakenError(event_id)


def is_open(table: FromClause) -> ColumnElement[bool]:
    """Whether an event is not done with yet."""
    # written out, not bound: else SQLite can't tell that its partial indexes fit
    return table.c.state.in_((literal_column("'new'"), literal_column("'handled'")))


def _is_held_up(now: datetime) -> ColumnElement[bool]:
    """Whether the same person has an event at work, or an earlier one that is not waiting."""
    other = inbox.alias()
    is_leased = and_(other.c.owner.is_not(None), other.c.act_at > now)
    is_waiting = and_(other.c.owner.is_(None), other.c.act_at > now, other.c.attempt > 0)
    return exists().where(
        other.c.lane == inbox.c.lane,
        other.c.id != inbox.c.id,
        is_open(other),
        or_(is_leased, and_(other.c.id < inbox.c.id, ~is_waiting)),
    )
