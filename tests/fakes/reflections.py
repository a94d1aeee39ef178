"""Reflections and reactions in memory."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.chat.identity import MessageRef
from bot.domain.reflection import Part, Reflection, Via
from bot.ports.deliveries import PostedPrompt
from tests.fakes.people import Erased
from tests.fakes.rows import Rows

_Key = tuple[str, str, str]


class _Posted(Protocol):
    async def posted_by_id(self, delivery_id: int) -> PostedPrompt | None: ...


class InMemoryReflections:
    """`Reflections` in memory; `deliveries` says which prompt a reaction is to."""

    def __init__(self, deliveries: _Posted) -> None:
        self.rows: Rows[Reflection] = Rows()
        self._parts: Rows[int] = Rows()
        self._messages: dict[_Key, int] = {}
        self._reactions: dict[tuple[int, int, str], datetime] = {}
        self._deliveries = deliveries

    def reacted_to(self) -> set[int]:
        """Deliveries that have reactions."""
        return {delivery_id for _, delivery_id, _ in self._reactions}

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
        added = self.rows.add(
            lambda number: Reflection(
                id=number,
                author_id=author_id,
                via=via,
                written_at=at,
                parts=(),
                delivery_id=delivery_id,
                prompt_id=prompt_id,
                kept=kept,
            )
        )
        self._add_part(added, text, at, message)
        return added.id

    async def append(
        self, author_id: int, reflection_id: int, *, text: str, at: datetime, message: MessageRef
    ) -> None:
        own = await self.get(author_id, reflection_id)
        if own is None:
            raise LookupError(reflection_id)
        self._add_part(own, text, at, message)

    async def get(self, author_id: int, reflection_id: int) -> Reflection | None:
        found = self.rows.get(reflection_id)
        return found if found is not None and found.author_id == author_id else None

    async def latest(
        self, author_id: int, via: Via, since: datetime, delivery_id: int | None
    ) -> Reflection | None:
        found = [
            row
            for row in self.rows.values()
            if (row.author_id, row.via, row.delivery_id) == (author_id, via, delivery_id)
            and _last_said_at(row) >= since
        ]
        return max(found, key=lambda row: (_last_said_at(row), row.id), default=None)

    async def by_message(self, author_id: int, message: MessageRef) -> Reflection | None:
        part_id = self._messages.get(_key(message))
        return None if part_id is None else await self.get(author_id, self._parts[part_id])

    async def author_of(self, message: MessageRef) -> int | None:
        part_id = self._messages.get(_key(message))
        return None if part_id is None else self.rows[self._parts[part_id]].author_id

    async def replace_message(
        self, author_id: int, message: MessageRef, text: str, at: datetime
    ) -> bool:
        own = await self.by_message(author_id, message)
        if own is None:
            return False
        number = self._messages[_key(message)]
        parts = tuple(replace(part, text=text) if part.id == number else part for part in own.parts)
        self.rows[own.id] = replace(own, parts=parts, edited_at=at)
        return True

    async def delete_message(self, author_id: int, message: MessageRef) -> bool:
        own = await self.by_message(author_id, message)
        if own is None:
            return False
        number = self._messages.pop(_key(message))
        parts = tuple(part for part in own.parts if part.id != number)
        if not parts:
            return await self.delete(author_id, own.id)
        self.rows[own.id] = replace(own, parts=parts)
        return True

    async def replace(self, author_id: int, reflection_id: int, text: str, at: datetime) -> bool:
        own = await self.get(author_id, reflection_id)
        if own is None:
            return False
        first, *others = own.parts
        gone = {part.id for part in others}
        self._messages = {key: part for key, part in self._messages.items() if part not in gone}
        only = Part(first.id, text, own.parts[-1].said_at)
        self.rows[own.id] = replace(own, parts=(only,), edited_at=at)
        return True

    async def keep(self, author_id: int, reflection_id: int) -> bool:
        own = await self.get(author_id, reflection_id)
        if own is not None:
            self.rows[own.id] = replace(own, kept=True)
        return own is not None

    async def delete(self, author_id: int, reflection_id: int) -> bool:
        own = await self.get(author_id, reflection_id)
        if own is not None:
            self._drop(own)
        return own is not None

    async def of_author(self, author_id: int) -> tuple[Reflection, ...]:
        own = [row for row in self.rows.values() if row.author_id == author_id and row.kept]
        return tuple(sorted(own, key=lambda row: (row.written_at, row.id)))

    async def drop_drafts(self, before: datetime) -> int:
        drafts = [row for row in self.rows.values() if not row.kept and _last_said_at(row) < before]
        for draft in drafts:
            self._drop(draft)
        return len(drafts)

    async def react(self, author_id: int, delivery_id: int, name: str, at: datetime) -> None:
        self._reactions.setdefault((author_id, delivery_id, name), at)

    async def unreact(self, author_id: int, delivery_id: int, name: str) -> bool:
        return self._reactions.pop((author_id, delivery_id, name), None) is not None

    async def reactions(self, author_id: int) -> tuple[tuple[int, str, datetime], ...]:
        own = sorted(
            (at, delivery_id, name)
            for (author, delivery_id, name), at in self._reactions.items()
            if author == author_id
        )
        posted = [
            (await self._deliveries.posted_by_id(number), name, at) for at, number, name in own
        ]
        return tuple((prompt.prompt_id, name, at) for prompt, name, at in posted if prompt)

    def forget(self, erased: Erased) -> None:
        """Forget all that an erased account wrote."""
        for row in [row for row in self.rows.values() if row.author_id == erased.account_id]:
            self._drop(row)
        self._reactions = {
            key: at for key, at in self._reactions.items() if key[0] != erased.account_id
        }

    def _add_part(
        self, to: Reflection, text: str, at: datetime, message: MessageRef | None
    ) -> None:
        self._parts.add(lambda _number: to.id)
        part = Part(self._parts.last, text, at)
        self.rows[to.id] = replace(to, parts=(*to.parts, part))
        if message is not None:
            assert _key(message) not in self._messages, "a message is a part once"
            self._messages[_key(message)] = part.id

    def _drop(self, row: Reflection) -> None:
        gone = {part.id for part in row.parts}
        self._messages = {key: part for key, part in self._messages.items() if part not in gone}
        del self.rows[row.id]


def _key(message: MessageRef) -> _Key:
    return message.place.platform, message.place.native_id, message.native_id


def _last_said_at(row: Reflection) -> datetime:
    return max(part.said_at for part in row.parts)
