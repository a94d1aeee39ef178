"""Old rows, deleted in slices by number: numbers rise with time, so no index is needed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.delivery_states import IS_OPEN
from adapters.storage.tables import delivery, inbox, reaction, reflection


class SqlPruning:
    """`Pruning` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def events(self, after: int, before: datetime, limit: int) -> int | None:
        """Delete by number what is done."""
        is_old = and_(inbox.c.state == "done", inbox.c.received_at < before)
        rows = await self._next(
            select(inbox.c.id, inbox.c.received_at.label("at"), is_old.label("is_old")),
            inbox.c.id,
            after,
            limit,
        )
        await self._delete(inbox.c.id, rows)
        return _reached(rows, before, limit)

    async def deliveries(self, after: int, before: datetime, limit: int) -> int | None:
        """Delete by number what is closed and has no answers."""
        is_old = and_(
            ~IS_OPEN,
            delivery.c.act_at < before,
            delivery.c.other_replies == 0,
            delivery.c.other_reactions == 0,
            _has_no(reflection.c.author_id, reflection.c.delivery_id == delivery.c.id),
            _has_no(reaction.c.author_id, reaction.c.delivery_id == delivery.c.id),
        )
        rows = await self._next(
            select(delivery.c.id, delivery.c.due_at.label("at"), is_old.label("is_old")),
            delivery.c.id,
            after,
            limit,
        )
        await self._delete(delivery.c.id, rows)
        return _reached(rows, before, limit)

    async def _next(
        self, query: Select[Any], number: Column[int], after: int, limit: int
    ) -> Sequence[Row[Any]]:
        query = query.where(number > after).order_by(number).limit(limit)
        rows: Sequence[Row[Any]] = (await self._connection.execute(query)).all()
        return rows

    async def _delete(self, number: Column[int], rows: Sequence[Row[Any]]) -> None:
        old: ColumnElement[bool] = number.in_([row.id for row in rows if row.is_old])
        await self._connection.execute(delete(number.table).where(old))


def _has_no(of: Column[int], where: ColumnElement[bool]) -> ColumnElement[bool]:
    # not as NOT EXISTS, for which PostgreSQL would read all of them once
    return select(of).where(where).limit(1).scalar_subquery().is_(None)


def _reached(rows: Sequence[Row[Any]], before: datetime, limit: int) -> int | None:
    if len(rows) < limit or rows[-1].at >= before:
        return None
    return int(rows[-1].id)
