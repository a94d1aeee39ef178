"""Prompts, verdicts, rotations and queues in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.prompts import LibraryPrompt, Prompt, Room, Rotation, Verdict
from tests.fakes.people import Erased
from tests.fakes.rows import Rows


@dataclass(frozen=True)
class _Entry:
    prompt: Prompt
    retired_at: datetime | None = None


class InMemoryPrompts:
    """`Prompts` in memory."""

    def __init__(self) -> None:
        self._rows: Rows[_Entry] = Rows()
        self._rotations: dict[int, Rotation] = {}
        self._verdicts: dict[tuple[int, int], Verdict] = {}
        self._queues: dict[int, tuple[int, ...]] = {}

    async def publish(self, library: Sequence[LibraryPrompt], at: datetime) -> None:
        numbers = {entry.prompt.key: number for number, entry in self._rows.items()}
        for one in library:
            number = numbers.pop(one.key, None) or self._rows.last + 1
            self._rows.last = max(self._rows.last, number)
            self._rows[number] = _Entry(Prompt(number, one.key, one.practice, one.room, one.text))
        for number in numbers.values():
            gone = self._rows[number]
            self._rows[number] = replace(gone, retired_at=gone.retired_at or at)

    async def pool(self, programme_id: int, room: Room) -> tuple[Prompt, ...]:
        found = [entry.prompt for entry in self._rows.values() if entry.retired_at is None]
        return tuple(
            sorted((one for one in found if one.room is room), key=lambda prompt: prompt.key)
        )

    async def pools(
        self, programme_ids: Sequence[int], room: Room
    ) -> Mapping[int, tuple[Prompt, ...]]:
        return {number: await self.pool(number, room) for number in programme_ids}

    async def many(self, ids: Sequence[int]) -> Mapping[int, Prompt]:
        return {number: self._rows[number].prompt for number in ids if number in self._rows}

    async def rotations(self, place_ids: Sequence[int]) -> Mapping[int, Rotation]:
        return {
            place_id: Rotation(
                self._rotations.get(place_id, Rotation()).seen, self._avoided(place_id)
            )
            for place_id in place_ids
        }

    async def set_rotation(self, place_id: int, rotation: Rotation) -> None:
        self._rotations[place_id] = rotation

    async def rate(self, place_id: int, prompt_id: int, verdict: Verdict) -> None:
        self._verdicts[place_id, prompt_id] = verdict

    async def queue(self, schedule_id: int) -> tuple[Prompt, ...]:
        queued = [self._rows[number] for number in self._queues.get(schedule_id, ())]
        return tuple(entry.prompt for entry in queued if entry.retired_at is None)

    async def queues(self, schedule_ids: Sequence[int]) -> Mapping[int, tuple[Prompt, ...]]:
        return {number: await self.queue(number) for number in schedule_ids}

    async def set_queue(self, schedule_id: int, prompt_ids: Sequence[int]) -> None:
        self._queues[schedule_id] = tuple(prompt_ids)

    async def take_from_queue(self, schedule_id: int, prompt_id: int) -> None:
        queue = list(self._queues.get(schedule_id, ()))
        if prompt_id in queue:
            queue.remove(prompt_id)
        self._queues[schedule_id] = tuple(queue)

    def forget(self, erased: Erased) -> None:
        """Forget places that were erased."""
        for place_id in erased.places:
            self._rotations.pop(place_id, None)
        self._verdicts = {
            key: verdict for key, verdict in self._verdicts.items() if key[0] not in erased.places
        }

    def _avoided(self, place_id: int) -> frozenset[int]:
        return frozenset(
            prompt_id
            for (rated_by, prompt_id), verdict in self._verdicts.items()
            if rated_by == place_id and verdict is Verdict.NOT_FOR_ME
        )
