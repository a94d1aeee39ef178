"""Reflections and reactions in SQL, their texts sealed with the author's key."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sealing import Sealing
from adapters.storage.tables import delivery, reaction, reflection, reflection_part
from adapters.storage.upserting import fitted, insert_into
from bot.chat.identity import MessageRef
from bot.domain.reflection import Part, Reflection, Via


class SqlReflections:
    """`Reflections` on one connection."""

    def __init__(self, connection: AsyncConnection, sealing: Sealing) -> None:
        """Work on one connection, with the same connection's sealing."""
        self._connection = connection
        self._sealing = sealing

    async def add(
        self,
        author_id: int,
        *,
        via: Via,
        text: str,
        at: datetime,
        delivery_id: int | None = None,
        prompt_id: int | None = None,
        message: MessageRef | None = None,
        kept: bool = True,
    ) -> int:
        """Insert the reflection and its part."""
        statement = (
            insert(reflection)
            .values(
                author_id=author_id,
                delivery_id=delivery_id,
                prompt_id=prompt_id,
                via=via.value,
                kept=kept,
                written_at=at,
                last_said_at=at,
            )
            .returning(reflection.c.id)
        )
        reflection_id = int((await self._connection.execute(statement)).scalar_one())
        await self._add_part(author_id, reflection_id, text, at, message)
        return reflection_id

    async def append(
        self, author_id: int, reflection_id: int, *, text: str, at: datetime, message: MessageRef
    ) -> None:
        """Insert a part; LookupError if the reflection is not the author's."""
        if not await self._update(_is_own(author_id, reflection_id), last_said_at=at):
            problem = f"no reflection {reflection_id} of author {author_id}"
            raise LookupError(problem)
        await self._add_part(author_id, reflection_id, text, at, message)

    async def get(self, author_id: int, reflection_id: int) -> Reflection | None:
        """Select by number."""
        return await self._one(_all_parts().where(_is_own(author_id, reflection_id)))

    async def latest(
        self, author_id: int, via: Via, since: datetime, delivery_id: int | None
    ) -> Reflection | None:
        """Select by the time of the last part."""
        query = (
            select(reflection.c.id)
            .where(
                reflection.c.author_id == author_id,
                reflection.c.via == via.value,
                reflection.c.last_said_at >= since,
                reflection.c.delivery_id.is_not_distinct_from(delivery_id),
            )
            .order_by(reflection.c.last_said_at.desc(), reflection.c.id.desc())
            .limit(1)
        )
        return await self._one(_all_parts().where(reflection.c.id == query.scalar_subquery()))

    async def by_message(self, author_id: int, message: MessageRef) -> Reflection | None:
        """Select by one of the parts."""
        query = _own_part(author_id, message).with_only_columns(reflection.c.id)
        return await self._one(_all_parts().where(reflection.c.id == query.scalar_subquery()))

    async def author_of(self, message: MessageRef) -> int | None:
        """Select by the platform's own ids."""
        query = (
            select(reflection.c.author_id)
            .join(reflection_part, reflection_part.c.reflection_id == reflection.c.id)
            .where(*_is_part(message))
        )
        number: int | None = (await self._connection.execute(query)).scalar_one_or_none()
        return number

    async def replace_message(
        self, author_id: int, message: MessageRef, text: str, at: datetime
    ) -> bool:
        """Update the part."""
        part = (await self._connection.execute(_own_part(author_id, message))).one_or_none()
        if part is None:
            return False
        await self._reword(author_id, part.id, text)
        return await self._update(_is_own(author_id, part.reflection_id), edited_at=at)

    async def delete_message(self, author_id: int, message: MessageRef) -> bool:
        """Delete the part, and the reflection with its last one."""
        part = (await self._connection.execute(_own_part(author_id, message))).one_or_none()
        if part is None:
            return False
        await self._connection.execute(
            delete(reflection_part).where(reflection_part.c.id == part.id)
        )
        query = select(func.max(reflection_part.c.said_at)).where(
            reflection_part.c.reflection_id == part.reflection_id
        )
        last_said_at = (await self._connection.execute(query)).scalar_one()
        if last_said_at is None:
            return await self.delete(author_id, part.reflection_id)
        own = _is_own(author_id, part.reflection_id)
        return await self._update(own, last_said_at=last_said_at)

    async def replace(self, author_id: int, reflection_id: int, text: str, at: datetime) -> bool:
        """Reword the first part, which keeps its message, and delete the others."""
        if not await self._update(_is_own(author_id, reflection_id), edited_at=at):
            return False
        query = select(func.min(reflection_part.c.id)).where(
            reflection_part.c.reflection_id == reflection_id
        )
        first_id = (await self._connection.execute(query)).scalar_one()
        await self._connection.execute(
            delete(reflection_part).where(
                reflection_part.c.reflection_id == reflection_id, reflection_part.c.id != first_id
            )
        )
        await self._reword(author_id, first_id, text)
        return True

    async def keep(self, author_id: int, reflection_id: int) -> bool:
        """Update the mark."""
        return await self._update(_is_own(author_id, reflection_id), kept=True)

    async def delete(self, author_id: int, reflection_id: int) -> bool:
        """Delete the row; foreign keys take parts and stone along."""
        statement = delete(reflection).where(_is_own(author_id, reflection_id))
        return (await self._connection.execute(statement)).rowcount > 0

    async def of_author(self, author_id: int) -> tuple[Reflection, ...]:
        """Select all with their parts at once."""
        query = _all_parts().where(reflection.c.author_id == author_id, reflection.c.kept)
        return await self._many(query)

    async def drop_drafts(self, before: datetime) -> int:
        """Delete by the time of the last part."""
        statement = delete(reflection).where(
            reflection.c.kept.is_(False), reflection.c.last_said_at < before
        )
        return (await self._connection.execute(statement)).rowcount

    async def react(self, author_id: int, delivery_id: int, name: str, at: datetime) -> None:
        """Insert unless it is there."""
        await self._connection.execute(
            insert_into(self._connection, reaction)
            .values(
                author_id=author_id,
                delivery_id=delivery_id,
                name=fitted(name, reaction.c.name),
                reacted_at=at,
            )
            .on_conflict_do_nothing()
        )

    async def unreact(self, author_id: int, delivery_id: int, name: str) -> bool:
        """Delete the row."""
        statement = delete(reaction).where(
            reaction.c.author_id == author_id,
            reaction.c.delivery_id == delivery_id,
            reaction.c.name == fitted(name, reaction.c.name),
        )
        return (await self._connection.execute(statement)).rowcount > 0

    async def reactions(self, author_id: int) -> tuple[tuple[int, str, datetime], ...]:
        """Select with the prompt of each delivery."""
        query = (
            select(delivery.c.prompt_id, reaction.c.name, reaction.c.reacted_at)
            .join(delivery, delivery.c.id == reaction.c.delivery_id)
            .where(reaction.c.author_id == author_id, delivery.c.prompt_id.is_not(None))
            .order_by(reaction.c.reacted_at, reaction.c.delivery_id)
        )
        rows = await self._connection.execute(query)
        return tuple((row.prompt_id, row.name, row.reacted_at) for row in rows)

    async def _add_part(
        self,
        author_id: int,
        reflection_id: int,
        text: str,
        at: datetime,
        message: MessageRef | None,
    ) -> None:
        await self._connection.execute(
            insert(reflection_part).values(
                reflection_id=reflection_id,
                platform=message and message.place.platform,
                place_native_id=message and message.place.native_id,
                message_id=message and message.native_id,
                said_at=at,
                text_sealed=await self._sealing.seal(author_id, text),
            )
        )

    async def _reword(self, author_id: int, part_id: int, text: str) -> None:
        await self._connection.execute(
            update(reflection_part)
            .where(reflection_part.c.id == part_id)
            .values(text_sealed=await self._sealing.seal(author_id, text))
        )

    async def _update(self, own: ColumnElement[bool], **values: object) -> bool:
        statement = update(reflection).where(own).values(**values)
        return (await self._connection.execute(statement)).rowcount > 0

    async def _one(self, query: Select[Any]) -> Reflection | None:
        found = await self._many(query)
        return found[0] if found else None

    async def _many(self, query: Select[Any]) -> tuple[Reflection, ...]:
        rows: dict[int, list[Row[Any]]] = {}
        for row in await self._connection.execute(query):
            rows.setdefault(row.id, []).append(row)
        return tuple([await self._to_reflection(parts) for parts in rows.values()])

    async def _to_reflection(self, rows: list[Row[Any]]) -> Reflection:
        first = rows[0]
        return Reflection(
            id=first.id,
            author_id=first.author_id,
            via=Via(first.via),
            written_at=first.written_at,
            parts=tuple([await self._to_part(row) for row in rows]),
            delivery_id=first.delivery_id,
            prompt_id=first.prompt_id,
            kept=first.kept,
            edited_at=first.edited_at,
        )

    async def _to_part(self, row: Row[Any]) -> Part:
        text = await self._sealing.open(row.author_id, row.text_sealed)
        return Part(row.part_id, text, row.said_at)


def _is_own(author_id: int, reflection_id: int) -> ColumnElement[bool]:
    return and_(reflection.c.id == reflection_id, reflection.c.author_id == author_id)


def _own_part(author_id: int, message: MessageRef) -> Select[Any]:
    return (
        select(reflection_part.c.id, reflection_part.c.reflection_id)
        .join(reflection, reflection.c.id == reflection_part.c.reflection_id)
        .where(reflection.c.author_id == author_id, *_is_part(message))
    )


def _is_part(message: MessageRef) -> tuple[ColumnElement[bool], ...]:
    return (
        reflection_part.c.platform == message.place.platform,
        reflection_part.c.place_native_id == message.place.native_id,
        reflection_part.c.message_id == message.native_id,
    )


def _all_parts() -> Select[Any]:
    """A row for each part, in the order in which reflections were written and parts said."""
    return (
        select(
            reflection,
            reflection_part.c.id.label("part_id"),
            reflection_part.c.said_at,
            reflection_part.c.text_sealed,
        )
        .join(reflection_part, reflection_part.c.reflection_id == reflection.c.id)
        .order_by(
            reflection.c.written_at,
            reflection.c.id,
            reflection_part.c.said_at,
            reflection_part.c.id,
        )
    )
