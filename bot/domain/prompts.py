"""Prompts, and which one a recipient gets next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from bot.domain.practices import Practice


class Room(StrEnum):
    """Where a prompt is safe to ask."""

    CHANNEL = "channel"
    DIRECT = "direct"


class Verdict(StrEnum):
    """What a person said of a prompt."""

    HELPED = "helped"
    NOT_FOR_ME = "not_for_me"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question; `key` is its stable name in exports, `id` its number in this database."""

    id: int
    key: str
    practice: Practice
    room: Room
    text: str


@dataclass(frozen=True, slots=True)
class LibraryPrompt:
    """A question of the shipped library."""

    key: str
    practice: Practice
    room: Room
    text: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """What one recipient has been asked, latest first, and what they do not want to be asked."""

    seen: tuple[int, ...] = ()
    avoided: frozenset[int] = frozenset()

    def after(self, prompt_id: int) -> "Rotation":
        """The rotation once `prompt_id` has been given."""
        return Rotation(
            (prompt_id, *(seen for seen in self.seen if seen != prompt_id)), self.avoided
        )


def choose_prompt(pool: Sequence[Prompt], rotation: Rotation, recipient: int) -> Prompt | None:
    """Choose what this recipient is asked next, or None if nothing is left to ask.

    Never-given prompts come first, those of the practice that was given least recently before
    others; then the prompt given least recently. Ties fall by a hash of the recipient, so that
    neighbours are asked different things and every replica chooses alike.
    """
    age = {prompt_id: position for position, prompt_id in enumerate(rotation.seen)}
    passed = rotation.avoided.union(age)
    fresh: Sequence[int] = range(len(pool))
    if passed:
        fresh = [number for number in fresh if pool[number].id not in passed]
    if not fresh:
        wanted = [prompt for prompt in pool if prompt.id not in rotation.avoided]
        return max(wanted, key=lambda prompt: age[prompt.id], default=None)
    if age:
        rested, never = _practice_ages(pool, age), len(age)
        rests = [rested.get(pool[number].practice, never) for number in fresh]
        longest = max(rests)
        fresh = [number for number, rest in zip(fresh, rests, strict=True) if rest == longest]
    factor, shift = _scatter(recipient)
    order = [(number * factor + shift) & 0xFFFF for number in fresh]
    return pool[fresh[order.index(min(order))]]


def _practice_ages(pool: Sequence[Prompt], age: dict[int, int]) -> dict[Practice, int]:
    """How many prompts ago each practice was last given; without those never given."""
    ages: dict[Practice, int] = {}
    for prompt in pool:
        if prompt.id in age:
            ages[prompt.practice] = min(age[prompt.id], ages.get(prompt.practice, len(age)))
    return ages


def _scatter(recipient: int) -> tuple[int, int]:
    """An odd factor and a shift: together they put a pool into an order of the recipient's own."""
    digest = blake2b(str(recipient).encode(), digest_size=4).digest()
    return int.from_bytes(digest[:2]) | 1, int.from_bytes(digest[2:])
