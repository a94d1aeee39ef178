"""Prompts, verdicts, rotations and queues in SQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, RowMapping, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.dialect import is_among
from adapters.storage.tables import place, prompt, prompt_queue, prompt_verdict, schedule
from adapters.storage.upserting import insert_into
from bot.domain.practices import Practice
from bot.domain.prompts import LibraryPrompt, Prompt, Room, Rotation, Verdict

_PROMPT = (prompt.c.id, prompt.c.key, prompt.c.practice, prompt.c.room, prompt.c.text)


class SqlPrompts:
    """`Prompts` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on one connection."""
        self._connection = connection

    async def publish(self, library: Sequence[LibraryPrompt], at: datetime) -> None:
        """Write only what differs, so that a start without news costs one SELECT."""
        query = select(*_PROMPT, prompt.c.retired_at).where(prompt.c.programme_id.is_(None))
        rows = (await self._connection.execute(query)).mappings()
        known = {str(row["key"]): row for row in rows}
        shipped = {entry.key: _shipped(entry) for entry in library}
        # in order of key, so that two replicas that start at once wait for each other
        for key in sorted(shipped):
            if key not in known or not _is_current(known[key], shipped[key]):
                await self._ship(shipped[key])
        gone = [
            row["id"]
            for key, row in known.items()
            if key not in shipped and row["retired_at"] is None
        ]
        if gone:
            statement = update(prompt).where(prompt.c.id.in_(gone)).values(retired_at=at)
            await self._connection.execute(statement)

    async def pool(self, programme_id: int, room: Room) -> tuple[Prompt, ...]:
        """Select the library's and the programme's own."""
        return (await self.pools([programme_id], room))[programme_id]

    async def pools(
        self, programme_ids: Sequence[int], room: Room
    ) -> Mapping[int, tuple[Prompt, ...]]:
        """Select the library's and the programmes' own; who has none shares the library's."""
        query = select(*_PROMPT, prompt.c.programme_id).where(
            or_(
                prompt.c.programme_id.is_(None),
                is_among(self._connection, prompt.c.programme_id, programme_ids),
            ),
            prompt.c.room == room.value,
            prompt.c.retired_at.is_(None),
        )
        found: dict[int | None, list[Prompt]] = defaultdict(list)
        for row in await self._connection.execute(query):
            found[row.programme_id].append(_to_prompt(row))
        library = _by_key(found[None])
        return {
            number: _by_key([*library, *found[number]]) if number in found else library
            for number in programme_ids
        }

    async def many(self, ids: Sequence[int]) -> Mapping[int, Prompt]:
        """Select by numbers."""
        rows = await self._connection.execute(select(*_PROMPT).where(prompt.c.id.in_(ids)))
        return {row.id: _to_prompt(row) for row in rows}

    async def rotations(self, place_ids: Sequence[int]) -> Mapping[int, Rotation]:
        """Two SELECTs: what was seen, what is avoided."""
        avoided: dict[int, set[int]] = {place_id: set() for place_id in place_ids}
        query = select(prompt_verdict.c.place_id, prompt_verdict.c.prompt_id).where(
            is_among(self._connection, prompt_verdict.c.place_id, place_ids),
            prompt_verdict.c.verdict == Verdict.NOT_FOR_ME.value,
        )
        for place_id, prompt_id in await self._connection.execute(query):
            avoided[place_id].add(prompt_id)
        seen = dict.fromkeys(place_ids, "")
        told = select(place.c.id, place.c.seen_prompts).where(
            is_among(self._connection, place.c.id, place_ids)
        )
        seen.update((row.id, row.seen_prompts) for row in await self._connection.execute(told))
        return {
            place_id: Rotation(tuple(map(int, seen[place_id].split())), frozenset(unwanted))
            for place_id, unwanted in avoided.items()
        }

    async def set_rotation(self, place_id: int, rotation: Rotation) -> None:
        """Write the numbers that were seen, parted by spaces."""
        numbers = " ".join(map(str, rotation.seen))
        statement = update(place).where(place.c.id == place_id).values(seen_prompts=numbers)
        await self._connection.execute(statement)

    async def rate(self, place_id: int, prompt_id: int, verdict: Verdict) -> None:
        """Upsert the verdict."""
        await self._connection.execute(
            insert_into(self._connection, prompt_verdict)
            .values(place_id=place_id, prompt_id=prompt_id, verdict=verdict.value)
            .on_conflict_do_update(
                index_elements=["place_id", "prompt_id"], set_={"verdict": verdict.value}
            )
        )

    async def queue(self, schedule_id: int) -> tuple[Prompt, ...]:
        """Select in order of position; what was retired since is passed over."""
        return (await self.queues([schedule_id]))[schedule_id]

    async def queues(self, schedule_ids: Sequence[int]) -> Mapping[int, tuple[Prompt, ...]]:
        """Select in order of position; what was retired since is passed over."""
        query = (
            select(*_PROMPT, prompt_queue.c.schedule_id)
            .join(prompt_queue, prompt_queue.c.prompt_id == prompt.c.id)
            .where(prompt_queue.c.schedule_id.in_(schedule_ids), prompt.c.retired_at.is_(None))
            .order_by(prompt_queue.c.schedule_id, prompt_queue.c.position)
        )
        found: dict[int, list[Prompt]] = defaultdict(list)
        for row in await self._connection.execute(query):
            found[row.schedule_id].append(_to_prompt(row))
        return {number: tuple(found[number]) for number in schedule_ids}

    async def set_queue(self, schedule_id: int, prompt_ids: Sequence[int]) -> None:
        """Delete all, insert all, with the schedule locked against another replica."""
        lock = select(schedule.c.id).where(schedule.c.id == schedule_id).with_for_update()
        await self._connection.execute(lock)
        await self._connection.execute(
            delete(prompt_queue).where(prompt_queue.c.schedule_id == schedule_id)
        )
        rows = [
            {"schedule_id": schedule_id, "position": position, "prompt_id": prompt_id}
            for position, prompt_id in enumerate(prompt_ids)
        ]
        if rows:
            await self._connection.execute(insert(prompt_queue), rows)

    async def take_from_queue(self, schedule_id: int, prompt_id: int) -> None:
        """Delete the first row with it."""
        columns = prompt_queue.c
        first = select(func.min(columns.position)).where(
            columns.schedule_id == schedule_id, columns.prompt_id == prompt_id
        )
        await self._connection.execute(
            delete(prompt_queue).where(
                columns.schedule_id == schedule_id, columns.position == first.scalar_subquery()
            )
        )

    async def _ship(self, values: dict[str, str]) -> None:
        now = {**values, "retired_at": None}
        await self._connection.execute(
            insert_into(self._connection, prompt)
            .values(**now)
            .on_conflict_do_update(
                index_elements=["key"], set_=now, where=prompt.c.programme_id.is_(None)
            )
        )


def _shipped(entry: LibraryPrompt) -> dict[str, str]:
    return {
        "key": entry.key,
        "practice": entry.practice.value,
        "room": entry.room.value,
        "text": entry.text,
    }


def _is_current(row: RowMapping, values: dict[str, str]) -> bool:
    return row["retired_at"] is None and all(row[name] == value for name, value in values.items())


def _by_key(prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
    # databases differ in how they sort text
    return tuple(sorted(prompts, key=lambda entry: entry.key))


def _to_prompt(row: Row[*tuple[Any, ...]]) -> Prompt:
    return Prompt(row.id, row.key, Practice(row.practice), Room(row.room), row.text)
