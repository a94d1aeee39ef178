"""The prompts that can be asked, and what recipients think of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.prompts import LibraryPrompt, Prompt, Room, Rotation, Verdict


class Prompts(Protocol):
    """Prompts by number, and one rotation a recipient."""

    async def publish(self, library: Sequence[LibraryPrompt], at: datetime) -> None:
        """Bring the shipped prompts up to date: new ones in, texts as they are now.

        One that is shipped no more is retired, not deleted.
        """
        ...

    async def pool(self, programme_id: int, room: Room) -> tuple[Prompt, ...]:
        """All prompts in use for a room of this programme, in order of key."""
        ...

    async def pools(
        self, programme_ids: Sequence[int], room: Room
    ) -> Mapping[int, tuple[Prompt, ...]]:
        """The pool of a room for each of these programmes; all of them are there."""
        ...

    async def many(self, ids: Sequence[int]) -> Mapping[int, Prompt]:
        """Prompts by number, retired ones too."""
        ...

    async def rotations(self, place_ids: Sequence[int]) -> Mapping[int, Rotation]:
        """What each recipient has been given, by number of their place; all places are there."""
        ...

    async def set_rotation(self, place_id: int, rotation: Rotation) -> None:
        """Write a recipient's rotation (what was seen; verdicts have their own method)."""
        ...

    async def rate(self, place_id: int, prompt_id: int, verdict: Verdict) -> None:
        """Keep a verdict; the latest one counts."""
        ...

    async def queue(self, schedule_id: int) -> tuple[Prompt, ...]:
        """Prompts that a coordinator has put first, the next one first."""
        ...

    async def queues(self, schedule_ids: Sequence[int]) -> Mapping[int, tuple[Prompt, ...]]:
        """The queues of these schedules; all of them are there."""
        ...

    async def set_queue(self, schedule_id: int, prompt_ids: Sequence[int]) -> None:
        """Replace the queue of a schedule."""
        ...

    async def take_from_queue(self, schedule_id: int, prompt_id: int) -> None:
        """Take a prompt out of a queue, once if it is there more often."""
        ...
