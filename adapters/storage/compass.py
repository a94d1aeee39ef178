"""Whys, visions and stones in SQL, their texts sealed with the author's key."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sealing import Sealing
from adapters.storage.tables import reflection, reflection_part, stone, vision, why
from adapters.storage.upserting import fitted, insert_into
from bot.domain.compass import Stone, StoneKind, Vision, Why


class SqlCompass:
    """`Compass` on one connection."""

    def __init__(self, connection: AsyncConnection, sealing: Sealing) -> None:
        """Work on one connection, with the same connection's sealing."""
        self._connection = connection
        self._sealing = sealing

    async def write_why(self, author_id: int, text: str, at: datetime) -> None:
        """Close the one in force, insert the new one."""
        in_force = why.c.author_id == author_id
        await self._write(why, in_force, author_id, text, at)

    async def whys(self, author_id: int) -> tuple[Why, ...]:
        """Select by author."""
        query = select(why).where(why.c.author_id == author_id)
        rows = await self._connection.execute(query.order_by(why.c.written_at, why.c.id))
        return tuple(
            [Why(row.id, await self._text(row), row.written_at, row.replaced_at) for row in rows]
        )

    async def write_vision(self, author_id: int, years: int, text: str, at: datetime) -> None:
        """Close the version in force, insert the new one."""
        in_force = (vision.c.author_id == author_id) & (vision.c.years == years)
        await self._write(vision, in_force, author_id, text, at, years=years)

    async def visions(self, author_id: int) -> tuple[Vision, ...]:
        """Select by author."""
        query = select(vision).where(vision.c.author_id == author_id)
        rows = await self._connection.execute(
            query.order_by(vision.c.years, vision.c.written_at, vision.c.id)
        )
        return tuple(
            [
                Vision(row.id, row.years, await self._text(row), row.written_at, row.replaced_at)
                for row in rows
            ]
        )

    async def lay_stone(
        self,
        author_id: int,
        *,
        kind: StoneKind,
        at: datetime,
        text: str | None = None,
        reflection_id: int | None = None,
        vision_id: int | None = None,
        link: str | None = None,
    ) -> int:
        """Upsert by reflection; LookupError if reflection or vision are not the author's."""
        await self._require_own(reflection, author_id, reflection_id)
        await self._require_own(vision, author_id, vision_id)
        words = text if reflection_id is None else None
        statement = (
            insert_into(self._connection, stone)
            .values(
                author_id=author_id,
                kind=kind.value,
                text_sealed=None if words is None else await self._sealing.seal(author_id, words),
                reflection_id=reflection_id,
                vision_id=vision_id,
                link=None if link is None else fitted(link, stone.c.link),
                laid_at=at,
            )
            .on_conflict_do_update(index_elements=["reflection_id"], set_={"kind": kind.value})
            .returning(stone.c.id)
        )
        return int((await self._connection.execute(statement)).scalar_one())

    async def change_stone(self, author_id: int, stone_id: int, kind: StoneKind) -> bool:
        """Update by author and number."""
        statement = (
            update(stone)
            .where(stone.c.id == stone_id, stone.c.author_id == author_id)
            .values(kind=kind.value)
        )
        return (await self._connection.execute(statement)).rowcount > 0

    async def stones(self, author_id: int) -> tuple[Stone, ...]:
        """Select by author; a pinned reflection's words are read from it."""
        query = select(stone).where(stone.c.author_id == author_id)
        rows = await self._connection.execute(query.order_by(stone.c.laid_at, stone.c.id))
        pinned = await self._pinned(author_id)
        return tuple([await self._to_stone(row, pinned) for row in rows])

    async def _write(
        self,
        table: Table,
        same: ColumnElement[bool],
        author_id: int,
        text: str,
        at: datetime,
        **values: object,
    ) -> None:
        in_force = table.c.replaced_at.is_(None)
        await self._connection.execute(update(table).where(same, in_force).values(replaced_at=at))
        sealed = await self._sealing.seal(author_id, text)
        await self._connection.execute(
            insert(table).values(author_id=author_id, text_sealed=sealed, written_at=at, **values)
        )

    async def _require_own(self, table: Table, author_id: int, row_id: int | None) -> None:
        if row_id is None:
            return
        query = select(table.c.id).where(table.c.id == row_id, table.c.author_id == author_id)
        if (await self._connection.execute(query)).scalar_one_or_none() is None:
            problem = f"no {table.name} {row_id} of author {author_id}"
            raise LookupError(problem)

    async def _pinned(self, author_id: int) -> dict[int, list[str]]:
        query = (
            select(reflection_part.c.reflection_id, reflection_part.c.text_sealed)
            .join(stone, stone.c.reflection_id == reflection_part.c.reflection_id)
            .where(stone.c.author_id == author_id)
            .order_by(reflection_part.c.said_at, reflection_part.c.id)
        )
        texts: defaultdict[int, list[str]] = defaultdict(list)
        for reflection_id, sealed in await self._connection.execute(query):
            texts[reflection_id].append(await self._sealing.open(author_id, sealed))
        return texts

    async def _to_stone(self, row: Row[Any], pinned: dict[int, list[str]]) -> Stone:
        return Stone(
            id=row.id,
            kind=StoneKind(row.kind),
            text="\n".join(pinned[row.reflection_id])
            if row.reflection_id
            else await self._text(row),
            laid_at=row.laid_at,
            reflection_id=row.reflection_id,
            vision_id=row.vision_id,
            link=row.link,
        )

    async def _text(self, row: Row[Any]) -> str:
        return await self._sealing.open(row.author_id, row.text_sealed)
