"""Prompts, and which one a recipient gets next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from bot.domain.practices import Practice

MAX_PROMPT = 240
"""The most characters that a prompt may have."""


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
    others; then the prompt given least recently. Ties fall by a hash of recipient and key, so
    that neighbours are asked different things and every replica chooses alike.
    """
    wanted = [prompt for prompt in pool if prompt.id not in rotation.avoided]
    if not wanted:
        return None
    age = {prompt_id: position for position, prompt_id in enumerate(rotation.seen)}
    fresh = [prompt for prompt in wanted if prompt.id not in age]
    if not fresh:
        return max(wanted, key=lambda prompt: age[prompt.id])
    practice_age: dict[Practice, int] = {}
    for prompt in pool:
        if prompt.id in age:
            position = age[prompt.id]
            practice_age[prompt.practice] = min(
                position, practice_age.get(prompt.practice, position)
            )
    oldest = max(practice_age.get(prompt.practice, len(age)) for prompt in fresh)
    return min(
        (prompt for prompt in fresh if practice_age.get(prompt.practice, len(age)) == oldest),
        key=lambda prompt: _tie(recipient, prompt),
    )


def _tie(recipient: int, prompt: Prompt) -> bytes:
    return blake2b(f"{recipient}:{prompt.key}".encode(), digest_size=8).digest()
